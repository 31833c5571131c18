"""Signing for an organisation; what comes after is as for everybody (views/signing.py)."""

from functools import partial
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from campaign.public import access, headers, limits, rescue
from campaign.public.lines import Line, line_of
from campaign.public.organization_forms import OrganizationForm, consents_sha256
from campaign.public.views import signing as signing_views
from letters.core import tokens
from letters.core.errors import LinkInvalid, RuleError
from letters.documents.models import Letter
from letters.signatures import consenting, representing
from letters.verification.providers import accepts, organization


@require_http_methods(["GET", "HEAD", "POST"])
@access.in_letters_language
def sign_organization(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    """The form of an organisation, where the letter takes organisations."""
    if not accepts(letter, organization.KIND):
        raise Http404
    if request.method != "POST":
        initial = {"nonce": signing_views.fresh_nonce(), "version": signing_views.shown_mark(letter)}
        return _show(request, letter, OrganizationForm(initial=initial, lines=consenting.lines_of(letter)))
    if (refusal := rescue.not_a_form(request)) is not None:
        return refusal
    if wait := limits.signing(request, letter.pk):
        return rescue.slow_down(request, wait)
    return _take(request, letter, OrganizationForm(request.POST, lines=consenting.lines_of(letter)))


def _take(request: HttpRequest, letter: Letter, form: OrganizationForm) -> HttpResponseBase:
    show = partial(_show, request, letter)
    if not form.is_valid():
        if {"nonce", "version"} & set(form.errors):
            return show(_anew(form, letter), notice=signing_views.not_whole(), status=422)
        return show(form, status=422)
    if request.POST.get("action") == "preview":
        return show(form, preview=_preview(letter, form))
    if form.cleaned_data["homepage"]:
        return signing_views.waiting(letter, uuid4())  # a machine filled what people do not see
    try:
        return signing_views.waiting(letter, _store(letter, form))
    except LinkInvalid:
        return show(_anew(form, letter), notice=signing_views.not_whole(), status=409)
    except RuleError as error:
        return show(_anew(form, letter), notice=error.message, status=409)


def _store(letter: Letter, form: OrganizationForm) -> UUID:
    return representing.sign(
        letter,
        form.typed(),
        nonce=tokens.read(signing_views.FORM, form.cleaned_data["nonce"]),
        text_sha256=form.cleaned_data["version"],
        consents_sha256=consents_sha256(form.lines),
    )


def _anew(form: OrganizationForm, letter: Letter) -> OrganizationForm:
    return OrganizationForm(signing_views.data_anew(form, letter), lines=consenting.lines_of(letter))


def _preview(letter: Letter, form: OrganizationForm) -> Line:
    assert letter.version is not None  # noqa: S101 - public letters have a text
    row, _who = representing.draft(letter, letter.version, form.typed(), public_id=uuid4(), consents_sha256="")
    return line_of(row)


def _show(
    request: HttpRequest,
    letter: Letter,
    form: OrganizationForm,
    *,
    preview: Line | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "letter": letter,
        "version": letter.version,
        "text": letter.shown,
        "form": form,
        "preview": preview,
        "notice": notice,
        "fields": rescue.typed_fields(request),
        "retry_url": request.path,
    }
    return headers.as_private(render(request, "public/sign_organization.html", context, status=status))
