"""The page behind the link of a personal invitation, and its form. Looking changes nothing: mail scanners look too."""

from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.public import access, headers, limits, rescue
from campaign.public.views import signing as signing_views
from letters.core import tokens
from letters.core.errors import RuleError
from letters.documents import commenting, drafting, rendering
from letters.documents.models import Letter, LetterState, Words
from letters.signatures import answering, inviting, inviting_emails
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
    if action == "comment":
        return _comment(request, invitation, token)
    if action not in ("decline", "block"):
        raise RuleError(_("Choose one of the buttons on this page."), code="action")
    block = answering.decline(invitation, block=action == "block")
    if block is not None:
        return _to("public:not-me", tokens.make(signing_views.UNBLOCK, block.public_id))
    return _to("public:invited", token)


def _comment(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    if answering.standing(invitation) == "over" or not is_commented(invitation.letter):
        raise inviting.InvitationOver
    if wait := limits.commenting(request, invitation.public_id):
        return rescue.slow_down(request, wait)
    commenting.say(
        invitation.letter,
        request.POST.get("body", ""),
        quote=request.POST.get("quote", ""),
        name=invitation.name,
        invitation=invitation.public_id,
    )
    return _to("public:invited", token, "?said=1#comments")


def is_commented(letter: Letter) -> bool:
    """The founding circle comments until the text is locked."""
    return letter.locked_at is None and letter.state in (LetterState.DRAFT, LetterState.PRIVATE)


def _to(name: str, token: str, more: str = "") -> HttpResponse:
    return headers.as_private(HttpResponseRedirect(reverse(name, args=[token]) + more, status=303))


def _show(
    request: HttpRequest, invitation: Invitation, token: str, *, notice: str = "", status: int = 200
) -> HttpResponse:
    attempt, letter = inviting.attempt_of(invitation), invitation.letter
    standing = answering.standing(invitation)
    reads_early = standing != "over" and not letter.is_public
    context = {
        "letter": letter,
        "text": _early_text(letter) if reads_early else None,
        "comments": commenting.for_letter(letter) if reads_early and is_commented(letter) else None,
        "typed": request.POST if request.method == "POST" else {},
        "said": "said" in request.GET,
        "invitation": invitation,
        "organisers": inviting_emails.organisers_of(invitation),
        "standing": standing,
        "sent_token": tokens.make(signing_views.SENT, attempt.public_id) if attempt else "",
        "attempt": attempt,
        "token": token,
        "notice": notice,
    }
    return headers.as_private(render(request, "public/invited.html", context, status=status))


def _early_text(letter: Letter) -> Words | None:
    """What is not public yet: the newest draft, or the text of the private round."""
    if letter.state != LetterState.DRAFT:
        return access.folded(letter, letter.shown)
    return rendering.of_words(letter, drafting.words_for(letter))


@require_http_methods(["GET", "HEAD", "POST"])
def invited_sign(request: HttpRequest, token: str) -> HttpResponseBase:
    """The ordinary form with the invited name in it; the address is that of the invitation and is not shown whole."""
    try:
        invitation = answering.find(token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    is_draft = invitation.letter.state == LetterState.DRAFT
    if answering.standing(invitation) == "over" or not invitation.email_sealed or is_draft:
        return _to("public:invited", token)
    with translation.override(invitation.letter.interface_language):
        return _form(request, invitation)


def _form(request: HttpRequest, invitation: Invitation) -> HttpResponseBase:
    letter = invitation.letter
    known = signing_views.Invited(name=invitation.name, address=_shortened(invitation.email))
    if request.method != "POST":
        shown = signing_views.shown_mark(letter)
        initial = {"nonce": signing_views.fresh_nonce(), "version": shown, "display_name": invitation.name}
        return signing_views.show(request, letter, signing_views.form_for(letter, initial=initial), invited=known)
    if (refusal := rescue.not_a_form(request)) is not None:
        return refusal
    if wait := limits.signing(request, letter.pk):
        return rescue.slow_down(request, wait)
    form = signing_views.form_for(letter, {**request.POST.dict(), "email": invitation.email})
    return signing_views.take_form(request, letter, form, partial(answering.sign, invitation), known)


def _shortened(address: str) -> str:
    """«s…@example.org»: enough for its owner to know it."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
