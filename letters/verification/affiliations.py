"""Whether a stated affiliation and an organisation are the same, as far as their names tell."""

import re
from collections.abc import Iterable

from letters.core import typed

_JOINING = {
    "the", "of", "for", "and", "at", "in", "de", "du", "des", "la", "le", "les", "el", "der", "die", "das", "den",
    "fur", "und", "van", "voor", "en", "et", "e", "y", "do", "da", "di", "del", "della", "i", "och", "og",
}  # fmt: skip
_KINDS_OF_PLACE = {
    "university", "universitat", "universite", "universidad", "universidade", "universita", "universiteit", "college",
    "institute", "institut", "institution", "school", "department", "faculty", "laboratory", "centre", "center",
    "company", "group", "national", "research", "science", "sciences", "technology", "technical", "state",
    "foundation", "agency", "ministry", "hospital", "academy",
}  # fmt: skip
_PARTS = re.compile(r"[,;:/|()\[\]–—]| - | at ", re.IGNORECASE)
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")  # scripts that set no space between words
MAX_ACRONYM = 3


def agree(affiliation: str, names: Iterable[str]) -> bool:
    """Whether the stated affiliation and one of an organisation's names may be the same.

    True when one holds the other as whole words, in a row, case and accents aside; or when a part of the affiliation
    has the words of a name in another order («Oxford University»). Acronyms are compared as they are written, so that
    «who» is not the WHO. An empty affiliation contradicts nothing.
    """
    if not affiliation.strip():
        return True
    stated = _words(affiliation)
    return any(_same(affiliation, stated, name) for name in names if name.strip())


def _same(affiliation: str, stated: list[str], name: str) -> bool:
    words = _words(name)
    if not words or not stated:
        return False
    if words == stated:
        return True
    if name.isupper() and len(name) <= MAX_ACRONYM:
        return _holds(re.findall(r"\w+", affiliation), re.findall(r"\w+", name))
    if _holds(stated, words) and not _is_vague(words):
        return True
    if _holds(words, stated) and not _is_vague(stated):
        return True
    if _NO_SPACES.search(name) and typed.fold(name) in typed.fold(affiliation):
        return True
    wanted = _telling(words)
    return len(wanted) > 1 and any(_telling(_words(part)) == wanted for part in _PARTS.split(affiliation))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", typed.fold(text))


def _telling(words: list[str]) -> set[str]:
    return {word for word in words if word not in _JOINING}


def _is_vague(words: list[str]) -> bool:
    """«University», «Institute of Technology», «AI»: found in too many names to tell one from another."""
    telling = _telling(words) - _KINDS_OF_PLACE
    return not any(len(word) > 2 or not word.isascii() for word in telling)


def _holds(words: list[str], wanted: list[str]) -> bool:
    """Whether ``wanted`` stands in ``words``, in a row."""
    size = len(wanted)
    return bool(wanted) and any(words[n : n + size] == wanted for n in range(len(words) - size + 1))
