"""What organisers write over several lines: kept as typed, but for characters that nobody sees."""

import re
import unicodedata

from django.utils.translation import gettext as _

from letters.core import typed

_VARIANTS = re.compile("[\ufe0e\ufe0f]")  # keyboards append them to signs; they change nothing in a text


def block(value: str, *, most: int) -> str:
    """Text of several lines: NFC, LF, no blank ends.

    Raises:
        TextRefused: longer than ``most`` characters, or a line holds what ``typed.clean`` refuses.
    """
    text = unicodedata.normalize("NFC", _VARIANTS.sub("", value).replace("\r\n", "\n").replace("\r", "\n"))
    text = "\n".join(line.rstrip() for line in text.expandtabs(4).strip("\n").split("\n")).strip()
    if len(text) > most:
        sentence = _("Use at most {most} characters; this has {count}.")
        raise typed.TextRefused(sentence.format(most=most, count=len(text)), code="too-long")
    for line in text.split("\n"):
        typed.clean(line, most=most)
    return text
