"""Writing a letter: a new one, its text with a preview that is the public page, and the drafts before."""

import copy
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.desk import access, editing, limits, pages, rows
from campaign.desk.editing import Editor
from campaign.desk.inert import framed
from campaign.desk.letter_forms import ADDRESSEES, DEMANDS, NewLetterForm, TextForm, initial_of
from letters.accounts import permissions
from letters.accounts.models import Team
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents import differing, drafting, measures, rendering
from letters.documents.models import Draft, Letter, LetterState, Version
from letters.signatures import sentences
from letters.signatures.models import Tally

KINDS = (ADDRESSEES, DEMANDS)
PLAIN = {"demands": "text"}
"""Lists of plain texts, and what their one cell is called."""


@require_http_methods(["GET", "HEAD", "POST"])
@access.for_organisers
def letter_new(request: HttpRequest) -> HttpResponseBase:
    form = NewLetterForm(request.POST or None, user=access.user_of(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _to("write", _created(request, form))
            except measures.WordsRefused as error:
                form.add_error("title", error.message)
            except drafting.SlugRefused as error:
                form.add_error("slug", error.message)
            except RuleError as error:
                form.add_error(None, error.message)
    return render(request, "desk/letter_new.html", {"form": form}, status=status)


def _created(request: HttpRequest, form: NewLetterForm) -> Letter:
    """The new letter, with a team of its own for somebody who has none. Raises RuleError."""
    typed, user = form.cleaned_data, access.user_of(request)
    limits.beginning(user)
    team, title, slug = _team_of(request, form), typed["title"], typed["slug"]
    letter = drafting.create(title=title, team=team, by=user, slug=slug, language=typed["language"])
    messages.success(request, _("The letter is there, and nobody but your team sees it. Write it now."))
    return letter


def _team_of(request: HttpRequest, form: NewLetterForm) -> Team | str:
    user, typed = access.user_of(request), form.cleaned_data
    if "team_name" in typed:
        return str(typed["team_name"])
    if "team" not in typed:
        return form.teams[0]
    found = permissions.teams_of(user, Permission.EDIT_TEXT).filter(public_id=typed["team"]).first()
    if found is None:
        raise drafting.TeamRefused
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.EDIT_TEXT)
def write(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    if request.method != "POST":
        words, number = drafting.opened(letter)
        return _show(request, letter, _editor_of(words, number))
    editor, action = _posted(request.POST), request.POST.get("action", "save")
    if rows.act(action, editor.lists):
        return _show(request, letter, editor)
    try:
        saved = drafting.save(letter, _typed(editor), based_on=editor.based_on, by=access.user_of(request))
    except measures.WordsRefused as error:
        editor.refuse(error.problems, whole_rows=PLAIN)
        return _show(request, letter, editor, status=422)
    except RuleError as error:
        return _show(request, letter, editor, notice=error.message, status=409)
    return _after(request, letter, saved)


def _after(request: HttpRequest, letter: Letter, saved: drafting.Saved) -> HttpResponse:
    editor = _editor_of(saved.words, saved.number)
    if saved.conflicts:
        editor.clash(saved.conflicts)
        return _show(request, letter, editor, notice=editing.clash_sentence(saved.other), status=409)
    messages.success(request, _("Saved.") if saved.draft else _("Nothing was different."))
    if saved.taken:
        messages.success(request, editing.kept_sentence(saved.other, editing.labels(editor, saved.taken)))
    return _to("write", letter)


def _to(name: str, letter: Letter) -> HttpResponse:
    return HttpResponseRedirect(reverse(f"desk:{name}", args=[letter.slug]), status=303)


def _editor_of(words: dict[str, Any], number: int) -> Editor:
    form = TextForm(initial={**initial_of(words), "based_on": number}, auto_id="id_%s")
    lists = {kind.name: rows.of_items(kind, editing.as_items(kind, words.get(kind.name) or [])) for kind in KINDS}
    return Editor(form, lists, based_on=number)


def _posted(data: QueryDict) -> Editor:
    form = TextForm(data)
    form.is_valid()
    return editing.of_post(form, KINDS, data)


def _typed(editor: Editor) -> dict[str, Any]:
    """The parts as they were typed, theirs where that was chosen. Raises WordsRefused for a day that is none."""
    form = TextForm(editing.settled(editor.form.data)) if editor.clashes else editor.form
    if not form.is_valid():
        raise measures.WordsRefused(dict.fromkeys(form.errors, ""))
    return {
        **form.cleaned_data,
        "addressees": editor.lists["addressees"].items,
        "demands": [item["text"] for item in editor.lists["demands"].items],
    }


def _show(request: HttpRequest, letter: Letter, editor: Editor, *, notice: str = "", status: int = 200) -> HttpResponse:
    is_editable = drafting.is_editable(letter)
    words, _number = drafting.opened(letter)
    context = {
        "editor": editor,
        "form": editor.form,
        "notice": notice,
        "is_editable": is_editable,
        "text": None if is_editable else rendering.of_words(letter, words),
        "missing": drafting.missing(letter, words) if is_editable else [],
        "is_unsaved": request.method == "POST",
    }
    return pages.show(request, "desk/write.html", letter, "write", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.EDIT_TEXT)
def preview(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    """The public page of what is typed now, or of the newest draft; stores nothing."""
    words, _number = drafting.opened(letter)
    problems: list[str] = []
    if request.method == "POST":
        editor = _posted(request.POST)
        try:
            words = measures.words(_typed(editor))
        except measures.WordsRefused as error:
            problems = [problem for problem in error.problems.values() if problem] or [_("A day is none.")]
    with translation.override(letter.interface_language):
        page = _page(request, letter, words, problems)
    return framed(page, status=422 if problems else 200)


def _page(request: HttpRequest, letter: Letter, words: dict[str, Any], problems: list[str]) -> str:
    """What campaign/public/views/reading.py will draw of these words after the launch."""
    shown, version = _as_public(letter, words)
    context = {
        "letter": shown,
        "version": version,
        "text": version,
        "count": sentences.count_of(Tally(version=version, as_of=timezone.now(), revision=0), version.title),
        "announced": [_announced(person) for person in letter.initiators],
        "faq": rendering.questions(letter.faq),
        "disclaimer": sentences.disclaimer_for(has_organizations=False),
        "problems": problems,
    }
    return render_to_string("desk/preview.html", context, request)


def _announced(person: dict[str, str]) -> dict[str, str]:
    """An initiator who has not signed, as components/names.html prints them."""
    description = ", ".join(part for part in (person.get("position"), person.get("affiliation")) if part)
    return {"name": person.get("name", ""), "description": description}


def _as_public(letter: Letter, words: dict[str, Any]) -> tuple[Letter, Version]:
    """A copy of the letter as readers would find it open, with these words; neither is ever stored."""
    shown = copy.copy(letter)
    version = rendering.of_words(shown, words)
    version.number = letter.version.number if letter.version else 1
    version.created_at = timezone.now()
    shown.state, shown.opens_at, shown.amendment, shown.names_hidden_at = LetterState.OPEN, None, None, None
    shown.version = version
    return shown, version


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter()
def history(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    """The saved drafts: who, when, and what each changed against the one before."""
    notice, status = "", 200
    if request.method == "POST":
        if Permission.EDIT_TEXT not in letter.permissions:  # type: ignore[attr-defined] # set by access
            raise Http404
        try:
            return _restored(request, letter)
        except RuleError as error:
            notice, status = error.message, 409
    drafts = list(letter.drafts.select_related("saved_by").defer("words"))
    chosen = _chosen(request, drafts)
    context = {
        "drafts": drafts,
        "chosen": chosen,
        "difference": _difference(letter, chosen) if chosen else None,
        "may_restore": drafting.is_editable(letter),
        "newest": drafts[0].number if drafts else 0,
        "notice": notice,
    }
    return pages.show(request, "desk/history.html", letter, "write", context, status=status)


def _restored(request: HttpRequest, letter: Letter) -> HttpResponse:
    number = request.POST.get("number", "")
    if not number.isdecimal() or len(number) > 9:
        raise RuleError(_("Choose one of the drafts on this page."))
    try:
        saved = drafting.restore(letter, int(number), by=access.user_of(request))
    except Draft.DoesNotExist as error:
        raise RuleError(_("This draft is forgotten; choose another one.")) from error
    text = _("Draft {number} is the text again. What was saved since is still in the list.")
    messages.success(request, text.format(number=number) if saved.draft else _("Nothing was different."))
    return _to("write", letter)


def _chosen(request: HttpRequest, drafts: list[Draft]) -> Draft | None:
    asked = request.GET.get("draft", "")
    return next((draft for draft in drafts if str(draft.number) == asked), drafts[0] if drafts else None)


def _difference(letter: Letter, draft: Draft) -> differing.Difference:
    before = letter.drafts.filter(number__lt=draft.number).order_by("-number").first()
    old = drafting.of_json(before.words) if before else measures.words({})
    return differing.between(old, drafting.of_json(draft.words))
