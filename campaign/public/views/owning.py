"""A signatory's own line, by the link in every mail; no account."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaign.public import access, correcting, headers, limits, other_lines, rescue, unnamed
from campaign.public.forms import CorrectForm, LinkForm
from campaign.public.lines import line_of
from campaign.public.organization_forms import CorrectOrganizationForm
from campaign.public.views import signing as signing_views
from letters.core.errors import RuleError
from letters.documents import texts
from letters.documents.models import Letter
from letters.moderation import asking
from letters.moderation.models import NOTE_MAX
from letters.outreach import sharing, unsubscribing
from letters.press import earlier, proofs, relaying
from letters.signatures import anonymising, consenting, disclosing, managing, signing, twins
from letters.signatures.models import Signature
from letters.verification import checking, recording

ACTS: dict[str, Callable[[UUID], object]] = {
    "hide": partial(managing.hide, hidden=True),
    "withdraw": managing.withdraw,
    "erase": managing.erase,
    "print-now": partial(managing.print_now, with_twins=True),
    "take-back": partial(managing.take_back, with_twins=True),
    "take-earlier-out": earlier.ask,
    "delete-name": anonymising.delete_name,
}


@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest, token: str) -> HttpResponse:
    try:
        signature = signing.find(managing.MINE, token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    if request.method != "POST":
        return _show(request, signature, token, correcting.form_for(signature))
    try:
        return _act(request, signature, token)
    except RuleError as error:
        return _show(request, signature, token, correcting.form_for(signature), notice=error.message, status=409)


def _act(request: HttpRequest, signature: Signature, token: str) -> HttpResponse:
    action = request.POST.get("action", "")
    if action in ACTS:
        ACTS[action](signature.public_id)
    elif action in FILLED:
        if (answer := FILLED[action](request, signature, token)) is not None:
            return answer
    else:
        raise RuleError(_("Choose one of the buttons on this page."), code="action")
    return headers.as_private(HttpResponseRedirect(reverse("public:mine", args=[token]) + "?saved=1", status=303))


def _correct(request: HttpRequest, signature: Signature, token: str) -> HttpResponse | None:
    form = correcting.form_for(signature, request.POST)
    if not form.is_valid():
        return _show(request, signature, token, form, also=other_lines.also_in(request), status=422)
    correcting.apply(signature, form, also=other_lines.also_in(request))
    return None


def _withhold_name(request: HttpRequest, signature: Signature, token: str) -> HttpResponse | None:
    form = unnamed.form_for(signature, request.POST)
    if not form.is_valid():
        return _show(request, signature, token, correcting.form_for(signature), wanted=form, status=422)
    unnamed.apply(signature, form)
    return None


def _show_name(request: HttpRequest, signature: Signature, token: str) -> None:
    unnamed.show_name(signature, agreed="consent_publish" in request.POST, also=other_lines.also_in(request))


def _appeal(request: HttpRequest, signature: Signature, token: str) -> None:
    asking.appeal(signature.public_id, words=request.POST.get("words", "").strip()[:NOTE_MAX])


def _teams(request: HttpRequest, signature: Signature, token: str) -> None:
    consenting.change(signature.public_id, request.POST.getlist("team"))


def _uses(request: HttpRequest, signature: Signature, token: str) -> None:
    managing.allow(signature.public_id, request.POST.getlist("use"))


def _not_me(request: HttpRequest, signature: Signature, token: str) -> HttpResponse:
    return signing_views.disown(signature)


FILLED: dict[str, Callable[[HttpRequest, Signature, str], HttpResponse | None]] = {
    "correct": _correct,
    "withhold-name": _withhold_name,
    "show": _show_name,
    "appeal": _appeal,
    "teams": _teams,
    "uses": _uses,
    "not-me": _not_me,
}
"""What a button with fields does; its own answer, or None where all went well."""


def _show(
    request: HttpRequest,
    signature: Signature,
    token: str,
    form: CorrectForm | CorrectOrganizationForm,
    *,
    notice: str = "",
    wanted: unnamed.UnnamedForm | None = None,
    also: Collection[int] | None = None,
    status: int = 200,
) -> HttpResponse:
    letter = signature.letter
    context = {
        "letter": letter,
        "version": signature.version,
        "text": texts.seen(signature.version, signature.amendment),
        "folded": access.folded(letter, texts.seen(signature.version, signature.amendment)),
        "line": line_of(signature),
        "token": token,
        "state": signature.state,
        "hidden": signature.hidden_at is not None,
        "held": bool(signature.held_reason),
        "sentences": recording.sentences_for(signature),
        "offers": correcting.offers_for(signature),
        "welcome": "welcome" in request.GET,
        **{name: name in request.GET and not notice for name in ("proven", "queued", "saved")},
        "form": form,
        "signed_at": signature.signed_at,
        "confirmed_at": signature.confirmed_at,
        "withdrawn_at": signature.withdrawn_at,
        "erased": signature.erased_at is not None,
        "notice": notice,
        **_agreed(signature),
        **_spreading(signature),
        **correcting.organization_context(signature),
        **correcting.standing_context(signature),
        **unnamed.context_of(signature, wanted),
        **other_lines.context_of(signature, sent=also),
    }
    return headers.as_private(render(request, "public/mine.html", context, status=status))


def _agreed(signature: Signature) -> dict[str, object]:
    """What the person agreed to, the lines of single teams included."""
    return {
        "consents": correcting.consents_of(signature),
        "team_lines": consenting.given_by(signature) if signature.is_confirmed else [],
    }


def _spreading(signature: Signature) -> dict[str, object]:
    """Words for colleagues, the proof that the line stands, and the way out of updates and of older files."""
    letter, text = signature.letter, texts.seen(signature.version, signature.amendment)
    url = settings.SITE_URL.rstrip("/") + letter.get_absolute_url()
    return {
        "share_text": _("I signed “{title}”.").format(title=text.title),
        "share_url": url,
        "colleagues_text": sharing.colleagues_text(letter, text, url=url, name=signature.display_name),
        "receipt": proofs.receipt_of(signature) if signature.is_confirmed else None,
        "witness_sentence": proofs.witness_sentence(),
        "earlier_offered": earlier.is_offered(signature),
        "earlier_asked_at": earlier.asked_at(signature),
        "updates_on": signature.consent_updates,
        "updates_token": unsubscribing.token_for(signature),
        "questions_on": signature.consent_press,
        "questions_token": relaying.stop_token_for(signature),
    }


@require_safe
def mine_data(request: HttpRequest, token: str) -> HttpResponse:
    """Everything that is stored about the person, as a file (GDPR Arts. 15 and 20)."""
    try:
        signature = signing.find(managing.MINE, token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    body = _stored_of(signature)
    body["other_versions"] = [_stored_of(row) for row in twins.rows_of(signature)]
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response.headers["Content-Disposition"] = f'attachment; filename="my-signature-{signature.letter.slug}.json"'
    return headers.as_private(response)


def _stored_of(signature: Signature) -> dict[str, Any]:
    body = disclosing.data_of(signature)
    body["evidence"] = recording.sentences_for(signature)
    body["evidence_rows"] = recording.rows_of(signature)
    body["questions"] = relaying.data_of(signature)
    body["earlier_line_taken_out_at"] = earlier.data_of(signature)
    body["checks"] = checking.rows_of(signature)
    body["consents"] = {
        consent["name"]: {"text": str(consent["label"]), "given": consent["given"]}
        for consent in correcting.consents_of(signature)
    }
    return body


@require_safe
def mine_proof(request: HttpRequest, token: str) -> HttpResponse:
    """The proof that the line stands in the letter's ledger, as a file that other programs read."""
    try:
        signature = signing.find(managing.MINE, token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    receipt = proofs.receipt_of(signature) if signature.is_confirmed else None
    if receipt is None:
        return signing_views.gone(request, proofs.NotLogged(), signature.letter)
    response = HttpResponse(receipt.proof, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="signature-{receipt.number}.tlog-proof"'
    return headers.as_private(response)


@require_http_methods(["GET", "HEAD", "POST"])
@access.in_letters_language
def mine_link(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    """A lost link: the same answer for every address; the mail goes to its owner alone."""
    form, is_sent, status = LinkForm(), False, 200
    if request.method == "POST":
        if wait := limits.link(request):
            return rescue.slow_down(request, wait)
        form = LinkForm(request.POST)
        if form.is_valid():
            managing.ask_for_link(letter, form.cleaned_data["email"])
            form, is_sent = LinkForm(), True
        else:
            status = 422
    context = {"letter": letter, "form": form, "sent": is_sent}
    return headers.as_private(render(request, "public/mine_link.html", context, status=status))
