"""Setting one template with data: the only place that calls Typst.

What is printed can be any text, so nothing of it may end the work: characters that no type has are shown by their
number before Typst sees them, and a file that cannot be tagged is set plain and says so.
"""

import json
import re
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.core.errors import RuleError
from letters.press.printing import alone, fonts
from letters.press.printing.data import Printed

TEMPLATES = Path(__file__).parent / "templates"
ALONE_FROM_BYTES = 40_000
"""A job with more data than this runs in a process of its own, which gives its memory back when it ends."""
WITHIN_SECONDS = 300
MOST_UNSET_PERCENT = 5
LONG_WORD = 40

_one_here, _one_alone = threading.Lock(), threading.Lock()  # a picture does not wait for a list
_words = re.compile(rf"\S{{{LONG_WORD},}}")


class NoType(RuleError):
    code = "no-type"
    default = gettext_lazy(
        "This site has no type for the script of this letter, so it cannot be printed as PDF. The text is in "
        "letter.md; the operators of the site can add a font folder (PRINT_FONT_FOLDERS)."
    )


class NotSet(RuleError):
    code = "not-set"
    default = gettext_lazy(
        "The file could not be set in type. Try again later; the same content is in the CSV and in letter.md."
    )


def more_folders() -> tuple[str, ...]:
    return tuple(settings.PRINT_FONT_FOLDERS)


def pdf(template: str, data: Mapping[str, Any], *, at: datetime) -> Printed:
    """A tagged PDF (PDF/UA-1) whose only date is ``at``; plain, with a note, where tagging is refused.

    Raises:
        NotSet: the template failed, or took more time or memory than it may.
    """
    return _pdf(_job(template, data, at))[0]


def pdf_and_facts(
    template: str, data: Mapping[str, Any], *, at: datetime, label: str
) -> tuple[Printed, dict[str, Any]]:
    """``pdf`` with what the template itself measured and left under a label."""
    made, found = _pdf({**_job(template, data, at), "query": label})
    return made, json.loads(found)


def _pdf(job: dict[str, Any]) -> tuple[Printed, bytes]:
    try:
        content, found = _run({**job, "format": "pdf", "standards": ["ua-1"]})
    except RuntimeError:
        untagged = _("This PDF has no tags for screen readers. The page of the letter has the same content.")
        content, found = _run_or_refuse({**job, "format": "pdf", "standards": []})
        return Printed(content, (untagged,)), found
    return Printed(content), found


def png(template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """A picture with one pixel for each point of the template's page. Raises NotSet."""
    return _run_or_refuse({**_job(template, data, at), "format": "png", "ppi": 72})[0]


def _job(template: str, data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "template": str(TEMPLATES / f"{template}.typ"),
        "root": str(TEMPLATES),
        "fonts": fonts.folders(more_folders()),
        "data": json.dumps({**data, "as_of": [at.year, at.month, at.day]}, ensure_ascii=False),
        "timestamp": int(at.timestamp()),
    }


def _run_or_refuse(job: dict[str, Any]) -> tuple[bytes, bytes]:
    try:
        return _run(job)
    except RuntimeError as error:
        raise NotSet from error


def _run(job: dict[str, Any]) -> tuple[bytes, bytes]:
    if len(job["data"]) < ALONE_FROM_BYTES:
        with _one_here:
            return alone.compiled(job)
    return _run_alone(job)


def _run_alone(job: dict[str, Any]) -> tuple[bytes, bytes]:
    command = [sys.executable, "-m", alone.__name__]
    with _one_alone:
        try:
            done = subprocess.run(  # noqa: S603 - our own module, no word of the job is in the command
                command,
                input=json.dumps(job).encode(),
                capture_output=True,
                timeout=WITHIN_SECONDS,
                cwd=settings.BASE_DIR,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise NotSet from error
    if done.returncode == 0:
        found, _end, content = done.stdout.partition(b"\0")
        return content, found
    if done.returncode == alone.REFUSED:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    raise NotSet


def settable(value: Any) -> Any:
    """The same data, each text of it ready to be set: breaks inside overlong words, and characters that have no type
    shown by their number, ‹U+0F40›."""
    if isinstance(value, str):
        return _settable(value)
    if isinstance(value, Mapping):
        return {key: settable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [settable(part) for part in value]
    return value


def _settable(text: str) -> str:
    for char in fonts.uncovered(text.replace("\n", " "), more_folders()):
        text = text.replace(char, f"‹U+{ord(char):04X}›")
    return _words.sub(_with_breaks, text)


def _with_breaks(found: re.Match[str]) -> str:
    word = found[0]
    return "\u200b".join(word[at : at + LONG_WORD // 2] for at in range(0, len(word), LONG_WORD // 2))


def refuse_unset(text: str) -> None:
    """Raises NoType when so much of a text has no type that its numbers would not be a letter."""
    missing = fonts.uncovered(text.replace("\n", " "), more_folders())
    if 100 * sum(text.count(char) for char in missing) > MOST_UNSET_PERCENT * len(text):
        raise NoType


def ours(value: Any, direction: str) -> Any:
    """Sentences of the site, ready to be set in a letter of that direction, whichever way they run themselves."""
    if isinstance(value, str):
        return isolated(_settable(value), direction)
    if isinstance(value, Mapping):
        return {key: ours(part, direction) for key, part in value.items()}
    return [ours(part, direction) for part in value]


def is_unset(text: str) -> bool:
    """True when a character of one line has no type."""
    return bool(fonts.uncovered(text, more_folders()))


def isolated(text: str, direction: str) -> str:
    """A text inside a line of that direction: kept together where part of it runs the other way. Source: UAX 9, FSI."""
    other = {"L"} if direction == "rtl" else {"R", "AL"}
    turns = any(unicodedata.bidirectional(char) in other for char in text)
    return f"\u2068{text}\u2069" if turns else text
