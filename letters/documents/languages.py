"""Languages as their speakers call them."""

import re

from django.conf.locale import LANG_INFO

from letters.core.errors import RuleError
from letters.documents.enums import RIGHT_TO_LEFT

_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}", re.ASCII)
_MORE = {
    "ckb": "کوردی", "dv": "ދިވެހި", "ga": "Gaeilge", "gd": "Gàidhlig", "he": "עברית", "lb": "Lëtzebuergesch",
    "mt": "Malti", "ps": "پښتو", "rm": "Rumantsch", "sd": "سنڌي", "yi": "ייִדיש", "zh": "中文", "am": "አማርኛ",
    "tl": "Tagalog", "zu": "isiZulu",
}  # fmt: skip


class LanguageRefused(RuleError):
    code = "language"


def clean(tag: str) -> str:
    """A language tag in the one spelling that is stored (lower case). Raises LanguageRefused."""
    tag = tag.strip().lower().replace("_", "-")
    if not _TAG.fullmatch(tag) or len(tag) > 35:
        raise LanguageRefused("Give a language by its tag, such as de, pt-br or zh-hans.")
    return tag


def is_tag(text: str) -> bool:
    """True for what may be a language tag in small letters; anything else is asked of no database."""
    return _TAG.fullmatch(text) is not None


def own_name(tag: str) -> str:
    """«Deutsch» for ``de``; the tag itself where no name is known."""
    tag = tag.lower()
    for code in (tag, tag.split("-")[0]):
        found = LANG_INFO.get(code, {}).get("name_local") or _MORE.get(code)
        if found:
            name = str(found)
            name = name[:1].upper() + name[1:]
            return name if code == tag else f"{name} ({tag})"
    return tag


def direction_of(tag: str) -> str:
    return "rtl" if tag.lower().split("-")[0] in RIGHT_TO_LEFT else "ltr"


def choices() -> list[tuple[str, str]]:
    """[(tag, own name)] of all languages whose name is known, by name."""
    known = {tag: own_name(tag) for tag in (*LANG_INFO, *_MORE) if _TAG.fullmatch(tag)}
    return sorted(known.items(), key=lambda pair: pair[1].casefold())
