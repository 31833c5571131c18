"""What becomes of two changes made at once to one text: both are kept where they do not overlap, and where they do
somebody chooses. Pure; knows nothing of letters."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

MOST_LINES = 1_000
"""Beyond so many lines or items a part is compared as a whole."""
UNKNOWN: Any = object()
"""The base of a part that nobody remembers: every difference is a conflict then."""


@dataclass(frozen=True)
class Conflict:
    """A part that both changed in one place. ``mine`` and ``theirs`` are the whole part, with every change that does
    not overlap in both of them; ``both`` is a list with the overlapping items of the two, one after another."""

    part: str
    base: Any
    mine: Any
    theirs: Any
    both: Any


@dataclass(frozen=True)
class Merged:
    """``values`` hold mine where the two conflict; ``taken`` are the parts in which a change of theirs is in."""

    values: dict[str, Any]
    taken: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True)
class _Piece:
    """A run of items: what mine, theirs and both make of it. The same for all where nothing overlaps."""

    mine: list[Any]
    theirs: list[Any]
    both: list[Any]

    @property
    def is_clash(self) -> bool:
        return self.mine != self.theirs


def merge(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any], parts: Sequence[str]) -> Merged:
    """Merge part by part: lists by their items, texts of several lines by lines, anything else whole."""
    values, taken, conflicts = {}, [], []
    for part in parts:
        found = _part(part, base.get(part, UNKNOWN), mine[part], theirs[part])
        if isinstance(found, Conflict):
            conflicts.append(found)
            values[part] = found.mine
        else:
            values[part] = found
        if values[part] != mine[part]:
            taken.append(part)
    return Merged(values, tuple(taken), tuple(conflicts))


def _part(part: str, base: Any, mine: Any, theirs: Any) -> Any:
    if mine == theirs or theirs == base:
        return mine
    if mine == base:
        return theirs
    if isinstance(mine, list):
        pieces = list(_pieces([] if base is UNKNOWN else base, mine, theirs))
    elif isinstance(mine, str) and "\n" in f"{mine}{theirs}":
        lines = [] if base is UNKNOWN else base.split("\n")
        pieces = list(_pieces(lines, mine.split("\n"), theirs.split("\n")))
    else:
        return Conflict(part, "" if base is UNKNOWN else base, mine, theirs, mine)
    return _joined(part, base, pieces, is_text=isinstance(mine, str))


def _joined(part: str, base: Any, pieces: list[_Piece], *, is_text: bool) -> Any:
    def whole(lines: list[Any]) -> Any:
        return "\n".join(lines) if is_text else lines

    mine = whole([item for piece in pieces for item in piece.mine])
    if not any(piece.is_clash for piece in pieces):
        return mine
    theirs = whole([item for piece in pieces for item in piece.theirs])
    both = whole([item for piece in pieces for item in piece.both])
    return Conflict(part, ("" if is_text else []) if base is UNKNOWN else base, mine, theirs, both)


def _pieces(base: list[Any], mine: list[Any], theirs: list[Any]) -> Iterator[_Piece]:
    """Runs between the items that all three share (the diff3 way), each settled by itself.

    Source: Khanna, Kunal, Pierce: A Formal Investigation of Diff3 (2007).
    """
    in_mine, in_theirs = _matches(base, mine), _matches(base, theirs)
    at = at_mine = at_theirs = 0
    for place, item in enumerate(base):
        if place in in_mine and place in in_theirs:
            j, k = in_mine[place], in_theirs[place]
            yield from _settled(base[at:place], mine[at_mine:j], theirs[at_theirs:k])
            yield _Piece([item], [item], [item])
            at, at_mine, at_theirs = place + 1, j + 1, k + 1
    yield from _settled(base[at:], mine[at_mine:], theirs[at_theirs:])


def _settled(base: list[Any], mine: list[Any], theirs: list[Any]) -> Iterator[_Piece]:
    if mine in (base, theirs):
        yield _Piece(theirs, theirs, theirs)
    elif theirs == base:
        yield _Piece(mine, mine, mine)
    elif len(base) == len(mine) == len(theirs) > 1:
        for one, other, another in zip(base, mine, theirs, strict=True):
            yield from _settled([one], [other], [another])
    elif both := _edited_and_extended(base, mine, theirs) or _edited_and_extended(base, theirs, mine):
        yield _Piece(both, both, both)
    else:
        yield _Piece(mine, theirs, mine + [item for item in theirs if item not in mine])


def _edited_and_extended(base: list[Any], edited: list[Any], extended: list[Any]) -> list[Any]:
    """One changed items where they stand, the other added some after them: both. Else nothing."""
    known = len(base)
    is_both = len(edited) == known < len(extended) and extended[:known] == base
    return edited + extended[known:] if is_both else []


def _matches(base: list[Any], other: list[Any]) -> dict[int, int]:
    """{place in base: place in other} of what stayed."""
    if max(len(base), len(other)) > MOST_LINES:
        return {}
    one, two = ([json.dumps(item, sort_keys=True) for item in items] for items in (base, other))
    blocks = SequenceMatcher(None, one, two).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}
