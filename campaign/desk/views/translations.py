"""Translations of one letter, side by side with its text."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.desk import access, pages
from campaign.desk.translation_forms import AddForm, TranslationForm
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents import differing, drafting, languages, measures, translating
from letters.documents.models import Letter, Translation


def original_of(letter: Letter) -> dict[str, Any]:
    """The words that are translated: those that readers see, else those of the draft."""
    return letter.shown.words if letter.shown else drafting.words_for(letter)


def form_of(letter: Letter, row: Translation, data: QueryDict | None = None) -> TranslationForm:
    return TranslationForm(data, row, original_of(letter), of=letter.shown.sha256 if letter.shown else "")


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.EDIT_TEXT)
def translations(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    form, status = AddForm(), 200
    if request.method == "POST":
        form, status = AddForm(request.POST), 422
        if form.is_valid():
            try:
                row = translating.add(letter, form.cleaned_data["language"], by=access.user_of(request))
                return _to(letter, row)
            except RuleError as error:
                form.add_error("language", error.message)
    rows = [
        {
            "row": row,
            "name": languages.own_name(row.language),
            "is_older": translating.is_older(row, letter.shown),
            "missing": len(translating.missing(row, letter.shown)) if letter.shown else 0,
        }
        for row in translating.of_letter(letter)
    ]
    context = {"form": form, "rows": rows, "own": languages.own_name(letter.language)}
    return pages.show(request, "desk/translations.html", letter, "translations", context, status=status)


def _to(letter: Letter, row: Translation) -> HttpResponse:
    return HttpResponseRedirect(reverse("desk:translate", args=[letter.slug, row.language]), status=303)


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.EDIT_TEXT)
def translate(request: HttpRequest, letter: Letter, language: str) -> HttpResponseBase:
    row = translating.find(letter, language)
    if row is None:
        raise Http404
    if request.method != "POST":
        return _show(request, letter, row, form_of(letter, row))
    if request.POST.get("action") in ("publish", "hide"):
        return _switch(request, letter, row)
    form = form_of(letter, row, request.POST)
    if not form.is_valid():
        return _show(request, letter, row, form, status=422)
    return _save(request, letter, row, form)


def _save(request: HttpRequest, letter: Letter, row: Translation, form: TranslationForm) -> HttpResponse:
    typed, by = form.translated(), access.user_of(request)
    try:
        row = translating.save(
            row, typed, revision=form.cleaned_data["revision"], of_sha256=form.cleaned_data["of"], by=by
        )
    except translating.EditedMeanwhile as error:
        return _both(request, letter, row, form, error)
    except measures.WordsRefused as error:
        form.refuse(error.problems)
        return _show(request, letter, row, form, status=422)
    messages.success(request, _("Saved."))
    if request.POST.get("action") == "save-publish":
        return _switch(request, letter, row, publish=True)
    return _to(letter, row)


def _switch(request: HttpRequest, letter: Letter, row: Translation, *, publish: bool | None = None) -> HttpResponse:
    wants = request.POST.get("action") == "publish" if publish is None else publish
    try:
        if wants:
            translating.publish(row, by=access.user_of(request))
            messages.success(request, _("Published. Readers can choose it on the letter's page."))
        else:
            translating.hide(row, by=access.user_of(request))
            messages.success(request, _("Taken back. Readers see the text alone."))
    except RuleError as error:
        form = form_of(letter, row)
        return _show(request, letter, row, form, status=409, notice=error.message)
    return _to(letter, row)


def _both(
    request: HttpRequest, letter: Letter, row: Translation, form: TranslationForm, error: RuleError
) -> HttpResponse:
    """The other's change word by word above, and one's own words still in the fields, to be merged and saved."""
    stored = translating.find(letter, row.language)
    if stored is None:
        raise Http404
    mine = {**form.translated().words, "dateline_on": None}
    theirs = {**{name: getattr(stored, name) for name in translating.PARTS}, "dateline_on": None}
    form.data = {**request.POST.dict(), "revision": str(stored.revision)}
    return _show(
        request, letter, stored, form, status=409, notice=error.message, difference=differing.between(theirs, mine)
    )


def _show(
    request: HttpRequest,
    letter: Letter,
    row: Translation,
    form: TranslationForm,
    *,
    status: int = 200,
    notice: str = "",
    difference: differing.Difference | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "row": row,
        "name": languages.own_name(row.language),
        "own": languages.own_name(letter.language),
        "is_older": translating.is_older(row, letter.shown),
        "missing": translating.missing(row, letter.shown) if letter.shown else [],
        "notice": notice,
        "difference": difference,
    }
    return pages.show(request, "desk/translate.html", letter, "translations", context, status=status)
