"""Names as people write them: what a name may hold, what needs a second look, how it sorts, how a line is printed.

Source: W3C, Personal names around the world (no forced split, one letter is a name); Unicode collation (UTS 10).
"""

import hashlib
import re
import unicodedata
from functools import lru_cache

from django.utils import translation
from django.utils.translation import gettext as _
from pyuca import Collator

from letters.core import typed
from letters.core.errors import RuleError
from letters.documents.models import Ordering
from letters.signatures.models import LIST_KEY_BYTES, NAME_MAX, AffiliationStatus, Signature

PARTICLES = {
    "af", "al", "at", "aus", "av", "bar", "bat", "bin", "bint", "da", "das", "de", "degli", "dei", "del", "della",
    "den", "der", "des", "di", "do", "dos", "du", "e", "el", "ibn", "la", "las", "le", "los", "of", "och", "ten",
    "ter", "te", "'t", "van", "vom", "von", "zu", "zum", "zur", "y", "ab", "ap",
    "in", "mac", "nic", "ní", "ó", "uí",
}  # fmt: skip
_GLUED = re.compile(r"((?:al|el|as|ar|ad|an|at|az|ash)-|d['’])(\w.*)", re.DOTALL)
SUFFIXES = {
    "jr",
    "jr.",
    "sr",
    "sr.",
    "ii",
    "iii",
    "iv",
    "phd",
    "ph.d.",
    "md",
    "m.d.",
    "esq",
    "esq.",
    "cissp",
    "mba",
}
_PUNCTUATION = set(" '’ʼ‘`´-‐‑–.,·•()/&\"“”„«»‹›׳״،・=")
_LINKS = re.compile(r"(?i)(https?:|www\.|://|\.[a-z]{2,24}/|\.(?:com|org|net|info|biz|io|ru|xyz)\b)")
_FAMILY_FIRST = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA")
# Scripts whose letters can pass for one another: two of them inside one word are looked at by a person.
_CONFUSABLE = {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"}


class NameRefused(RuleError):
    code = "name"


def clean(name: str) -> str:
    """The name as it will be printed.

    Raises:
        NameRefused: empty, a formula, a link, code, digits alone, a symbol or emoji, or a hidden character.
    """
    _refuse_formula(name.lstrip(" "))
    try:
        text = typed.clean(name, most=NAME_MAX)
    except typed.TextRefused as error:
        raise NameRefused(error.message, code=error.code) from error
    _refuse_formula(text)  # other blanks than spaces stood before it
    if _LINKS.search(text):
        raise NameRefused(_("A name cannot hold a web address. Put it into the comment if it matters."), code="link")
    for char in text:
        kind = unicodedata.category(char)
        if kind[0] not in "LM" and kind != "Nd" and char not in _PUNCTUATION and char not in "\u200c\u200d":
            raise NameRefused(
                _("A name cannot hold “{char}”. Use letters, spaces, hyphens and apostrophes.").format(char=char),
                code="symbol",
            )
    if not any(unicodedata.category(char)[0] == "L" for char in text):
        raise NameRefused(_("Enter your name as it should be printed."), code="empty")
    return text


def _refuse_formula(text: str) -> None:
    if text.startswith(typed.FORMULA_STARTS):
        raise NameRefused(_("A name cannot begin with = + - @ or a tab: spreadsheets would run it."), code="formula")


def needs_review(name: str) -> bool:
    """True when one word mixes scripts that can pass for one another, as a disguised famous name does, or is set in
    letters that are symbols of mathematics, which no search finds."""
    if any(unicodedata.decomposition(char).startswith("<font>") for char in name):
        return True
    return any(len(scripts_of(word) & _CONFUSABLE) > 1 for word in re.split(r"[\s\-‐.]+", name))


def scripts_of(word: str) -> set[str]:
    """Names of the scripts of its letters, as Unicode has them: {"LATIN", "CYRILLIC"}."""
    return {unicodedata.name(char, "?").split(" ")[0] for char in word if unicodedata.category(char)[0] == "L"}


def sort_name_for(name: str) -> str:
    """«Berg, Anna van der» for «Anna van der Berg»; a guess that the signatory may correct.

    Particles in small letters go behind; capitals stay with the family name (Dutch Berg, Belgian Van den Berg). Names
    in Chinese, Japanese and Korean letters, and single names, stay as they are.
    """
    plain = re.sub(r"\s*\([^)]*\)", "", name)
    words, suffix = _without_suffix(plain.replace(",", " , ").split())
    if len(words) < 2 or any(unicodedata.name(words[0][0], "").startswith(script) for script in _FAMILY_FIRST):
        return name
    run = len(words) - 1
    while run > 1 and words[run - 1].lower() in PARTICLES:
        run -= 1
    family_from = run if words[run][0].isupper() else len(words) - 1
    given, particles, family = words[:run], words[run:family_from], words[family_from:]
    if glued := _GLUED.fullmatch(family[0]):  # al-Khatib and d'Arc sort under K and A
        particles, family = [*particles, glued[1]], [glued[2], *family[1:]]
    return f"{' '.join(family)}, {' '.join([*given, *particles, *suffix])}"[:NAME_MAX]


def _without_suffix(words: list[str]) -> tuple[list[str], list[str]]:
    cut = words.index(",") if "," in words else len(words)
    head, tail = words[:cut], [w for w in words[cut:] if w != ","]
    while len(head) > 2 and head[-1].lower() in SUFFIXES:
        tail.insert(0, head.pop())
    return head, tail


@lru_cache(maxsize=1)
def _collator() -> Collator:
    return Collator()


def collation_key(text: str) -> bytes:
    """Bytes that sort as people expect names to sort, on any database (UTS 10, DUCET, three levels)."""
    return b"".join(weight.to_bytes(2, "big") for weight in _collator().sort_key(text))


def list_key(signature: Signature, ordering: str) -> bytes:
    """The place of a signature in its letter's declared order; at most 160 bytes, equal keys are parted by row id."""
    sort_name = signature.sort_name or sort_name_for(signature.display_name)
    if ordering == Ordering.SIGNING and signature.confirmed_at is not None:
        return int(signature.confirmed_at.timestamp() * 1e6).to_bytes(8, "big")
    if ordering in (Ordering.ORGANIZATION, Ordering.COUNTRY):
        return (_group_key(signature, ordering) + collation_key(sort_name))[:LIST_KEY_BYTES]
    return collation_key(sort_name)[:LIST_KEY_BYTES]


def _group_key(signature: Signature, ordering: str) -> bytes:
    """At most 75 bytes that are equal within a group and keep groups apart; those without a group come last."""
    group = signature.affiliation
    if ordering == Ordering.COUNTRY:
        with translation.override(signature.letter.interface_language):  # the page's language, whoever asks
            group = signature.country_name
    if not group:
        return b"\xff"
    folded = typed.fold(group)
    primary = collation_key(folded).partition(b"\0\0")[0]
    # Long names of one university begin alike: the digest parts what was cut.
    return b"\x01" + primary[:64] + b"\0\0" + hashlib.blake2b(folded.encode(), digest_size=8).digest()


def search_text_for(signature: Signature) -> str:
    return typed.fold(f"{signature.display_name} {signature.affiliation}")[:600]


_WORD = re.compile(r"\w+")
TELLING = 4
"""Letters of a part of a name from which on it tells more than «van» or «der»."""
JOINED = 6
"""Letters of a whole name from which on it is looked for inside of words as well."""


def stands_in(name: str, text: str) -> bool:
    """Whether the whole name can be read in a text: all its words in whatever order, or written as one."""
    words, shown = _WORD.findall(typed.fold(name)), _WORD.findall(typed.fold(text))
    joined = "".join(words)
    is_joined = (len(joined) >= JOINED or not joined.isascii()) and joined in "".join(shown)
    return bool(words) and (set(words) <= set(shown) or is_joined)


def has_part_in(name: str, text: str) -> bool:
    """Whether a part of the name that may tell who it is stands in a text."""
    shown = set(_WORD.findall(typed.fold(text)))
    return any(word in shown for word in _WORD.findall(typed.fold(name)) if len(word) >= TELLING or not word.isascii())


def affiliation_as_printed(affiliation: str, status: str) -> str:
    """«University X (emeritus)»; nothing is added for a current affiliation or an independent person."""
    if not affiliation or status in ("", AffiliationStatus.CURRENT, AffiliationStatus.INDEPENDENT):
        return affiliation
    return f"{affiliation} ({status})"


def description_as_printed(signature: Signature) -> str:
    """What stands behind the name: position, affiliation, country, as far as given."""
    parts = (
        signature.position,
        affiliation_as_printed(signature.affiliation, signature.affiliation_status),
        signature.country_name,
    )
    return ", ".join(part for part in parts if part)
