"""No more of these mails: by the button of a mail program (RFC 8058), by the link in the mail, from one's own page;
updates to signatories, and what organisers are told of decisions that wait."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaign.public import headers
from campaign.public.views import signing as signing_views
from letters.core.errors import RuleError
from letters.moderation import alerting
from letters.moderation.models import Alert
from letters.outreach import unsubscribing
from letters.signatures.models import Signature

TEST = "test"
ONE_CLICK = "One-Click"


@csrf_exempt  # a mail program has no form of ours; the token in the address is the right to do this one thing
@require_http_methods(["GET", "HEAD", "POST"])
def updates(request: HttpRequest, token: str) -> HttpResponse:
    if token == TEST:
        return _show(request, None, token, is_test=True)
    try:
        signature = unsubscribing.find(token)
        if request.method == "POST":
            return _act(request, signature, token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    if signature is None:
        return _show(request, None, token)
    with translation.override(signature.letter.interface_language):
        return _show(request, signature, token)


def _act(request: HttpRequest, signature: Signature | None, token: str) -> HttpResponse:
    """A mail program is answered at once: some do not follow a redirection of what they posted."""
    action = request.POST.get("action", "")
    is_program = request.POST.get("List-Unsubscribe") == ONE_CLICK
    if not is_program and action not in ("stop", "renew"):
        raise RuleError(_("Open this page again from the mail, and press one of its buttons."), code="action")
    if signature is not None:
        (unsubscribing.renew if action == "renew" and not is_program else unsubscribing.stop)(signature.public_id)
    if is_program:
        return headers.as_private(HttpResponse(_("You get no more updates."), content_type="text/plain; charset=utf-8"))
    done = "?renewed=1" if action == "renew" else "?stopped=1"
    return headers.as_private(HttpResponseRedirect(reverse("public:updates", args=[token]) + done, status=303))


def _show(request: HttpRequest, signature: Signature | None, token: str, *, is_test: bool = False) -> HttpResponse:
    context = {
        "letter": signature.letter if signature and signature.letter.is_public else None,
        "title": signature.letter.title if signature else "",
        "is_on": bool(signature and signature.consent_updates and signature.is_confirmed),
        "can_renew": bool(signature and signature.is_confirmed and signature.email_sealed),
        "is_test": is_test,
        "renewed": "renewed" in request.GET,
        "token": token,
    }
    return headers.as_private(render(request, "public/updates.html", context))


@csrf_exempt  # the same
@require_http_methods(["GET", "HEAD", "POST"])
def alerts(request: HttpRequest, token: str) -> HttpResponse:
    """For whom decisions wait: ends the mails, needs no login and opens nothing."""
    try:
        alert = alerting.find(token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    if request.method == "POST":
        return _switch(request, alert, token)
    context = {"is_on": alert is not None and alert.is_on, "is_gone": alert is None, "token": token}
    return headers.as_private(render(request, "public/alerts.html", context))


def _switch(request: HttpRequest, alert: Alert | None, token: str) -> HttpResponse:
    is_program = request.POST.get("List-Unsubscribe") == ONE_CLICK
    action = "stop" if is_program else request.POST.get("action", "")
    if alert is not None and action in ("stop", "renew"):
        alerting.switch(alert.user, on=action == "renew")
    if is_program:
        done = _("You get no more of these mails.")
        return headers.as_private(HttpResponse(done, content_type="text/plain; charset=utf-8"))
    return headers.as_private(HttpResponseRedirect(reverse("public:alerts", args=[token]), status=303))
