"""The type that everything is set in: files that come with packages, and folders of the operators. Fonts of the machine
are not looked at, so that one letter gives the same file everywhere.

Source of the table that is read here: OpenType 1.9, cmap, formats 4 and 12.
"""

import struct
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

PACKAGES = (
    "fontpkg_source_serif_4", "fontpkg_source_sans_3", "fontpkg_amiri", "manimgx_fonts", "manimgx_fonts_cjk",
)  # fmt: skip
SCRIPTS = (  # Amiri before Noto: Arabic copied out of a file is what was typed only if each letter is one glyph
    "Amiri", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil",
    "Noto Sans Telugu", "Noto Sans Gujarati", "Noto Sans Gurmukhi", "Noto Sans Kannada", "Noto Sans Malayalam",
    "Noto Sans Oriya", "Noto Sans Sinhala", "Noto Sans Thai", "Noto Sans Lao", "Noto Sans Khmer", "Noto Sans Myanmar",
    "Noto Sans Armenian", "Noto Sans Georgian", "Noto Sans Ethiopic", "Noto Sans", "Noto Sans Symbols", "Noto Emoji",
)  # fmt: skip
_REGIONS = {"ja": "JP", "ko": "KR", "zh-hant": "TC", "zh-tw": "TC", "zh-hk": "HK", "zh": "SC"}
_SET_BY_THE_TYPE = "\u200c\u200d\u200b\u00ad\u2060\ufe0e\ufe0f"
"""Joiners, breaks and variant selectors: they have no letter of their own."""


def folders(more: tuple[str, ...] = ()) -> list[str]:
    """Where font files lie. ``more`` are folders of the operators, for scripts that no package brings."""
    found = [spec.submodule_search_locations for name in PACKAGES if (spec := find_spec(name))]
    return [place for places in found for place in (places or [])] + list(more)


def families(language: str) -> list[str]:
    """Families of serif text in the order in which a letter is looked for; Chinese, Japanese and Korean letters take
    the forms of the text's own language."""
    tag = language.lower()
    region = next((_REGIONS[key] for key in (tag, *_prefixes(tag)) if key in _REGIONS), "JP")
    return ["Source Serif 4", *SCRIPTS, f"Noto Sans CJK {region}"]


def language_of(tag: str) -> tuple[str, str | None]:
    """(ISO 639 code, ISO 3166 code or None) of a language tag: what hyphenation and letter forms go by."""
    first, *more = tag.split("-")
    region = next((part.upper() for part in more if len(part) == 2 and part.isalpha()), None)
    return (first.lower() if first.isalpha() and first.isascii() and len(first) in (2, 3) else "en"), region


def _prefixes(tag: str) -> Iterator[str]:
    parts = tag.split("-")
    for end in range(len(parts) - 1, 0, -1):
        yield "-".join(parts[:end])


def uncovered(text: str, more: tuple[str, ...] = ()) -> set[str]:
    """The characters of a text that no font has, or that would only steer it: control characters and those that turn
    the direction of what follows."""
    known = _coverage(more)
    return {char for char in set(text) if not _is_set(char, known)}


def _is_set(char: str, known: frozenset[int]) -> bool:
    if char in _SET_BY_THE_TYPE or char == " ":
        return True
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"} and ord(char) in known


@lru_cache(maxsize=4)
def _coverage(more: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for folder in folders(more):
        for path in sorted(Path(folder).rglob("*.[ot]t[fc]")):
            if "-Italic" not in path.name:
                found |= _points(path.read_bytes())
    return frozenset(found)


def _points(font: bytes) -> set[int]:
    """Code points that a font file, or the first font of a collection, maps to a glyph."""
    start = struct.unpack_from(">I", font, 12)[0] if font[:4] == b"ttcf" else 0
    (tables,) = struct.unpack_from(">H", font, start + 4)
    for place in range(start + 12, start + 12 + 16 * tables, 16):
        tag, _sum, offset, _length = struct.unpack_from(">4sIII", font, place)
        if tag == b"cmap":
            return set().union(*(_mapped(font, at) for at in _subtables(font, offset)))
    return set()


def _subtables(font: bytes, cmap: int) -> Iterator[int]:
    (amount,) = struct.unpack_from(">H", font, cmap + 2)
    for place in range(amount):
        platform, encoding, offset = struct.unpack_from(">HHI", font, cmap + 4 + 8 * place)
        if platform == 0 or (platform, encoding) in ((3, 1), (3, 10)):
            yield cmap + offset


def _mapped(font: bytes, at: int) -> set[int]:
    (form,) = struct.unpack_from(">H", font, at)
    if form == 12:
        (groups,) = struct.unpack_from(">I", font, at + 12)
        spans = (struct.unpack_from(">II", font, at + 16 + 12 * group) for group in range(groups))
        return {point for first, last in spans for point in range(first, last + 1)}
    if form != 4:
        return set()
    (count,) = struct.unpack_from(">H", font, at + 6)
    count //= 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + 2 * count)
    return {
        point for first, last in zip(starts, ends, strict=True) if last < 0xFFFF for point in range(first, last + 1)
    }
