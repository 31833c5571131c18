"""The page behind the link of a personal invitation, and its form. Looking changes nothing: mail scanners look too."""

from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.public import headers, limits, rescue
from campaign.public.forms import SignForm
from campaign.public.views import signing as signing_views
from letters.core import tokens
from letters.core.errors import RuleError
from letters.signatures import answering, inviting, inviting_emails, signing
from letters.signatures.models import Invitation


@require_http_methods(["GET", "HEAD", "POST"])
def invited(request: HttpRequest, token: str) -> HttpResponse:
    try:
        invitation = answering.find(token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    with translation.override(invitation.letter.interface_language):
        if request.method != "POST":
            return _show(request, invitation, token)
        try:
            return _act(request, invitation, token)
        except RuleError as error:
            return _show(request, invitation, token, notice=error.message, status=409)


def _act(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    action = request.POST.get("action", "")
    if action == "open":
        answering.open_form(invitation)
        return _to("public:invited-sign", token)
    if action not in ("decline", "block"):
        raise RuleError(_("Choose one of the buttons on this page."), code="action")
    block = answering.decline(invitation, block=action == "block")
    if block is not None:
        return _to("public:not-me", tokens.make(signing_views.UNBLOCK, block.public_id))
    return _to("public:invited", token)


def _to(name: str, token: str) -> HttpResponse:
    return headers.as_private(HttpResponseRedirect(reverse(name, args=[token]), status=303))


def _show(
    request: HttpRequest, invitation: Invitation, token: str, *, notice: str = "", status: int = 200
) -> HttpResponse:
    attempt = inviting.attempt_of(invitation)
    context = {
        "letter": invitation.letter,
        "version": invitation.letter.version,
        "invitation": invitation,
        "organisers": inviting_emails.organisers_of(invitation),
        "standing": answering.standing(invitation),
        "sent_token": tokens.make(signing_views.SENT, attempt.public_id) if attempt else "",
        "attempt": attempt,
        "token": token,
        "notice": notice,
    }
    return headers.as_private(render(request, "public/invited.html", context, status=status))


@require_http_methods(["GET", "HEAD", "POST"])
def invited_sign(request: HttpRequest, token: str) -> HttpResponseBase:
    """The ordinary form with the invited name in it; the address is that of the invitation and is not shown whole."""
    try:
        invitation = answering.find(token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    if answering.standing(invitation) == "over" or not invitation.email_sealed:
        return _to("public:invited", token)
    with translation.override(invitation.letter.interface_language):
        return _form(request, invitation)


def _form(request: HttpRequest, invitation: Invitation) -> HttpResponseBase:
    letter, version = invitation.letter, invitation.letter.version
    known = signing_views.Invited(name=invitation.name, address=_shortened(invitation.email))
    if request.method != "POST":
        shown = version.sha256[: signing.SHA256_SHOWN] if version else ""
        initial = {"nonce": signing_views.fresh_nonce(), "version": shown, "display_name": invitation.name}
        return signing_views.show(request, letter, SignForm(initial=initial), invited=known)
    if (refusal := rescue.not_a_form(request)) is not None:
        return refusal
    if wait := limits.signing(request, letter.pk):
        return rescue.slow_down(request, wait)
    form = SignForm({**request.POST.dict(), "email": invitation.email})
    return signing_views.take_form(request, letter, form, partial(answering.sign, invitation), known)


def _shortened(address: str) -> str:
    """«s…@example.org»: enough for its owner to know it."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
