"""Writing a text before it is published: drafts that are only added, merged where two people wrote at once."""

import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.accounts import permissions, teams
from letters.accounts.models import Team, User
from letters.accounts.permissions import Permission
from letters.core import typed
from letters.core.errors import RuleError
from letters.documents import languages, measures, merging, rendering
from letters.documents.models import RESERVED_SLUGS, WORDS, Draft, Letter, LetterState, LetterTeam
from letters.ledger import audit

MOST_DRAFTS = 200
"""Older ones are forgotten; two hundred presses on «Save» are kept."""
MOST_SLUG = 80
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class TextFixed(RuleError):
    code = "text-fixed"
    default = gettext_lazy(
        "The text cannot be edited any more: it is locked or published. What you typed was not saved; "
        "copy what you need."
    )


class SlugRefused(RuleError):
    code = "slug"
    default = gettext_lazy("Use a to z, 0 to 9 and single hyphens, such as lift-the-restriction.")


class TeamRefused(RuleError):
    code = "team"
    default = gettext_lazy("Choose a team in which you may write.")


@dataclass(frozen=True)
class Missing:
    """One thing without which a letter is not launched, and the page where it is done."""

    code: str
    sentence: str
    url_name: str
    anchor: str
    """Where on that page."""


@dataclass(frozen=True)
class Saved:
    """What became of saving. ``draft`` is the new row; None when nothing differs or when parts conflict, and then
    nothing was stored. ``words`` and ``number`` are what the next form opens on."""

    draft: Draft | None
    number: int
    words: dict[str, Any]
    taken: tuple[str, ...] = ()
    conflicts: tuple[merging.Conflict, ...] = ()
    other: str = ""
    """Who saved in between, as the team knows them."""


@transaction.atomic
def create(*, title: str, team: Team | str, by: User, slug: str = "", language: str = "en") -> Letter:
    """Begin a letter that a team owns, with an empty draft under its title.

    Without a ``slug`` the address is made from the title; one that is taken gets a number. A name instead of a team
    makes a team that ``by`` owns.

    Raises:
        WordsRefused: the title is empty, too long, or holds signs that nobody sees.
        SlugRefused: the typed address is malformed, reserved or taken.
        TeamRefused: this person may not write for this team.
        LanguageRefused: not a language tag.
        NameRefused, TooMany: as ``teams.create``.
    """
    team = teams.create(team, by=by) if isinstance(team, str) else team
    if not permissions.allowed(by, team, Permission.EDIT_TEXT):
        raise TeamRefused
    words = measures.words({"title": title})
    if not words["title"]:
        raise measures.WordsRefused({"title": _("Enter the title; you can change it until the launch.")})
    language = languages.clean(language)
    chosen = _typed_slug(slug) if slug.strip() else _free_slug(words["title"])
    try:
        with transaction.atomic():
            letter = Letter.objects.create(slug=chosen, language=language, working_title=words["title"])
    except IntegrityError as error:
        raise SlugRefused(_("Another letter has this address already. Choose another one.")) from error
    LetterTeam.objects.create(letter=letter, team=team, is_owner=True)
    _add(letter, words, by)
    audit.record(audit.Action.LETTER_CREATED, letter, by=f"user:{by.pk}")
    return letter


def _typed_slug(slug: str) -> str:
    slug = slug.strip().lower()
    if not _SLUG.fullmatch(slug):
        raise SlugRefused
    if len(slug) > MOST_SLUG:
        raise SlugRefused(_("Make the address shorter: at most 80 characters."))
    if slug in RESERVED_SLUGS:
        raise SlugRefused(_("This word is an address of the site itself. Choose another one."))
    return slug


def _free_slug(title: str) -> str:
    """An address from a title; letters without a Latin one are left out, and one of its own stands for none."""
    folded = unicodedata.normalize("NFKD", typed.fold(title)).encode("ascii", "ignore").decode()
    stem = "-".join(re.findall(r"[a-z0-9]+", folded))[:60].strip("-") or f"letter-{secrets.token_hex(3)}"
    taken = set(Letter.objects.filter(slug__startswith=stem).values_list("slug", flat=True)) | RESERVED_SLUGS
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(slug for slug in numbered if slug not in taken)


def is_editable(letter: Letter) -> bool:
    """A draft is written until its text is locked or shown to those who sign first."""
    return letter.state == LetterState.DRAFT and letter.locked_at is None


def newest(letter: Letter) -> Draft | None:
    """The draft, unless the letter was given another text later, by a file. One query."""
    draft = letter.drafts.select_related("saved_by").first()
    if draft is None or (letter.version is not None and letter.version.created_at > draft.saved_at):
        return None
    return draft


def words_for(letter: Letter) -> dict[str, Any]:
    """The WORDS of the newest draft, else of the letter's version; empty ones for a letter that has neither."""
    return _words_of(letter, newest(letter))


def opened(letter: Letter) -> tuple[dict[str, Any], int]:
    """(words, number of the draft they are of): what a form begins with, and what it sends back. 0: no draft."""
    draft = newest(letter)
    return _words_of(letter, draft), draft.number if draft else 0


def _words_of(letter: Letter, draft: Draft | None) -> dict[str, Any]:
    if draft is not None:
        return of_json(draft.words)
    return letter.version.words if letter.version is not None else measures.words({})


def of_json(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Words as a draft keeps them, with their date as a date."""
    on = stored.get("dateline_on") or ""
    return {**{name: stored.get(name) for name in WORDS}, "dateline_on": date.fromisoformat(on) if on else None}


def _to_json(words: Mapping[str, Any]) -> dict[str, Any]:
    on = words["dateline_on"]
    return {**words, "dateline_on": on.isoformat() if on else ""}


@transaction.atomic
def save(letter: Letter, typed: Mapping[str, Any], *, based_on: int, by: User) -> Saved:
    """Store what was typed as the newest draft. ``based_on`` is the draft that the form was opened on.

    When somebody saved in between, both changes are merged; parts that both changed in one place are returned as
    conflicts, and nothing is stored. Idempotent: equal words add no row.

    Raises:
        TextFixed: the text is locked or published meanwhile.
        WordsRefused: as ``measures.words``.
    """
    letter = Letter.objects.select_for_update(of=("self",), no_key=True).select_related("version").get(pk=letter.pk)
    if not is_editable(letter):
        raise TextFixed
    mine = measures.words(typed)
    draft = newest(letter)
    theirs, number = _words_of(letter, draft), draft.number if draft else 0
    merged = merging.Merged(mine, (), ())
    if number != based_on:
        merged = merging.merge(_base(letter, based_on), mine, theirs, WORDS)
    other = draft.saved_by.email if draft and draft.saved_by and draft.saved_by != by else ""
    if merged.conflicts:
        return Saved(None, number, merged.values, merged.taken, merged.conflicts, other)
    if merged.values == theirs:
        return Saved(None, number, theirs, merged.taken, (), other)
    row = _add(letter, merged.values, by)
    return Saved(row, row.number, merged.values, merged.taken, (), other)


def _base(letter: Letter, number: int) -> dict[str, Any]:
    """The words that a form was opened on; nothing when that draft is forgotten already."""
    row = letter.drafts.filter(number=number).first()
    if row is not None:
        return of_json(row.words)
    return letter.version.words if number == 0 and letter.version is not None else {}


def _add(letter: Letter, words: Mapping[str, Any], by: User) -> Draft:
    last = letter.drafts.values_list("number", flat=True).first() or 0
    row = Draft.objects.create(
        letter=letter, number=last + 1, words=_to_json(words), saved_by=by, saved_at=timezone.now()
    )
    letter.drafts.filter(number__lte=row.number - MOST_DRAFTS).delete()
    Letter.objects.filter(pk=letter.pk).update(working_title=words["title"])
    return row


@transaction.atomic
def restore(letter: Letter, number: int, *, by: User) -> Saved:
    """Make an old draft the newest one, as a new row: what was saved since stays below it. Idempotent.

    Raises:
        TextFixed: as ``save``.
        Draft.DoesNotExist: no such draft, or it is forgotten.
    """
    words = of_json(letter.drafts.get(number=number).words)
    return save(letter, words, based_on=opened(letter)[1], by=by)


def missing(letter: Letter, words: Mapping[str, Any] | None = None) -> list[Missing]:
    """What is left before a letter can be launched, in the order of the pages. One query, none with ``words``."""
    words = words_for(letter) if words is None else words
    found = [*_missing_words(words), *_missing_beside(letter)]
    return [Missing(code, sentence, f"desk:{page}", f"id_{anchor}") for code, sentence, page, anchor in found]


def left_empty(letter: Letter, words: Mapping[str, Any]) -> list[Missing]:
    """What most letters have and this one has not, though it can be launched without. Pure."""
    parts = {
        "dateline_on": (words.get("dateline_on"), _("the date on the letter"), "write"),
        "dateline_place": (words.get("dateline_place"), _("the place"), "write"),
        "salutation": (words.get("salutation"), _("the salutation"), "write"),
        "closing": (words.get("closing"), _("the closing"), "write"),
        "summary": (letter.summary, _("the summary that search engines and shared links show"), "about"),
    }
    return [Missing(part, label, f"desk:{page}", f"id_{part}") for part, (is_there, label, page) in parts.items()
            if not is_there]  # fmt: skip


def slips(words: Mapping[str, Any]) -> list[Missing]:
    """What is likely to be a slip in the text, though it can be launched with it. Pure."""
    marks, notes = rendering.loose_notes(words["body"], words["demands"])
    bare = _("The mark {mark} is printed as you typed it: it has no note, or it stands in a demand, where none works.")
    lone = _("The note {mark} is printed nowhere: no mark in the text leads to it.")
    found = [bare.format(mark=mark) for mark in marks] + [lone.format(mark=mark) for mark in notes]
    return [Missing("footnote", sentence, "desk:write", "id_body") for sentence in found]


def _missing_words(words: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    checks = {
        "title": ("title", _("Give the letter a title.")),
        "addressee": ("addressees", _("Say to whom the letter is addressed.")),
        "body": ("body", _("Write the text of the letter.")),
        "demand": ("demands", _("Add at least one demand: what do you ask for?")),
    }
    return [(code, sentence, "write", part) for code, (part, sentence) in checks.items() if not words.get(part)]


def _missing_beside(letter: Letter) -> list[tuple[str, str, str, str]]:
    organisers: Sequence[Mapping[str, str]] = letter.organisers
    checks = {
        "organisers": (any(one.get("name") for one in organisers), _("Say who is behind the letter.")),
        "funding": (_each(organisers, "funding"), _("Say who pays; “nobody pays” is an answer.")),
        "interests": (_each(organisers, "interests"), _("State conflicts of interest; “none” is an answer.")),
        "contact": (bool(letter.contact), _("Give a contact for readers and the press.")),
    }
    places = {"contact": "contact"}
    return [
        (code, sentence, "about", places.get(code, "organisers"))
        for code, (is_there, sentence) in checks.items()
        if not is_there
    ]


def _each(rows: Sequence[Mapping[str, str]], key: str) -> bool:
    return bool(rows) and all(row.get(key) for row in rows)
