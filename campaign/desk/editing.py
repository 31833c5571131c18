"""A form of single fields and lists of rows, with what two people typed at once; shared by the text and what stands
beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from campaign.desk import rows
from campaign.desk.rows import Kind, Rows
from letters.documents import differing, measures
from letters.documents.merging import Conflict

SEPARATOR = " · "


@dataclass(frozen=True)
class Clash:
    """A part that somebody else changed in the same place: what was there, and what they made of it. ``theirs`` can be
    edited and taken; a list holds the rows of both already."""

    part: str
    label: str | Promise
    base: str
    theirs: str
    is_list: bool
    takes_theirs: bool = False

    @property
    def difference(self) -> differing.Difference:
        """What the other one changed, word by word."""
        empty = measures.words({})
        return differing.between({**empty, "body": self.base}, {**empty, "body": self.theirs})


@dataclass
class Editor:
    """Everything that the page of a form shows."""

    form: forms.Form
    lists: dict[str, Rows]
    clashes: list[Clash] = field(default_factory=list)
    based_on: int = 0

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(id of the field, sentence), in the order of the page."""
        found = [(f"id_{name}" if name != "__all__" else "", str(error))
                 for name, errors in self.form.errors.items() for error in errors]  # fmt: skip
        return found + [anchor for one in self.lists.values() for anchor in one.anchors]

    def refuse(self, problems: Mapping[str, str], *, whole_rows: Mapping[str, str]) -> None:
        """Put the sentences of a rule where they belong. ``whole_rows`` names the one cell of lists of plain texts."""
        for name, sentence in problems.items():
            part = name.partition("-")[0]
            if part in self.lists:
                cell = f"{name}-{whole_rows[part]}" if part in whole_rows and name != part else name
                self.lists[part].problems[cell] = sentence
            elif sentence:  # an empty one: the form says it already
                self.form.add_error(name if name in self.form.fields else None, sentence)

    def clash(self, conflicts: Sequence[Conflict]) -> None:
        """Show what two people typed in one place: mine in the fields, theirs beside them, rows of both in a list."""
        for conflict in conflicts:
            part, is_list = conflict.part, conflict.part in self.lists
            label: str | Promise = _label(self, part)
            if is_list:
                kind = self.lists[part].kind
                self.lists[part] = rows.of_items(kind, as_items(kind, conflict.both))
            clash = Clash(part, label, _as_text(conflict.base), _as_text(conflict.theirs), is_list)
            self.clashes.append(clash)


def _label(editor: Editor, part: str) -> str | Promise:
    found = editor.lists[part].kind.legend if part in editor.lists else editor.form.fields[part].label
    return found or part


def labels(editor: Editor, parts: Sequence[str]) -> list[str]:
    """What the parts are called on the page."""
    return [str(_label(editor, part)).lower() for part in parts]


def of_post(form: forms.Form, kinds: Sequence[Kind], data: QueryDict) -> Editor:
    """What was sent; clashes that were on the page stay there until it is saved."""
    number = data.get("based_on", "")
    based_on = int(number) if number.isdecimal() and len(number) < 10 else 0
    editor = Editor(form, {kind.name: rows.of_post(kind, data) for kind in kinds}, based_on=based_on)
    for part in (*form.fields, *editor.lists):
        if f"theirs-{part}" in data:
            takes = data.get(f"keep-{part}") == "theirs"
            theirs, base = data.get(f"theirs-{part}", ""), data.get(f"base-{part}", "")
            editor.clashes.append(Clash(part, _label(editor, part), base, theirs, part in editor.lists, takes))
    return editor


def settled(data: Mapping[str, Any]) -> dict[str, Any]:
    """The form with theirs in each part where that was chosen. Nothing is thrown away: mine is in what was sent."""
    chosen = {name: data.get(name) for name in data}
    for name in data:
        part = name.removeprefix("keep-")
        if part != name and data.get(name) == "theirs" and f"theirs-{part}" in data:
            chosen[part] = data[f"theirs-{part}"]
    return chosen


def as_items(kind: Kind, items: Sequence[Any]) -> list[Mapping[str, Any]]:
    """Items of a list of plain texts as rows of one cell."""
    return [item if isinstance(item, dict) else {kind.columns[0].key: item} for item in items]


def _as_text(value: Any) -> str:
    """A part in words, a list line by line."""
    if isinstance(value, list):
        return "\n".join(_as_text(item) for item in value)
    if isinstance(value, dict):
        return SEPARATOR.join(str(part) for part in value.values() if part)
    return str(value or "")


def kept_sentence(other: str, labels: Sequence[str | Promise]) -> str:
    """«Bob changed the salutation meanwhile; both changes are kept.»"""
    who = other or _("You, in another window,")
    text = _("{who} changed this meanwhile: {parts}. Both changes are kept.")
    return text.format(who=who, parts=", ".join(map(str, labels)))


def clash_sentence(other: str) -> str:
    who = other or _("You, in another window,")
    text = _(
        "{who} saved meanwhile and changed the same place. Nothing is lost, and nothing is saved yet: compare the two "
        "below, choose, and save."
    )
    return text.format(who=who)
