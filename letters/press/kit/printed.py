"""The files of a snapshot that are set in type: the same rows on paper, and pictures."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from letters.core import places
from letters.documents import languages
from letters.press import prints
from letters.press.anonymised import ANONYMISED
from letters.press.kit import writing
from letters.press.kit.breakdowns import COUNTRY, LAST, NOT_GIVEN, ORGANIZATION, VERIFICATION, Breakdown
from letters.press.kit.source import Row, Source
from letters.press.printing import advertising, codes, factsheet, papers, pictures
from letters.press.printing.data import Printed, PrintedFacts, PrintedLetter, PrintedLine, PrintedList
from letters.signatures import names
from letters.verification import assurance

MOST_SHOWN = 8
"""Of the largest groups in the fact sheet; the rest is one line."""


def letter_pdf(source: Source, text: dict[str, Any] | None = None) -> Iterator[bytes]:
    """The text, or one of its translations. Raises NoType, NotSet."""
    name = "letter.pdf" if text is None else f"letter-{text['language']}.pdf"
    yield _noted(source, name, papers.letter_pdf(letter_of(source, text)))


def _noted(source: Source, name: str, made: Printed) -> bytes:
    """The file; what is to be said of it is noted in the source."""
    source.notes[name] = made.notes
    return made.content


def signed_pdf(source: Source) -> Iterator[bytes]:
    """The text and everybody under it. Raises TooManyNames, NoType, NotSet."""
    _refuse_many(source)
    yield _noted(source, "letter-with-signatories.pdf", papers.signed_pdf(list_of(source)))


def broadsheet_pdf(source: Source) -> Iterator[bytes]:
    yield from _newspaper(source, "broadsheet")


def tabloid_pdf(source: Source) -> Iterator[bytes]:
    yield from _newspaper(source, "tabloid")


def _newspaper(source: Source, paper: str) -> Iterator[bytes]:
    """Raises TooManyForPaper, NoType, NotSet."""
    if source.head["rows"] > advertising.MOST_NAMES:
        raise advertising.TooManyForPaper
    yield _noted(source, f"newspaper-{paper}.pdf", advertising.newspaper_pdf(list_of(source), paper))


def _refuse_many(source: Source) -> None:
    """Before a million rows are read."""
    if source.head["rows"] > papers.PDF_MAX_NAMES:
        raise papers.TooManyNames


def fact_sheet_pdf(source: Source) -> Iterator[bytes]:
    head = source.head
    letter = head["letter"]
    facts = PrintedFacts(
        letter=letter_of(source),
        count_sentence=source.count["sentence"],
        summary=letter["summary"],
        tables=[table for table in (_evidence(source), _countries(source), _organizations(source)) if table[1]],
        organisers=[(one["name"], writing.about(one)) for one in letter["organisers"]],
        timeline=[(_day(entry["on"]), entry["title"]) for entry in head["timeline"]],
        faq=letter["faq"],
        contact=letter["contact"],
        methodology_url=head["urls"]["methodology"],
    )
    yield _noted(source, "fact-sheet.pdf", factsheet.fact_sheet_pdf(facts))


def share_wide_png(source: Source) -> Iterator[bytes]:
    yield pictures.share_image(letter_of(source), persons=source.count["persons"], size="wide")


def share_square_png(source: Source) -> Iterator[bytes]:
    yield pictures.share_image(letter_of(source), persons=source.count["persons"], size="square")


def qr_svg(source: Source) -> Iterator[bytes]:
    yield codes.qr_svg(source.head["urls"]["letter"])


def qr_png(source: Source) -> Iterator[bytes]:
    yield codes.qr_png(source.head["urls"]["letter"])


def mark_svg(source: Source) -> Iterator[bytes]:
    yield pictures.mark_svg()


def mark_png(source: Source) -> Iterator[bytes]:
    yield pictures.mark_png()


def letter_of(source: Source, text: dict[str, Any] | None = None) -> PrintedLetter:
    """The letter of a source to be set, as of the moment of its list."""
    head = source.head
    shown = text or head["texts"][0]
    on = date.fromisoformat(shown["dateline_on"]) if shown["dateline_on"] else None
    words = prints.text_of(shown, language=shown["language"], direction=shown["direction"], on=on)
    return prints.of_words(
        words,
        url=head["urls"]["letter"],
        at=datetime.fromisoformat(head["as_of"]),
        site_name=head["site"]["name"],
        text_label=head["version"]["label"],
        sha256=head["version"]["sha256"],
        remark="" if text is None else _remark(source, text),
        is_sample=head["letter"]["is_sample"],
    )


def _remark(source: Source, text: dict[str, Any]) -> str:
    original = languages.own_name(source.head["letter"]["language"])
    return prints.remark_of(kind=text["status"], translator=text["translator"], original=original)


def list_of(source: Source) -> PrintedList:
    """The letter of a source with everybody in it; who left since then is not."""
    letter, found = source.head["letter"], _sorted(source)
    return PrintedList(
        letter=letter_of(source),
        count_sentence=source.count["sentence"],
        disclaimer=source.head["disclaimer"],
        order=prints.order_of(letter["order"]),
        initiators=found["initiators"],
        selected=found["selected"],
        organizations=found["organizations"],
        signatories=found["signatories"],
        anonymised=found[ANONYMISED],
        organisers=[one["name"] for one in letter["organisers"]],
        contact=letter["contact"],
    )


def _sorted(source: Source) -> dict[str, list[PrintedLine]]:
    found: dict[str, list[PrintedLine]] = {part: [] for part in (*prints.PARTS.values(), "organizations", ANONYMISED)}
    for row in source.rows():
        if row.is_unnamed:
            words = (row.values["position"], row.values["affiliation"])
            found[ANONYMISED].append(PrintedLine(", ".join(filter(None, words))))
        elif not row.is_tombstone:
            part = prints.PARTS[row.values["role"]] if row.is_person else "organizations"
            found[part].append(line_of(row))
    return found


def line_of(row: Row) -> PrintedLine:
    values = row.values
    return PrintedLine(
        name=values["display_name"],
        position=values["position"],
        affiliation=names.affiliation_as_printed(values["affiliation"], values["affiliation_status"]),
        country=places.name_of(_alpha2().get(values["country_code"], "")),
        name_latin=values.get("name_latin", ""),
    )


@lru_cache(maxsize=1)
def _alpha2() -> dict[str, str]:
    return {long: short for short, long in places.alpha3().items()}


def _evidence(source: Source) -> tuple[str, list[tuple[str, int]]]:
    groups = [(key[0], persons) for key, persons, _withheld in VERIFICATION.groups(source) if persons]
    labels = {name: str(label) for name, label in assurance.LABELS.items()}
    return _("Evidence"), [(labels.get(key, key), persons) for key, persons in groups]


def _countries(source: Source) -> tuple[str, list[tuple[str, int]]]:
    rows = _largest(source, COUNTRY)
    return _("Countries"), [(places.name_of(_alpha2().get(key[0], "")) or key[0], persons) for key, persons in rows]


def _organizations(source: Source) -> tuple[str, list[tuple[str, int]]]:
    return _("Organisations, as proven or stated"), [(key[0], n) for key, n in _largest(source, ORGANIZATION)]


def _largest(source: Source, breakdown: Breakdown) -> list[tuple[tuple[str, ...], int]]:
    """The largest groups that name something, all others as one, and those who gave nothing."""
    groups = Counter({key: persons for key, persons, _withheld in breakdown.groups(source) if persons})
    silent = sum(persons for key, persons in groups.items() if key[0] == NOT_GIVEN)
    named = Counter({key: persons for key, persons in groups.items() if key[0] not in LAST})
    shown = named.most_common(MOST_SHOWN)
    rest = groups.total() - silent - sum(persons for _key, persons in shown)
    more = [((_("all others"),), rest), ((_("not given"),), silent)]
    return [*shown, *(row for row in more if row[1])]


def _day(on: str) -> str:
    return formats.date_format(date.fromisoformat(on), "j F Y")
