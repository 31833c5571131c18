"""Signing, the waiting tab, and the page behind the mail's link."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign import clients
from campaign.public import access, correcting, headers, limits, rescue, visits
from campaign.public.forms import CodeForm, SignForm, consents_sha256
from campaign.public.lines import Line, line_of, line_to_print
from letters.core import tokens
from letters.core.errors import LinkInvalid, RuleError
from letters.documents import languages, texts
from letters.documents.models import Letter
from letters.moderation import networks
from letters.outbox import suppressing
from letters.signatures import anonymising, consenting, managing, signing
from letters.signatures.models import Signature
from letters.verification.providers import accepts, organization

FORM = "form"  # purpose of the nonce: made here, so that no one signs under an id of their choice
SENT = "sent"  # purpose of the waiting tab's address
UNBLOCK = "unblock"


Store = Callable[..., UUID]
"""``signing.sign`` or ``answering.sign`` with their first argument."""


@dataclass(frozen=True)
class Invited:
    """What the form of an invited person shows instead of a field for the address."""

    name: str
    address: str  # shortened, so that a forwarded link tells nobody


def fresh_nonce() -> str:
    return tokens.make(FORM, uuid4())


@require_http_methods(["GET", "HEAD", "POST"])
@access.in_letters_language
def sign(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    if request.method != "POST":
        visits.count(request, letter, "form")
        initial = {"nonce": fresh_nonce(), "version": shown_mark(letter)}
        form = form_for(letter, initial=initial)
        return show(request, letter, form)
    if (refusal := rescue.not_a_form(request)) is not None:
        return refusal
    if wait := limits.signing(request, letter.pk):
        return rescue.slow_down(request, wait)
    network = networks.hash_of(clients.neighbourhood(request))
    return take_form(request, letter, form_for(letter, request.POST), partial(signing.sign, letter, network=network))


def form_for(letter: Letter, data: Mapping[str, Any] | None = None, **more: Any) -> SignForm:
    """The form of a letter, with the consents that it asks for."""
    offers_anonymous = anonymising.is_offered(letter)
    return SignForm(data, lines=consenting.lines_of(letter), offers_anonymous=offers_anonymous, **more)


def take_form(
    request: HttpRequest, letter: Letter, form: SignForm, store: Store, invited: Invited | None = None
) -> HttpResponseBase:
    """What becomes of a form that was sent: shown again with its errors or a preview, or stored by ``store``."""
    if not form.is_valid():
        if {"nonce", "version"} & set(form.errors):
            return show(request, letter, _anew(form, letter), notice=not_whole(), status=422, invited=invited)
        return show(request, letter, form, status=422, invited=invited)
    if request.POST.get("action") == "preview":
        return show(request, letter, form, preview=_preview(letter, form), invited=invited)
    return _sign(request, letter, form, store, invited)


def _sign(
    request: HttpRequest, letter: Letter, form: SignForm, store: Store, invited: Invited | None
) -> HttpResponseBase:
    if form.cleaned_data["homepage"]:
        return waiting(letter, uuid4())  # a machine filled what people do not see: the same answer and no row
    try:
        public_id = store(
            form.typed(),
            nonce=tokens.read(FORM, form.cleaned_data["nonce"]),
            text_sha256=form.cleaned_data["version"],
            consents_sha256=consents_sha256(form.lines, offers_anonymous=form.offers_anonymous),
        )
    except LinkInvalid:
        return show(request, letter, _anew(form, letter), notice=not_whole(), status=409, invited=invited)
    except RuleError as error:
        return show(request, letter, _anew(form, letter), notice=error.message, status=409, invited=invited)
    return waiting(letter, public_id)


def waiting(letter: Letter, public_id: UUID) -> HttpResponse:
    address = reverse("public:sent", args=[letter.slug, tokens.make(SENT, public_id)])
    return headers.as_private(HttpResponseRedirect(address, status=303))


def not_whole() -> str:
    return _("This form was not whole. What you typed is kept; press Sign again.")


def _anew(form: SignForm, letter: Letter) -> SignForm:
    """The same input in a fresh form for the current text."""
    return form_for(letter, data_anew(form, letter))


def data_anew(form: Form, letter: Letter) -> dict[str, str]:
    """What was typed, with a fresh nonce and the current text."""
    data = dict(form.data.items())
    data["nonce"] = fresh_nonce()
    data["version"] = shown_mark(letter)
    return data


def shown_mark(letter: Letter) -> str:
    """What a form carries of the text that its page shows."""
    return letter.shown.sha256[: signing.SHA256_SHOWN] if letter.shown else ""


def _preview(letter: Letter, form: SignForm) -> Line:
    assert letter.version is not None  # noqa: S101 - public letters have a text
    row = signing.draft(letter, letter.version, form.typed(), public_id=uuid4(), consents_sha256="")
    return line_to_print(row)


def show(
    request: HttpRequest,
    letter: Letter,
    form: SignForm,
    *,
    preview: Line | None = None,
    notice: str = "",
    status: int = 200,
    invited: Invited | None = None,
) -> HttpResponse:
    context = {
        "letter": letter,
        "version": letter.version,
        "text": letter.shown,
        "language_name": languages.own_name(letter.language),
        "folded": access.folded(letter, letter.shown),
        "form": form,
        "preview": preview,
        "notice": notice,
        "fields": rescue.typed_fields(request),
        "retry_url": request.path,
        "invited": invited,
        "takes_organizations": invited is None and accepts(letter, organization.KIND),
    }
    return headers.as_private(render(request, "public/sign.html", context, status=status))


@require_http_methods(["GET", "HEAD", "POST"])
@access.by_own_link
def sent(request: HttpRequest, letter: Letter, nonce: str) -> HttpResponseBase:
    """The waiting tab: the same page whatever is known about the address."""
    try:
        public_id = tokens.read(SENT, nonce)
    except LinkInvalid:
        if not letter.is_public:
            raise Http404 from None
        return redirect("public:sign", letter.slug)
    _refuse_anothers(letter, public_id)
    form, resent, status = CodeForm(), False, 200
    if request.method == "POST":
        if wait := limits.code(request, public_id):
            return rescue.slow_down(request, wait)
        if request.POST.get("action") == "resend":
            signing.resend(letter, public_id)
            resent = True
        else:
            form, status = CodeForm(request.POST), 422
            if form.is_valid():
                try:
                    signature = signing.confirm_by_code(letter, public_id, form.cleaned_data["code"])
                    return _welcome(managing.token_for(signature))
                except RuleError as error:
                    form.add_error("code", error.message)
    context = {
        "letter": letter,
        "nonce": nonce,
        "form": form,
        "resent": resent,
        "days": settings.CONFIRM_DAYS,
    }
    return headers.as_private(render(request, "public/sent.html", context, status=status))


def _refuse_anothers(letter: Letter, public_id: UUID) -> None:
    """404 before the launch for whoever holds a link of another letter's: it opens no draft."""
    if not letter.is_public and not Signature.objects.filter(letter=letter, public_id=public_id).exists():
        raise Http404


def _welcome(token: str) -> HttpResponse:
    address = reverse("public:mine", args=[token]) + "?welcome=1"
    return headers.as_private(HttpResponseRedirect(address, status=303))


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows and changes nothing, whatever opens it (mail scanners do); only a pressed button signs."""
    try:
        signature = signing.find(signing.CONFIRM, token)
        if request.method == "POST" and request.POST.get("action") == "not-me":
            return disown(signature)
        if request.method == "POST":
            return _welcome(managing.token_for(signing.confirm(signature.public_id)))
    except signing.LetterNotOpen as error:
        return gone(request, error, signature.letter, state="closed")
    except RuleError as error:
        return gone(request, error, None)
    if signature.is_confirmed:
        state = "confirmed"
    elif not signature.is_pending:
        return gone(request, signing.LinkExpired(), signature.letter)
    else:
        state = "pending" if signature.letter.takes_invited else "closed"
    context = {
        "letter": signature.letter,
        "version": signature.version,
        "text": texts.seen(signature.version, signature.amendment),
        "folded": access.folded(signature.letter, texts.seen(signature.version, signature.amendment)),
        "line": line_to_print(signature) if signature.is_pending else line_of(signature),
        "unnamed": signature.is_pending and signature.hidden_at is not None,
        "token": token,
        "state": state,
        "error": "",
        "mine_token": managing.token_for(signature) if state == "confirmed" else "",
        "representation": correcting.representation_of(signature),
    }
    return headers.as_private(render(request, "public/confirm.html", context))


def gone(request: HttpRequest, error: RuleError, letter: Letter | None, *, state: str = "gone") -> HttpResponse:
    status = 404 if error.code == "link-invalid" else (409 if state == "closed" else 410)
    context = {"letter": letter, "state": state, "error": error.message}
    return headers.as_private(render(request, "public/confirm.html", context, status=status))


def disown(signature: Signature) -> HttpResponse:
    _letter, block = signing.disown(signature.public_id)
    undo = tokens.make(UNBLOCK, block.public_id)
    return headers.as_private(HttpResponseRedirect(reverse("public:not-me", args=[undo]), status=303))


@require_http_methods(["GET", "HEAD", "POST"])
def not_me(request: HttpRequest, token: str) -> HttpResponse:
    try:
        block_id = tokens.read(UNBLOCK, token)
    except LinkInvalid as error:
        return gone(request, error, None)
    undone = request.method == "POST"
    if undone:
        suppressing.lift(block_id)
    context = {"letter": None, "undo_token": token, "undone": undone, "notice": _("You can close this page.")}
    return headers.as_private(render(request, "public/not_me.html", context))
