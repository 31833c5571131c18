"""What stands beside the text: who is behind it and who pays, contact, questions and answers. Never part of what is
signed, so it may change at any time, and every change is audited."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from letters.accounts.models import User
from letters.core import moments
from letters.core.errors import RuleError
from letters.documents import languages, measures, merging, signals, trail
from letters.documents.models import UNPUBLISHED, Letter, LetterState, Ordering
from letters.ledger import audit

QUESTION = ("question", "answer")
LISTS = ("organisers", "faq", "initiators")
PARTS = (
    "organisers", "contact", "summary", "eligibility", "faq", "initiators", "time_zone", "ordering", "language",
)  # fmt: skip


@dataclass(frozen=True)
class Saved:
    """What became of saving. ``changed`` names the parts that differ from before; nothing was stored when parts
    conflict. ``values`` and ``revision`` are what the next form opens on; ``other`` is who changed the parts that were
    taken or conflict, empty for the same person."""

    values: dict[str, Any]
    revision: int
    changed: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    conflicts: tuple[merging.Conflict, ...] = ()
    other: str = ""


def of_letter(letter: Letter) -> dict[str, Any]:
    """The parts as they stand. Pure."""
    return {name: getattr(letter, name) for name in PARTS}


def remembered(values: Mapping[str, Any]) -> str:
    """The parts for a form that sends them back as its base."""
    return json.dumps({name: values[name] for name in PARTS}, ensure_ascii=False, separators=(",", ":"))


def recalled(base: str) -> dict[str, Any]:
    """The same from a form; parts of another shape are left out, and then every difference in them is a conflict."""
    try:
        found = json.loads(base)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    shapes = {name: list if name in LISTS else str for name in PARTS}
    return {name: value for name, value in found.items() if name in shapes and isinstance(value, shapes[name])}


def checked(typed: Mapping[str, Any], letter: Letter) -> dict[str, Any]:
    """The parts as they are stored, rows without a word left out.

    Raises:
        WordsRefused: names every part that is too long, malformed or not to be chosen.
    """
    check = measures.Checker()
    found: dict[str, Any] = {name: check.line(name, typed.get(name), measures.LINES[name]) for name in
                             ("summary", "eligibility")}  # fmt: skip
    found["contact"] = check.contact("contact", typed.get("contact"))
    found["organisers"] = check.rows("organisers", typed["organisers"], measures.ORGANISER)
    found["initiators"] = check.rows("initiators", typed["initiators"], measures.INITIATOR)
    found["faq"] = _faq(check, typed["faq"])
    _need_names(check, typed)
    found |= {name: str(typed.get(name, "")) for name in ("time_zone", "ordering", "language")}
    _choices(check, found, letter)
    check.done()
    return found


def _faq(check: measures.Checker, rows: list[Mapping[str, str]]) -> list[dict[str, str]]:
    found = []
    for place, row in enumerate(rows):
        question = check.line(f"faq-{place}-question", row.get("question"), measures.MAX_CELL)
        answer = check.block(f"faq-{place}-answer", row.get("answer"), measures.MAX_ANSWER).strip()
        if bool(question) != bool(answer):
            cell = "answer" if question else "question"
            check.problems[f"faq-{place}-{cell}"] = _("A question needs an answer, and an answer its question.")
        if question or answer:
            found.append({"question": question, "answer": answer})
    return check.items("faq", found)


def _need_names(check: measures.Checker, typed: Mapping[str, Any]) -> None:
    for part in ("organisers", "initiators"):
        for place, row in enumerate(typed[part]):
            if any(str(value).strip() for value in row.values()) and not str(row.get("name", "")).strip():
                check.problems[f"{part}-{place}-name"] = _("Enter a name, or remove this row.")
            check.mailed(f"{part}-{place}-name", str(row.get("name", "")))


def _need_whole(organisers: list[dict[str, str]]) -> None:
    """What the launch asked for cannot be taken away after it."""
    if not organisers:
        text = _("Readers must learn who is behind the letter: name at least one person or organisation.")
        raise measures.WordsRefused({"organisers": text})
    sentence = _("Fill this in: the letter is launched. “None” and “nobody pays” are answers.")
    empty = {
        f"organisers-{place}-{key}": sentence
        for place, row in enumerate(organisers)
        for key in measures.ORGANISER
        if key != "role" and not row[key]
    }
    if empty:
        raise measures.WordsRefused(empty)


def _choices(check: measures.Checker, found: dict[str, Any], letter: Letter) -> None:
    try:
        moments.zone(found["time_zone"])
    except RuleError as error:
        check.problems["time_zone"] = error.message
    if found["ordering"] not in Ordering.values:
        check.problems["ordering"] = _("Choose one of the orders of the list.")
    if found["language"] != letter.language:  # one that a file gave stays in its own spelling
        _change_language(check, found, letter)


def _change_language(check: measures.Checker, found: dict[str, Any], letter: Letter) -> None:
    try:
        found["language"] = languages.clean(found["language"])
    except RuleError as error:
        check.problems["language"] = error.message
    if letter.state != LetterState.DRAFT:
        check.problems["language"] = _("People read and sign the text in this language already; it cannot change.")


@transaction.atomic
def save(letter: Letter, typed: Mapping[str, Any], *, base: Mapping[str, Any], revision: int, by: User) -> Saved:
    """Store what was typed. ``base`` and ``revision`` are what the form was opened on.

    When somebody saved in between, both changes are merged; parts that both changed in one place are returned as
    conflicts, and nothing is stored. Idempotent. Sends ``letter_reordered`` when the list has another order.

    Raises:
        WordsRefused: as ``checked``; or the letter is launched and readers would no longer learn who is behind it.
    """
    letter = Letter.objects.select_for_update(of=("self",), no_key=True).get(pk=letter.pk)
    mine, theirs = checked(typed, letter), of_letter(letter)
    merged = merging.Merged(mine, (), ())
    if revision != letter.about_revision or (base and base != theirs):  # a file may have been loaded meanwhile
        merged = merging.merge(base, mine, theirs, PARTS)
    named = [conflict.part for conflict in merged.conflicts] or merged.taken
    other = trail.last_to_change(letter, named, but=by) if named else ""
    if merged.conflicts:
        return Saved(merged.values, letter.about_revision, (), merged.taken, merged.conflicts, other)
    changed = tuple(name for name in PARTS if merged.values[name] != theirs[name])
    if "organisers" in changed and letter.state not in UNPUBLISHED:
        _need_whole(merged.values["organisers"])
    if changed:
        _store(letter, merged.values, changed, by)
    return Saved(merged.values, letter.about_revision, changed, merged.taken, (), other)


def _store(letter: Letter, values: Mapping[str, Any], changed: tuple[str, ...], by: User) -> None:
    for name in changed:
        setattr(letter, name, values[name])
    letter.about_revision += 1
    letter.save(update_fields=[*changed, "about_revision"])
    audit.record(audit.Action.ABOUT_CHANGED, letter, by=f"user:{by.pk}", detail=" ".join(changed))
    if "ordering" in changed:
        signals.letter_reordered.send(Letter, letter=letter)
