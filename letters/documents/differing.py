"""What differs between two texts, word by word: what readers, signatories and organisers see before and after a change.

Works on plain words: no HTML of a text is made or kept. The cost is bounded whatever is compared: paragraphs are
paired first, and only paragraphs that changed are compared by words, within a budget.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SAME, INS, DEL = "same", "ins", "del"
WORD_BUDGET = 2_000_000
"""Pairs of words that one comparison looks at; beyond it a changed passage is shown as taken out and put in whole."""
MOST_WITHOUT_JUNK = WORD_BUDGET // 2
"""Beyond so many pairs the commonest words are no anchors, which keeps a search from growing with their number."""
MOST_PARAGRAPHS = 3_000
"""Beyond so many in one text it is cut into so many runs of paragraphs."""
PART_LABELS: dict[str, str | Promise] = {
    "title": _("Title"),
    "subtitle": _("Subtitle"),
    "dateline": _("Place and date"),
    "addressees": _("Addressees"),
    "salutation": _("Salutation"),
    "body": _("Text"),
    "demands": _("Demands"),
    "closing": _("Closing"),
}
_WORDS = re.compile(r"\s+|\w+|[^\w\s]", re.UNICODE)
_GAP = re.compile(r"\n[ \t]*\n\s*")


@dataclass(frozen=True)
class Run:
    """Words in a row of one kind: ``same``, ``ins`` or ``del``."""

    kind: str
    text: str


@dataclass(frozen=True)
class Block:
    """A paragraph, a demand or a line, as its runs; ``number`` counts demands, 0 elsewhere."""

    runs: tuple[Run, ...]
    number: int = 0

    @property
    def is_changed(self) -> bool:
        return any(run.kind != SAME for run in self.runs)


@dataclass(frozen=True)
class Part:
    """One part of the letter in which something may differ."""

    name: str
    label: str | Promise
    blocks: tuple[Block, ...]

    @property
    def is_changed(self) -> bool:
        return any(block.is_changed for block in self.blocks)


@dataclass(frozen=True)
class Difference:
    """The whole comparison; ``added`` and ``removed`` count words."""

    parts: tuple[Part, ...]
    added: int
    removed: int

    @property
    def is_same(self) -> bool:
        return not any(part.is_changed for part in self.parts)

    @property
    def changed_parts(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.is_changed)


class _Budget:
    """How many pairs of words may still be looked at."""

    def __init__(self) -> None:
        self.left = WORD_BUDGET

    def takes(self, amount: int) -> bool:
        self.left -= amount
        return self.left >= 0


def between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """Compare the parts of two texts (as ``Words.words`` gives them). Pure."""
    budget = _Budget()
    old, new = _pieces(before), _pieces(after)
    parts = tuple(
        Part(name, label, tuple(_blocks(old[name], new[name], budget, numbered=name == "demands")))
        for name, label in PART_LABELS.items()
        if old[name] or new[name]
    )
    runs = [run for part in parts for block in part.blocks for run in block.runs]
    return Difference(parts, _count(runs, INS), _count(runs, DEL))


def _count(runs: Sequence[Run], kind: str) -> int:
    return sum(len(run.text.split()) for run in runs if run.kind == kind)


def _pieces(words: Mapping[str, Any]) -> dict[str, list[str]]:
    """Every part as a list of its paragraphs or lines, without empty ones."""
    on = words["dateline_on"]
    day = formats.date_format(on, "j F Y") if on else ""
    dateline = ", ".join(part for part in (words["dateline_place"], day) if part)
    found = {name: [words[name]] for name in ("title", "subtitle", "salutation", "closing")}
    found["dateline"] = [dateline]
    found["addressees"] = [_addressee(who) for who in words["addressees"]]
    found["demands"] = list(words["demands"])
    found["body"] = _paragraphs(words["body"])
    return {name: [piece for piece in pieces if piece.strip()] for name, pieces in found.items()}


def _addressee(who: Mapping[str, str]) -> str:
    return ", ".join(who[key] for key in ("name", "office", "organization") if who.get(key))


def _paragraphs(body: str) -> list[str]:
    found = _GAP.split(body.strip())
    size = -(-len(found) // MOST_PARAGRAPHS)
    return ["\n\n".join(found[place : place + size]) for place in range(0, len(found), size)]


def _blocks(old: list[str], new: list[str], budget: _Budget, *, numbered: bool) -> Iterator[Block]:
    number = 0
    for before, after in _paired(old, new, budget):
        number += bool(after)
        yield Block(tuple(_runs(before, after, budget)), number if numbered and after else 0)


def _paired(old: list[str], new: list[str], budget: _Budget) -> Iterator[tuple[str, str]]:
    """Paragraphs beside each other; an empty one stands for none."""
    for tag, i, j, m, n in _opcodes(old, new, budget):
        if tag == SAME:
            yield from zip(old[i:j], new[m:n], strict=True)
            continue
        both = min(j - i, n - m)
        yield from zip(old[i : i + both], new[m : m + both], strict=True)
        yield from ((text, "") for text in old[i + both : j])
        yield from (("", text) for text in new[m + both : n])


def _runs(before: str, after: str, budget: _Budget) -> Iterator[Run]:
    """The words of two paragraphs as runs; neighbours of one kind are one run, and a lone space between two changes
    belongs to them, so that a rewritten sentence reads as one."""
    if before == after:
        yield Run(SAME, after)
        return
    found = [(kind, text) for kind, text in _changes(_WORDS.findall(before), _WORDS.findall(after), budget) if text]
    yield from _joined(found)


def _changes(old: list[str], new: list[str], budget: _Budget) -> Iterator[tuple[str, str]]:
    for tag, i, j, m, n in _opcodes(old, new, budget):
        if tag == SAME:
            yield SAME, "".join(new[m:n])
        else:
            yield DEL, "".join(old[i:j])
            yield INS, "".join(new[m:n])


def _joined(found: list[tuple[str, str]]) -> Iterator[Run]:
    changed: list[tuple[str, str]] = []
    for place, (kind, text) in enumerate(found):
        between_changes = 0 < place < len(found) - 1 and text.isspace() and "\n" not in text
        if kind == SAME and between_changes and changed:
            changed += [(DEL, text), (INS, text)]
        elif kind == SAME:
            yield from _gathered(changed)
            changed = []
            yield Run(SAME, text)
        else:
            changed.append((kind, text))
    yield from _gathered(changed)


def _gathered(changed: list[tuple[str, str]]) -> Iterator[Run]:
    """What was taken out, then what was put in."""
    for wanted in (DEL, INS):
        text = "".join(text for kind, text in changed if kind == wanted)
        if text.strip() or (text and len(changed) == 1):
            yield Run(wanted, text)


def _opcodes(old: list[str], new: list[str], budget: _Budget) -> Iterator[tuple[str, int, int, int, int]]:
    """(``same`` or ``other``, and the two slices), equal ends left to no search."""
    head = _equal(old, new)
    tail = _equal(old[head:][::-1], new[head:][::-1])
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if head:
        yield SAME, 0, head, 0, head
    yield from _middle(middle_old, middle_new, head, budget)
    if tail:
        yield SAME, len(old) - tail, len(old), len(new) - tail, len(new)


def _middle(old: list[str], new: list[str], at: int, budget: _Budget) -> Iterator[tuple[str, int, int, int, int]]:
    if not old and not new:
        return
    if not old or not new or not budget.takes(len(old) * len(new)):
        yield "other", at, at + len(old), at, at + len(new)
        return
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) * len(new) > MOST_WITHOUT_JUNK)
    for tag, i, j, m, n in matcher.get_opcodes():
        yield (SAME if tag == "equal" else "other"), at + i, at + j, at + m, at + n


def _equal(old: Sequence[str], new: Sequence[str]) -> int:
    """How many pieces at the beginning are the same."""
    pairs = zip(old, new, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))
