"""Which files there are, once: name, maker, and what the table of downloads says of each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from letters.press import indexing
from letters.press.kit import linked, lists, printed, schemas, sheets, tables, writing
from letters.press.kit.breakdowns import BREAKDOWNS, Breakdown
from letters.press.kit.source import Source

Maker = Callable[[Source], Iterable[bytes]]


@dataclass(frozen=True)
class KitFile:
    """One file. ``has_names``: made of the rows, so made anew when one of them becomes a tombstone. ``rows``: length of
    a table that does not count itself. ``is_live``: also served for the list as it stands, beside the letter.

    A maker that raises RuleError makes no file: its sentence stands in the place of the download.
    """

    name: str
    make: Maker
    title: str | Promise
    group: str
    has_names: bool = True
    rows: Callable[[Source], int] | None = None
    is_live: bool = False


GROUPS: dict[str, str | Promise] = {
    "list": _("The list"),
    "numbers": _("Numbers for charts"),
    "words": _("Words"),
    "text": _("The letter"),
    "pictures": _("To print and to show"),
    "proof": _("Proof and description"),
}


def _csv(name: str, table: Callable[[Source], tables.Table]) -> Maker:
    return lambda source: tables.csv_of(tables.counted(table(source), source, name))


def _all(source: Source) -> int:
    return int(source.head["rows"])


_BREAKDOWN_TITLES: dict[str, str | Promise] = {
    "country": _("People by country"),
    "sector": _("People by sector"),
    "organization": _("People by organisation"),
    "verification": _("People by evidence"),
    "day": _("People by day of confirmation"),
}


def _breakdown(breakdown: Breakdown) -> KitFile:
    title = _BREAKDOWN_TITLES[breakdown.name]
    return KitFile(breakdown.file, _csv(breakdown.file, breakdown.table), title, "numbers")


FILES: tuple[KitFile, ...] = (
    KitFile("signatories.csv", lists.signatories_csv, _("All signatories, for every program"), "list", rows=_all),
    KitFile("signatories.xlsx", sheets.workbook, _("All signatories, for Excel, with four more sheets"), "list",
            rows=_all, is_live=True),
    KitFile("signatories.json", lists.signatories_json, _("All signatories, for programs"), "list", rows=_all),
    KitFile("organizations.csv", _csv("organizations.csv", tables.organizations), _("Organisations that signed"),
            "list", is_live=True),
    KitFile("counts.json", lists.counts_json, _("All counts, with the sentence"), "numbers"),
    KitFile("counts.csv", _csv("counts.csv", tables.counts), _("All counts as a table"), "numbers", has_names=False),
    *(_breakdown(breakdown) for breakdown in BREAKDOWNS),
    KitFile("quotes.csv", _csv("quotes.csv", tables.quotes), _("Quotes with permission"), "words"),
    KitFile("quotes.md", writing.quotes_md, _("Quotes with permission, to read"), "words"),
    KitFile("corrections.csv", _csv("corrections.csv", tables.corrections), _("What was corrected until then"), "words",
            has_names=False),
    KitFile("fact-sheet.md", writing.fact_sheet_md, _("Fact sheet"), "words"),
    KitFile("methodology.md", writing.methodology_md, _("How signatures are checked"), "words", has_names=False),
    KitFile("letter.md", writing.letter_md, _("The text as it was hashed (Markdown)"), "text", has_names=False),
    KitFile("letter.html", writing.letter_html, _("The text as a page"), "text", has_names=False),
    KitFile("letter.pdf", printed.letter_pdf, _("The letter to print (PDF, A4)"), "pictures", has_names=False),
    KitFile("letter-with-signatories.pdf", printed.signed_pdf, _("The letter with everybody who signed it (PDF, A4)"),
            "pictures"),
    KitFile("newspaper-broadsheet.pdf", printed.broadsheet_pdf, _("A full newspaper page, 375 × 600 mm"), "pictures"),
    KitFile("newspaper-tabloid.pdf", printed.tabloid_pdf, _("A full newspaper page, 280 × 430 mm"), "pictures"),
    KitFile("fact-sheet.pdf", printed.fact_sheet_pdf, _("Fact sheet to print (PDF, A4)"), "pictures"),
    KitFile("share-1200x630.png", printed.share_wide_png, _("Picture for links"), "pictures", has_names=False),
    KitFile("share-1080x1080.png", printed.share_square_png, _("Picture for posts"), "pictures", has_names=False),
    KitFile("qr.svg", printed.qr_svg, _("Code of the letter's address, as a drawing"), "pictures", has_names=False),
    KitFile("qr.png", printed.qr_png, _("Code of the letter's address, as a picture"), "pictures", has_names=False),
    KitFile("logo.svg", printed.mark_svg, _("The mark of this site, as a drawing"), "pictures", has_names=False),
    KitFile("logo.png", printed.mark_png, _("The mark of this site, as a picture"), "pictures", has_names=False),
    KitFile("letter.jsonld", linked.letter_jsonld, _("Letter and signatures as linked data (schema.org)"), "proof",
            is_live=True),
    KitFile("signatories.csv-metadata.json", schemas.csv_metadata, _("The same as CSV on the Web"), "proof",
            has_names=False),
)  # fmt: skip
PROOF: tuple[KitFile, ...] = (
    KitFile("checkpoint", lists.checkpoint, _("Size and root of the public ledger, signed"), "proof", has_names=False),
    KitFile("entries.jsonl", lists.entries_jsonl, _("Every entry of the ledger until then"), "proof", has_names=False,
            rows=lambda source: int(source.head["ledger"]["size"])),
    KitFile("openings.csv", _csv("openings.csv", tables.openings), _("What ties each row to its entry"), "proof"),
    KitFile("key.txt", lists.key_txt, _("The key that signed it"), "proof", has_names=False),
    KitFile("verify.py", partial(lists.shipped, "verify.py"), _("Checks all of it, with Python alone"), "proof",
            has_names=False),
    KitFile("VERIFY.txt", partial(lists.shipped, "VERIFY.txt"), _("How to check, and what that shows"), "proof",
            has_names=False),
)  # fmt: skip
"""Where a log covers the list."""
SITE_PROOF = KitFile(
    indexing.FILE, lists.site_proof, _("That the site’s log holds that checkpoint"), "proof", has_names=False
)
WITNESSES = KitFile(
    "witnesses.txt", lists.witnesses_txt, _("Keys of those who witness the ledger"), "proof", has_names=False
)
LAST: tuple[KitFile, ...] = (
    KitFile("datapackage.json", schemas.datapackage, _("What every column means (Data Package 2)"), "proof"),
    KitFile("README.txt", writing.readme_txt, _("What this is, and how to cite it"), "words", has_names=False),
)
"""Made when all others are there, because they name them."""


def files_of(source: Source) -> list[KitFile]:
    """Every file of a snapshot in the order in which they are made; translations of the letter among them."""
    found: list[KitFile] = []
    for file in FILES:
        found.append(file)
        if file.name == "letter.html":
            found += _translations(source)
    if source.ledger is not None:
        found += [*PROOF, *more_proof_of(source.ledger)]
    return [*found, *LAST]


def more_proof_of(ledger: Mapping[str, Any]) -> list[KitFile]:
    """What there is of the site's own log and of its witnesses."""
    return [*([SITE_PROOF] if ledger.get("site_proof") else []), *([WITNESSES] if ledger["witnesses"] else [])]


def _translations(source: Source) -> list[KitFile]:
    found = []
    for text in source.head["texts"][1:]:
        title = _("The text in another language: {name}").format(name=text["name"])
        for ending, make in _TRANSLATED:
            name = f"letter-{text['language']}.{ending}"
            found.append(KitFile(name, partial(make, text=text), title, "text", has_names=False))
    return found


_TRANSLATED: tuple[tuple[str, Callable[..., Iterable[bytes]]], ...] = (
    ("md", writing.translation_md),
    ("html", writing.translation_html),
    ("pdf", printed.letter_pdf),
)
SUMS_FILES = (
    KitFile("SHA256SUMS", lambda source: (), _("The hash of every file"), "proof"),
    KitFile("SHA256SUMS.sig", lambda source: (), _("The same, signed by the key of the ledger"), "proof"),
)
_ALL = (*FILES, *PROOF, SITE_PROOF, WITNESSES, *LAST, *SUMS_FILES)
KIT_TITLE = _("Everything in one ZIP file")


def title_of(name: str) -> str | Promise:
    """What the table of downloads says of a file."""
    known = {file.name: file.title for file in _ALL}
    if name in known:
        return known[name]
    if name.endswith(".zip"):
        return KIT_TITLE
    return _("The text in another language")


def group_of(name: str) -> str:
    return next((file.group for file in _ALL if file.name == name), "text")


LIVE = {file.name: file for file in FILES if file.is_live}
