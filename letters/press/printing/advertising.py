"""The letter and everybody who signed it as one page of a newspaper."""

from dataclasses import dataclass, fields
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.core.errors import RuleError
from letters.press.printing import codes, papers, typesetting
from letters.press.printing.data import Printed, PrintedList

SMALLEST = 5.0
"""Points: as small as newspapers set lists of names. Agate, of stock lists and box scores, is 5.14: fourteen lines to
the inch; ours has a sans with open letters, and an eighth of its size between the lines."""
MOST_NAMES = 10_000
"""Beyond, the shortest names that people have are not legible on the largest page: no search is begun."""
QUICK = 600
"""Names with which a page is set in so short a time that the tightest columns are worth a try."""
MOST_SLACK = 8
"""Lines that the columns of the text may need below it, since headings do not end a column."""


@dataclass(frozen=True)
class Paper:
    """A page of a newspaper, trimmed: millimetres. ``comfortable`` are the sizes of type, in points, from which names
    carry position and affiliation, or the affiliation alone."""

    width: float
    height: float
    margin: float
    smallest: float = SMALLEST
    comfortable: tuple[float, float] = (6.4, 6.0)


PAPERS = {
    "broadsheet": Paper(375, 600, 12),
    "tabloid": Paper(280, 430, 10),
}


class TooManyForPaper(RuleError):
    code = "too-many-for-paper"
    default = gettext_lazy(
        "So many names are not legible on one page of this format, in type of 5 points. Take the larger format if "
        "there is one, the list as PDF, or signatories.csv."
    )


@dataclass(frozen=True)
class Layout:
    """How a page came out. ``size`` is that of the names in points; ``filled`` the share of the type area's height that
    type stands on; ``level`` 1 with position and affiliation, 2 with affiliation, 3 names alone; ``whole``: the text is
    on it, not its demands alone."""

    size: float
    level: int
    whole: bool
    filled: float
    columns: int


def newspaper_pdf(printed: PrintedList, paper: str = "broadsheet") -> Printed:
    """One page in the format named, full of names: their size is the largest in which all of them fit.

    Raises:
        TooManyForPaper: beyond what is legible (5 points).
        NoType, NotSet: as ``letter_pdf``.
    """
    return newspaper(printed, paper)[0]


def newspaper(printed: PrintedList, paper: str) -> tuple[Printed, Layout]:
    """``newspaper_pdf`` with what was measured of it."""
    if printed.size > MOST_NAMES:
        raise TooManyForPaper
    data, notes = page_data(printed, PAPERS[paper])
    for slack in range(0 if printed.size <= QUICK else 1, MOST_SLACK):
        made, found = typesetting.pdf_and_facts(
            "newspaper", {**data, "slack": slack}, at=printed.letter.as_of, label="<layout>"
        )
        if not found["fits"]:
            raise TooManyForPaper
        if found["pages"] == 1:
            layout = Layout(**{field.name: found[field.name] for field in fields(Layout)})
            return Printed(made.content, made.notes + notes), layout
    raise typesetting.NotSet


def page_data(printed: PrintedList, paper: Paper) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the template is given, and what is to be said of names that could not be set as written."""
    lines, notes = papers.lines_data(printed)
    letter = printed.letter
    return {
        **papers.letter_data(letter),
        **papers.list_data(printed),
        **lines,
        **typesetting.ours({
            "call": _("Read, sign and check: {url}").format(url=_bare(letter.url)),
            "responsible": _responsible(printed),
            "short": _("These are the letter's demands. Its whole text: {url}").format(url=_bare(letter.url)),
            "qr_alt": _("QR code of {url}").format(url=letter.url),
        }, letter.text.direction),
        "run": "\u00a0· ".join(name for name, *_rest in lines["signatories"]),
        "qr": codes.qr_svg(letter.url).decode(),
        "paper": {
            "width": paper.width, "height": paper.height, "margin": paper.margin, "smallest": paper.smallest,
            "comfortable": list(paper.comfortable),
        },
        "labels": {**papers.labels(), "advertisement": _("Advertisement")},
    }, notes  # fmt: skip


def _responsible(printed: PrintedList) -> list[str]:
    by = _("Responsible: {organisers}").format(organisers=", ".join(printed.organisers)) if printed.organisers else ""
    return [line for line in (by, printed.contact, printed.order) if line]


def _bare(url: str) -> str:
    return url.removeprefix("https://").removeprefix("http://").rstrip("/")
