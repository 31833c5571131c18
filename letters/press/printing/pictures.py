"""Pictures of a letter for links and posts, and the site's mark."""

from datetime import UTC, datetime
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from letters.press.printing import papers, typesetting
from letters.press.printing.data import PrintedLetter

SIZES = {"wide": (1200, 630), "square": (1080, 1080)}
"""Pixels. Source: Open Graph pictures are shown at 1.91:1; square ones are for posts."""
_SHARE = {"wide": 0.42, "square": 0.56}
"""Of the height, for the title and the line below it."""
MARK = Path(__file__).parent / "templates" / "mark.svg"


def share_image(letter: PrintedLetter, *, persons: int, size: str = "wide") -> bytes:
    """A PNG of exactly the size named (``SIZES``): the title, how many people signed, as of when.

    Raises:
        NoType, NotSet: as ``letter_pdf``.
    """
    width, height = SIZES[size]
    people = ngettext("person has signed", "people have signed", persons) if persons else _("Nobody has signed yet")
    shown = typesetting.settable({
        "kicker": _("Sample letter, invented") if letter.is_sample else _("Open letter"),
        "people": people,
        "time": _("As of {time}").format(time=letter.as_of_text),
        "site": letter.site_name,
    })  # fmt: skip
    number = f"{persons:,}" if persons else ""
    data = {**papers.letter_data(letter), **shown, "width": width, "height": height, "number": number}
    return typesetting.png("image", {**data, "share": _SHARE[size]}, at=letter.as_of)


def mark_svg() -> bytes:
    """The site's mark as a drawing."""
    return MARK.read_bytes()


def mark_png(*, pixels: int = 512) -> bytes:
    """The same as a square picture. Raises NotSet."""
    return typesetting.png("mark", {"mark": MARK.read_text(), "pixels": pixels}, at=datetime.fromtimestamp(0, UTC))
