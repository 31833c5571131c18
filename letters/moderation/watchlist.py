"""Names that make news: found however they are spelled, accented, ordered or disguised. Pure; no query.

Source of the disguises: UTS 39 §4 (skeletons), cut down to what passes for a letter of the Latin alphabet in a name.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from letters.core import typed

SHORTEST_JOINED = 6  # letters; shorter names written as one word would meet too many others

_CAPITALS = str.maketrans({
    "А": "a", "В": "b", "С": "c", "Е": "e", "Н": "h", "І": "i", "Ј": "j", "К": "k", "М": "m", "О": "o", "Р": "p",
    "Ѕ": "s", "Т": "t", "У": "y", "Х": "x", "Ү": "y", "Ԛ": "q", "Ԝ": "w", "Ӏ": "l", "З": "z", "Ԁ": "d",
    "Α": "a", "Β": "b", "Ε": "e", "Ζ": "z", "Η": "h", "Ι": "i", "Κ": "k", "Μ": "m", "Ν": "n", "Ο": "o", "Ρ": "p",
    "Τ": "t", "Υ": "y", "Χ": "x", "Ϲ": "c", "Օ": "o", "Ս": "u", "Տ": "s", "Լ": "l",
    "Ꭺ": "a", "Ᏼ": "b", "Ꮯ": "c", "Ꭼ": "e", "Ꮋ": "h", "Ꭻ": "j", "Ꮶ": "k", "Ꮇ": "m", "Ꮲ": "p", "Ꮪ": "s", "Ꭲ": "t",
    "Ꮩ": "v", "Ꮃ": "w", "Ꮓ": "z", "Ꮮ": "l",
})  # fmt: skip
_SMALL = str.maketrans({
    "а": "a", "в": "b", "ь": "b", "с": "c", "ԁ": "d", "е": "e", "ё": "e", "һ": "h", "н": "h", "і": "i", "ї": "i",
    "ј": "j", "к": "k", "ӏ": "l", "м": "m", "п": "n", "о": "o", "р": "p", "ԛ": "q", "г": "r", "ѕ": "s", "т": "t",
    "у": "y", "ү": "y", "ѵ": "v", "ԝ": "w", "х": "x", "з": "z",
    "α": "a", "β": "b", "ϲ": "c", "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "σ": "o",
    "τ": "t", "υ": "u", "χ": "x", "ω": "w", "γ": "y",
    "ց": "g", "հ": "h", "ո": "n", "օ": "o", "զ": "q", "ս": "u", "յ": "j",
    "ɡ": "g", "ɑ": "a", "ʟ": "l", "ɩ": "i", "ß": "ss", "0": "o", "1": "l", "3": "e", "5": "s", "|": "l", "!": "l",
})  # fmt: skip


@lru_cache(maxsize=4096)
def skeleton(name: str) -> str:
    """What the eye takes a name for: accents, scripts and look-alike letters gone; i and l are one letter, as are rn
    and m, vv and w. Two names with equal skeletons may be told apart by no reader."""
    plain = unicodedata.normalize("NFKC", name).translate(_CAPITALS)
    bare = typed.fold(plain).translate(_SMALL)
    return bare.replace("i", "l").replace("rn", "m").replace("vv", "w")


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^\w]+", text) if word]


def match(name: str, watched: Iterable[str]) -> str:
    """The first watched name that this name may be taken for; empty when none.

    All words of the watched name must stand in the name, in any order, whatever stands beside them («Prof. Ada M.
    Lovelace»); all but one may be an initial («A. Lovelace»); written together counts as well.
    """
    shown = _words(skeleton(name))
    return next((entry for entry in watched if _matches(shown, _words(skeleton(entry)))), "")


def _matches(shown: list[str], watched: list[str]) -> bool:
    if not watched or not shown:
        return False
    together = "".join(watched)
    if len(together) >= SHORTEST_JOINED and "".join(shown) == together:
        return True
    left = list(shown)
    whole = [word for word in watched if word in left]
    for word in whole:
        if word in left:
            left.remove(word)
    if not whole:
        return False
    missing = [word for word in watched if word not in whole]
    initials = [word for word in left if len(word) == 1]
    return all(word[0] in initials for word in missing)
