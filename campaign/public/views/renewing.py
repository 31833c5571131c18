"""The page behind the mail about a new version. Looking changes nothing; only a pressed button answers."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.public import headers
from campaign.public.lines import line_of
from campaign.public.views import signing as signing_views
from letters.core import moments
from letters.core.errors import RuleError
from letters.documents import differing, succeeding, texts
from letters.signatures import managing, renewing, signing
from letters.signatures.models import Renewal


@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest, token: str) -> HttpResponse:
    try:
        row = renewing.find(token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    try:
        return _answered(request, row, token)
    except signing.LinkExpired as error:  # withdrawn in this very moment
        return signing_views.gone(request, error, row.signature.letter)


def _answered(request: HttpRequest, row: Renewal, token: str) -> HttpResponse:
    with translation.override(row.signature.letter.interface_language):
        if request.method != "POST":
            return _show(request, row)
        try:
            return _act(request, row, token)
        except RuleError as error:
            return _show(request, renewing.find(token), notice=error.message, status=409)


def _act(request: HttpRequest, row: Renewal, token: str) -> HttpResponse:
    action = request.POST.get("action", "")
    if action == "sign":
        signed = renewing.sign_again(row, text_sha256=request.POST.get("version", "")[:64])
        return _to(reverse("public:mine", args=[managing.token_for(signed)]) + "?welcome=1")
    if action != "leave":
        raise RuleError(_("Choose one of the buttons on this page."), code="action")
    renewing.decline(row)
    return _to(reverse("public:renew", args=[token]))


def _to(address: str) -> HttpResponse:
    return headers.as_private(HttpResponseRedirect(address, status=303))


def _show(request: HttpRequest, row: Renewal, *, notice: str = "", status: int = 200) -> HttpResponse:
    signature, succession = row.signature, row.version.succession
    letter = signature.letter
    row.version.letter = letter
    before, text = texts.seen(signature.version, signature.amendment), texts.shown_of(row.version)
    state = renewing.standing(row)
    context = {
        "letter": letter,
        "before_version": signature.version,
        "before": before,
        "version": row.version,
        "text": text,
        "mark": text.sha256[: signing.SHA256_SHOWN],
        "notes": succeeding.notes_between(signature.version, succession),
        "deadline": moments.spoken(succession.deadline, letter.time_zone),
        "state": state,
        "declined": row.state == "declined",
        "line": line_of(signature) if signature.is_confirmed else None,
        "difference": differing.between(before.words, text.words) if state in ("open", "paused") else None,
        "mine_token": managing.token_for(signature),
        "notice": notice,
    }
    return headers.as_private(render(request, "public/renew.html", context, status=status))
