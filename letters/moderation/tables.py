"""Reading a table that somebody saved with a spreadsheet: CSV in the encodings and with the delimiters of the field, or
XLSX. Pure; nothing is stored, nothing in the file is run."""

import csv
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from letters.core.errors import RuleError

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5000
MOST_COLUMNS = 40
MOST_CELL = 1000  # characters
ENDLESS = 131_072  # characters of a cell: csv's own limit, which others in the process may have raised
MOST_UNPACKED_BYTES = 20 * 1024 * 1024
MOST_PARTS = 500  # files within an XLSX
MOST_TITLES = 5  # rows above the header
LOOKED_AT = 20  # lines by which the delimiter is told
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_DELIMITERS = (",", ";", "\t")


class Unreadable(RuleError):
    code = "unreadable"


@dataclass(frozen=True)
class Table:
    """A header and the rows below it, all cells as text; ``lines`` has the number of each row as a spreadsheet counts
    it, empty rows included. ``note`` says what the reader guessed about the file."""

    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    note: str = ""


def read(content: bytes) -> Table:
    """The table in a file; whether it is CSV or XLSX is told by its bytes. Empty rows are left out, and counted.

    Raises:
        Unreadable: too large, no table, or packed so that opening it is no good idea; the sentence says what to do.
    """
    if len(content) > MOST_BYTES:
        text = _("The file is larger than {most} MB. Split the list and upload the parts one after the other.")
        raise Unreadable(text.format(most=MOST_BYTES // 1024**2))
    if content.startswith(_OLD_EXCEL):
        raise Unreadable(_("This is an old Excel file (.xls) or a protected one. Save it as .xlsx or .csv."))
    if content.startswith(_ZIP):
        return _table(_of_xlsx(content), "")
    text, note = _decoded(content)
    return _table(_of_csv(text), note)


def _numbered(rows: Iterable[list[str]]) -> list[tuple[int, list[str]]]:
    """The rows that hold something, by their line; a header, and one row more than is taken."""
    return list(islice(((line, row) for line, row in enumerate(rows, start=1) if any(row)), MOST_ROWS + 2))


def _table(numbered: list[tuple[int, list[str]]], note: str) -> Table:
    if not numbered:
        raise Unreadable(_("There is no row in this file. In a spreadsheet, only the first sheet is read."))
    numbered = numbered[_titles(numbered) :]
    lines, cells = [number for number, _row in numbered], [row for _number, row in numbered]
    width = max(map(len, cells))
    if width > MOST_COLUMNS:
        raise Unreadable(_("The table has more than {most} columns. Keep name and address.").format(most=MOST_COLUMNS))
    cells = [[cell[:MOST_CELL] for cell in row] + [""] * (width - len(row)) for row in cells]
    has_header = not any("@" in cell for cell in cells[0])
    header = cells[0] if has_header else [_("Column {number}").format(number=at + 1) for at in range(width)]
    rows = cells[1:] if has_header else cells
    if len(rows) > MOST_ROWS:
        text = _("The table has more than {most} rows. Split it and upload the parts one after the other.")
        raise Unreadable(text.format(most=MOST_ROWS))
    if not rows:
        raise Unreadable(_("There is a header in this file and no row below it."))
    return Table(header, rows, lines[-len(rows) :], note)


def _titles(numbered: list[tuple[int, list[str]]]) -> int:
    """How many rows on top are words about the whole list: each with one filled cell, above a header of several."""
    for at, (_number, row) in enumerate(numbered[: MOST_TITLES + 1]):
        if sum(map(bool, row)) > 1:
            return 0 if any("@" in cell for cell in row) else at
        if "@" in "".join(row):
            return 0
    return 0


def _decoded(content: bytes) -> tuple[str, str]:
    """The text of a CSV file, and what was guessed about its letters."""
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16"), ""
        begin = content[:200]
        if begin.count(b"\0") > len(begin) * 0.3:  # UTF-16 without its mark: every other byte of plain text is nought
            return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be"), ""
        return _of_bytes(content)
    except UnicodeDecodeError:
        raise Unreadable(_("The letters of this file cannot be read. Save it as CSV in UTF-8, or as .xlsx.")) from None


def _of_bytes(content: bytes) -> tuple[str, str]:
    """UTF-8, else the Western Windows code page, which takes the letters of every other code page for its own."""
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        note = _(
            "This file is not in UTF-8; it was read as Western European. Look at names with accents below. Where they "
            "are wrong, save the list as CSV in UTF-8 or as .xlsx, and upload it again."
        )
        return content.decode("cp1252"), note


def is_garbled(text: str) -> bool:
    """Whether text was UTF-8 once and was read as something else on its way: “MÃ¼ller” for “Müller”, or a letter that
    a program gave up on."""
    if text.isascii():
        return False
    try:
        return "\ufffd" in text or text.encode("cp1252").decode("utf-8") != text
    except UnicodeError:
        return False


def _of_csv(text: str) -> list[tuple[int, list[str]]]:
    if "\0" in text:
        raise Unreadable(_("This is no table. Save the list as .csv or .xlsx, and upload that."))
    try:
        read = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        found = _numbered([cell.strip() for cell in row] for row in read)
    except csv.Error:
        found = None
    if found is None or any(len(cell) > ENDLESS for _line, row in found for cell in row):
        raise Unreadable(_("A cell of this file does not end. Look for a stray quotation mark."))
    return found


def _delimiter(text: str) -> str:
    """The one that parts the first lines into the most columns, as evenly as can be."""

    def columns(delimiter: str) -> tuple[int, int]:
        lines = io.StringIO("\n".join(text.splitlines()[:LOOKED_AT]))
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        return (min(widths, default=0), max(widths, default=0))

    return max(_DELIMITERS, key=columns)


def _of_xlsx(content: bytes) -> list[tuple[int, list[str]]]:
    """The first sheet, formulas as their text."""
    _refuse_bombs(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        rows = book.worksheets[0].iter_rows(max_row=MOST_ROWS + 100, max_col=MOST_COLUMNS + 1, values_only=True)
        return _numbered(_trimmed([_text(value) for value in row]) for row in rows)
    except Exception:  # openpyxl raises whatever its parts raise
        raise Unreadable(_("This file does not open as a table. Save it anew as .xlsx or .csv.")) from None


def _trimmed(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row.pop()
    return row


def _refuse_bombs(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
                raise Unreadable(_("Unpacked, this file is far larger than a list. Keep the list alone in it."))
            # Documents within documents are what XML is attacked by; no spreadsheet writes one.
            if any(b"<!DOCTYPE" in packed.read(part).replace(b"\0", b"") for part in parts):
                raise Unreadable(_("This file does not open as a table. Save it anew as .xlsx or .csv."))
    except Unreadable:
        raise
    except Exception:  # a damaged file: zipfile raises whatever its parts raise, zlib.error and ValueError among it
        raise Unreadable(_("This file is not whole. Save it anew as .xlsx or .csv.")) from None


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
