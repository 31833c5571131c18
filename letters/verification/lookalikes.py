"""Domains that look like another one: letters of several scripts in one label, and spellings that the eye takes for
those of a known domain. Nothing here ever makes a match; it only sends an address to a person.

Source: UTS 39 §4 and §5 (confusable characters, mixed scripts), cut down to letters that stand for a to z.
"""

import unicodedata
from itertools import islice

import idna

MAX_SPELLINGS = 48
_CONFUSABLE = {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"}
_TWINS = str.maketrans({
    # Cyrillic
    "а": "a", "в": "b", "ь": "b", "с": "c", "ԁ": "d", "е": "e", "ё": "e", "ԍ": "g", "һ": "h", "н": "h", "і": "i",
    "ї": "i", "ј": "j", "к": "k", "ӏ": "l", "м": "m", "п": "n", "о": "o", "р": "p", "ԛ": "q", "г": "r", "ѕ": "s",
    "т": "t", "у": "y", "ү": "y", "ѵ": "v", "ԝ": "w", "ѡ": "w", "х": "x", "з": "3",
    # Greek
    "α": "a", "β": "b", "ϲ": "c", "ε": "e", "ι": "i", "κ": "k", "η": "n", "ο": "o", "σ": "o", "ρ": "p", "τ": "t",
    "υ": "u", "ν": "v", "ω": "w", "χ": "x", "γ": "y",
    # Armenian
    "ց": "g", "հ": "h", "ո": "n", "օ": "o", "զ": "q", "ս": "u", "յ": "j", "ք": "p",
    # Latin letters beyond ASCII that no decomposition takes apart
    "ı": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ɡ": "g", "ɩ": "i", "ʟ": "l", "ɑ": "a", "ѐ": "e", "ƅ": "b",
    "æ": "ae", "œ": "oe", "ß": "ss", "ŋ": "n", "þ": "p", "ð": "o",
})  # fmt: skip
# What lower case of most typefaces shows alike: (what stands there, what it is taken for).
_SHAPES = (("0", "o"), ("1", "l"), ("1", "i"), ("rn", "m"), ("m", "rn"), ("vv", "w"), ("w", "vv"), ("cl", "d"),
           ("3", "e"), ("5", "s"), ("o", "0"), ("l", "1"))  # fmt: skip


def unicode_of(domain: str) -> str:
    """The domain in the letters that a browser may show; labels that are no valid IDNA stay as they are."""
    return ".".join(_shown(label) for label in domain.split("."))


def _shown(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.decode(label)
    except idna.IDNAError:
        return label


def is_mixed(domain: str) -> bool:
    """Whether one label mixes scripts whose letters pass for one another, as a disguised name does."""
    return any(len(_scripts(label) & _CONFUSABLE) > 1 for label in unicode_of(domain).split("."))


def _scripts(label: str) -> set[str]:
    return {unicodedata.name(char, "?").split(" ")[0] for char in label if unicodedata.category(char)[0] == "L"}


def spellings(domain: str) -> list[str]:
    """Up to 48 ASCII names that this domain could be taken for, itself left out."""
    bare = unicodedata.normalize("NFKD", unicode_of(domain).translate(_TWINS)).translate(_TWINS)
    skeleton = "".join(char for char in bare if unicodedata.category(char) != "Mn")
    found = dict.fromkeys([skeleton, *_respelled(skeleton)])
    return list(islice((name for name in found if name != domain and name.isascii()), MAX_SPELLINGS))


def _respelled(name: str) -> list[str]:
    """One kind of shape swapped, everywhere and at each single place; the last label is left alone."""
    head, _, tld = name.rpartition(".")
    found = []
    for old, new in _SHAPES:
        places = [n for n in range(len(head)) if head.startswith(old, n)]
        if places:
            found.append(f"{head.replace(old, new)}.{tld}")
            found += [f"{head[:n]}{new}{head[n + len(old) :]}.{tld}" for n in places[:4]]
    return found
