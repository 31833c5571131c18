"""What people type: the characters that no field takes, and the folded form that search compares.

Source of the ranges: Unicode 15.1 general categories and Default_Ignorable_Code_Point (UAX 44), with the blanks that
UTS 36 and 39 name as spoofing risks.
"""

import re
import unicodedata

from django.utils.translation import gettext as _

from letters.core.errors import RuleError

MAX_MARKS_IN_A_ROW = 3
MAX_VOWEL_SIGNS = 6  # marks of any kind in a row: scripts of India and Tibet stack more, and honestly
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")

_JOINERS = "\u200c\u200d"
# Blank although their category is a letter or a symbol.
_BLANKS = {
    "\u115f",
    "\u1160",
    "\u3164",
    "\uffa0",
    "\u2800",
    "\u034f",
    "\u17b4",
    "\u17b5",
    "\u180b",
    "\u180c",
    "\u180d",
    "\u180f",
}
_JOINING_SCRIPTS = (
    "ARABIC", "SYRIAC", "MONGOLIAN", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU",
    "KANNADA", "MALAYALAM", "SINHALA", "NKO", "THAANA", "KHMER", "MYANMAR", "TIBETAN",
)  # fmt: skip
_PILED = re.compile(
    rf"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{{{MAX_MARKS_IN_A_ROW + 1},}}"
)
_FOLDS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h",
                        "’": "'", "ʼ": "'", "‘": "'", "‐": "-", "‑": "-", "–": "-"})  # fmt: skip


_WEB_ADDRESS = re.compile(r"://|\bwww\.|[^\W_][\w-]*\.[a-z]{2,24}/", re.IGNORECASE)


def has_web_address(text: str) -> bool:
    """True when mail programs would make a link of a part of it: ``https://…``, ``www.…``, ``site.example/…``."""
    return _WEB_ADDRESS.search(text) is not None


class TextRefused(RuleError):
    code = "text"


def clean(value: str, *, most: int) -> str:
    """One line of text as it will be stored: NFC, full-width forms made ordinary, white space single and trimmed.

    Raises:
        TextRefused: longer than ``most`` characters, or it holds a character that is invisible, reorders the line
            (bidirectional controls), is unassigned, or stacks more than three marks.
    """
    text = unicodedata.normalize("NFC", re.sub(r"[\uff01-\uff5e]", _narrow, value))
    text = re.sub(r"[\s\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+", " ", text).strip()
    if len(text) > most:
        raise TextRefused(
            _("Use at most {most} characters; this has {count}.").format(most=most, count=len(text)), code="too-long"
        )
    _refuse_hidden(text)
    if _is_piled(text):
        raise TextRefused(_("Use at most three accents or marks on one letter."), code="marks")
    return text


def _narrow(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found[0])


def _refuse_hidden(text: str) -> None:
    for place, char in enumerate(text):
        category = unicodedata.category(char)
        if category in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} or char in _BLANKS or _selects_a_variant(char):
            raise TextRefused(_hidden_sentence(char), code="hidden")
        if category == "Cf" and not (char in _JOINERS and _joins(text, place)):
            raise TextRefused(_hidden_sentence(char), code="hidden")


def _selects_a_variant(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _is_piled(text: str) -> bool:
    if _PILED.search(text):
        return True
    return f"{'M' * MAX_VOWEL_SIGNS}M" in "".join(unicodedata.category(char)[0] for char in text)


def _hidden_sentence(char: str) -> str:
    text = _("This text holds an invisible or control character (U+{code}). Delete it, or type the text anew.")
    return text.format(code=f"{ord(char):04X}")


def _joins(text: str, place: int) -> bool:
    """Joiners are spelling in Arabic and Indic scripts, and a disguise anywhere else."""
    around = text[place - 1 : place] + text[place + 1 : place + 2]
    return len(around) == 2 and all(unicodedata.name(c, "").startswith(_JOINING_SCRIPTS) for c in around)


def fold(text: str) -> str:
    """For searching: case, accents and typographic variants gone. Idempotent."""
    letters = unicodedata.normalize("NFKD", text).casefold()  # first, since superscripts hide capitals
    plain = unicodedata.normalize("NFKD", letters).translate(_FOLDS)
    bare = "".join(c for c in plain if unicodedata.category(c) not in {"Mn", "Cf"})
    return " ".join(unicodedata.normalize("NFKC", bare).casefold().split())
