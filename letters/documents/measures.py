"""How long the parts of a letter and what stands beside it may be; one table for files and for the desk."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from letters.core import typed
from letters.core.errors import RuleError
from letters.documents.publishing import normal

LINES = {
    "title": 200, "subtitle": 300, "dateline_place": 100, "salutation": 200, "closing": 200, "summary": 280,
    "contact": 200, "eligibility": 300,
}  # fmt: skip
"""Most characters of each single line."""
MAX_BODY = 100_000
MAX_ITEMS = 50
MAX_CELL = 300
MAX_DEMAND = 1_000
MAX_ANSWER = 5_000
ADDRESSEE = ("name", "office", "organization")
ORGANISER = ("name", "role", "funding", "interests")
INITIATOR = ("name", "position", "affiliation")
_REACHABLE = re.compile(
    r"[^\s@]@[^\s@]+\.[^\s@]|https?://\S|\b[\w-]+\.[^\W\d_]{2,}|\d(?:[\s()/.-]?\d){5,}", re.IGNORECASE
)
"""An e-mail address, a web address with or without its scheme, or a telephone number, anywhere in a line."""
_KEPT_CONTROLS = "\n\t"
_REORDERING = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", "\u200b", "\ufeff"}
"""Signs that show a line otherwise than it is stored; what is signed must be what is read (UTS 36)."""


class WordsRefused(RuleError):
    """``problems`` names each part that was refused, as forms name it, with a sentence."""

    code = "words"

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(next(iter(self.problems.values())))


def too_long(count: int, most: int) -> str:
    """The end of a sentence that begins with the name of the part."""
    return _("has {count} characters, at most {most} are allowed.").format(count=count, most=most)


def too_many(count: int, most: int = MAX_ITEMS) -> str:
    """The same for a list."""
    return _("has {count} items, at most {most} are allowed.").format(count=count, most=most)


class Checker:
    """Cleans parts and gathers what is wrong with them; ``done`` raises it all at once."""

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}

    def line(self, name: str, value: Any, most: int) -> str:
        """One line: NFC, white space single and trimmed."""
        return self._measured(name, " ".join(str(normal(str(value or ""))).split()), most)

    def block(self, name: str, value: Any, most: int) -> str:
        """Several lines: NFC, LF, no blank ends."""
        text = "\n".join(line.rstrip(" \t") for line in str(normal(str(value or ""))).split("\n"))
        return self._measured(name, text.strip("\n").rstrip(), most)

    def contact(self, name: str, value: Any) -> str:
        """A line by which somebody can be reached; or nothing yet."""
        text = self.line(name, value, LINES["contact"])
        if text and name not in self.problems and not _REACHABLE.search(text):  # of a long line it would take minutes
            self.problems[name] = _(
                "Nobody can be reached by this. Give an e-mail address, a web address or a telephone number."
            )
        return text

    def rows(self, name: str, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> list[dict[str, str]]:
        """A list of mappings; rows without a word are left out."""
        found = [
            {key: self.line(f"{name}-{place}-{key}", row.get(key, ""), MAX_CELL) for key in keys}
            for place, row in enumerate(rows)
        ]
        return self.items(name, [row for row in found if any(row.values())])

    def items(self, name: str, items: list[Any]) -> list[Any]:
        if len(items) > MAX_ITEMS:
            self.problems[name] = _("This list {problem}").format(problem=too_many(len(items)))
        return items

    def mailed(self, name: str, text: str) -> None:
        """What stands in mails to people who did not ask for one: no web address, which would be an advertisement."""
        if name not in self.problems and typed.has_web_address(text):
            self.problems[name] = _(
                "Leave web addresses out of it: it stands in mails to people. Put them in the text."
            )

    def done(self) -> None:
        """Raises WordsRefused."""
        if self.problems:
            raise WordsRefused(self.problems)

    def _measured(self, name: str, text: str, most: int) -> str:
        if len(text) > most:
            self.problems[name] = _("This text {problem}").format(problem=too_long(len(text), most))
        else:
            self.seen(name, text)
        return text

    def seen(self, name: str, text: str) -> None:
        """No sign that nobody sees, or that shows a line otherwise than it is stored."""
        if (sign := _unseen(text)) is not None:
            sentence = _("This text holds a sign that nobody sees (U+{code}). Delete it, or type the words anew.")
            self.problems[name] = sentence.format(code=f"{ord(sign):04X}")


def _unseen(text: str) -> str | None:
    for char in text:
        if char in _REORDERING or (unicodedata.category(char) in {"Cc", "Cs", "Cn"} and char not in _KEPT_CONTROLS):
            return char
    return None


def words(given: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a text as they are stored; empty rows are left out, and parts may be empty: it is a draft.

    Raises:
        WordsRefused: parts that are too long, lists with too many items, signs that nobody sees, a title with a web
            address.
    """
    check = Checker()
    found: dict[str, Any] = {
        name: check.line(name, given.get(name), LINES[name])
        for name in ("title", "subtitle", "dateline_place", "salutation", "closing")
    }
    check.mailed("title", found["title"])
    demands = [
        check.line(f"demands-{place}", demand, MAX_DEMAND) for place, demand in enumerate(given.get("demands") or [])
    ]
    found |= {
        "dateline_on": given.get("dateline_on") or None,
        "addressees": check.rows("addressees", given.get("addressees") or [], ADDRESSEE),
        "body": check.block("body", given.get("body"), MAX_BODY).strip(),
        "demands": check.items("demands", [demand for demand in demands if demand]),
    }
    check.done()
    return found


def refuse_unseen(given: Mapping[str, Any]) -> None:
    """The same for parts of a text that are stored as they are: a fix, a new version, a translation, a note. A cell of
    a list is named as by ``Checker.rows``: ``demands-0``, ``addressees-1-name``.

    Raises:
        WordsRefused: a sign that nobody sees, or a title with a web address.
    """
    check = Checker()
    for name, value in given.items():
        for part, text in _texts_in(name, value):
            check.seen(part, text)
    check.mailed("title", str(given.get("title", "")))
    check.done()


def _texts_in(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [(name, value)]
    parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list | tuple) else ()
    return [found for key, part in parts for found in _texts_in(f"{name}-{key}", part)]
