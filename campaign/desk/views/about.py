"""About the letter: who is behind the letter, who pays, contact, questions and answers. Also after the launch."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.desk import access, editing, pages, rows
from campaign.desk.editing import Editor
from campaign.desk.letter_forms import FAQ, INITIATORS, ORGANISERS, BesideForm
from letters.accounts.permissions import Permission
from letters.documents import beside, drafting, measures
from letters.documents.models import Letter, LetterState

KINDS = (ORGANISERS, FAQ, INITIATORS)


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.EDIT_TEXT)
def about(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    if request.method != "POST":
        return _show(request, letter, _editor_of(letter, beside.of_letter(letter), letter.about_revision))
    form = BesideForm(request.POST, letter=letter)
    editor = editing.of_post(form, KINDS, request.POST)
    if rows.act(request.POST.get("action", "save"), editor.lists):
        return _show(request, letter, editor)
    try:
        saved = _saved(request, letter, editor)
    except measures.WordsRefused as error:
        editor.refuse(error.problems, whole_rows={})
        return _show(request, letter, editor, status=422)
    return _after(request, letter, saved)


def _saved(request: HttpRequest, letter: Letter, editor: Editor) -> beside.Saved:
    form = BesideForm(editing.settled(editor.form.data), letter=letter)
    if not form.is_valid():
        raise measures.WordsRefused({name: str(errors[0]) for name, errors in form.errors.items()})
    typed: dict[str, Any] = {**form.parts(), **{name: part.items for name, part in editor.lists.items()}}
    base, revision = beside.recalled(form.cleaned_data["base"]), form.cleaned_data["revision"] or 0
    return beside.save(letter, typed, base=base, revision=revision, by=access.user_of(request))


def _after(request: HttpRequest, letter: Letter, saved: beside.Saved) -> HttpResponse:
    if saved.conflicts:
        fresh = Letter.objects.get(pk=letter.pk)
        editor = _editor_of(letter, saved.values, saved.revision, base=beside.of_letter(fresh))
        editor.clash(saved.conflicts)
        return _show(request, letter, editor, notice=editing.clash_sentence(saved.other), status=409)
    messages.success(request, _("Saved.") if saved.changed else _("Nothing was different."))
    if saved.taken:
        labels = editing.labels(_editor_of(letter, saved.values, saved.revision), saved.taken)
        messages.success(request, editing.kept_sentence(saved.other, labels))
    return HttpResponseRedirect(reverse("desk:about", args=[letter.slug]), status=303)


def _editor_of(letter: Letter, values: dict[str, Any], revision: int, base: dict[str, Any] | None = None) -> Editor:
    remembered = beside.remembered(base or values)
    form = BesideForm(initial={**values, "base": remembered, "revision": revision}, letter=letter)
    return Editor(form, {kind.name: rows.of_items(kind, values[kind.name]) for kind in KINDS})


def _show(request: HttpRequest, letter: Letter, editor: Editor, *, notice: str = "", status: int = 200) -> HttpResponse:
    context = {
        "editor": editor,
        "form": editor.form,
        "notice": notice,
        "missing": drafting.missing(letter) if drafting.is_editable(letter) else [],
        "is_editable": drafting.is_editable(letter),
        "is_language_fixed": letter.state != LetterState.DRAFT,
        "is_unsaved": request.method == "POST",
    }
    return pages.show(request, "desk/about.html", letter, "about", context, status=status)
