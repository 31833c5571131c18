"""The list as a workbook of five sheets, written row by row; every cell is text, so none can be a formula.

Source: ECMA-376, SpreadsheetML with inline strings; deflate level 1, as measured in docs/performance.md.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from django.utils.translation import gettext_lazy as _

from letters.core.errors import RuleError
from letters.press.kit import tables
from letters.press.kit.source import Source
from letters.press.kit.tables import Table
from letters.press.kit.writing import methodology

MOST_ROWS = 1_048_575
"""Of a sheet, below its header."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# What XML 1.0 cannot say: control characters, lone surrogates, two non-characters.
_UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CHUNK_ROWS = 500


class TooLong(RuleError):
    code = "sheet-too-long"
    default = _(
        "A sheet holds 1,048,575 rows and this list is longer. Take signatories.csv: it has every row, and databases "
        "and statistics programs read it."
    )


def workbook(source: Source) -> Iterator[bytes]:
    """The XLSX file in chunks, in as much memory for a million rows as for ten.

    Raises:
        TooLong: before the first chunk, when there are more rows than a sheet holds.
    """
    if source.head["rows"] > MOST_ROWS:
        raise TooLong
    return _written(_sheets(source))


def _sheets(source: Source) -> list[tuple[str, Table]]:
    return [
        ("Signatories", tables.signatories(source)),
        ("Organisations", tables.organizations(source)),
        ("Counts", tables.counts(source)),
        ("Methodology", Table(("methodology",), ([line] for line in methodology(source).splitlines()))),
        ("Corrections", tables.corrections(source)),
    ]


class _Drain:
    """What a ZIP file is written into when nobody keeps it: bytes that are taken away as they come."""

    def __init__(self) -> None:
        self.held = bytearray()

    def write(self, data: bytes) -> int:
        self.held += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""

    def taken(self) -> bytes:
        taken, self.held = bytes(self.held), bytearray()
        return taken


def _written(sheets: list[tuple[str, Table]]) -> Iterator[bytes]:
    drain = _Drain()
    with zipfile.ZipFile(drain, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, xml in _frame([name for name, _table in sheets]).items():
            _part(book, name, xml)
        for number, (_name, table) in enumerate(sheets, 1):
            with book.open(_info(f"xl/worksheets/sheet{number}.xml"), "w", force_zip64=True) as file:
                for part in _sheet(table):
                    file.write(part.encode())
                    yield drain.taken()
    yield drain.taken()


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)  # the same bytes for the same list
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    return info


def _part(book: zipfile.ZipFile, name: str, xml: str) -> None:
    book.writestr(_info(name), _HEAD + xml)


def _sheet(table: Table) -> Iterator[str]:
    """The XML of one sheet; the header is bold and stays in sight."""
    letters = [_letters(place) for place in range(len(table.header))]
    yield (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" '
        'topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols><col min="1" max="{len(letters)}" width="24" customWidth="1"/>'
        "</cols><sheetData>"
    )
    held = [_row(1, letters, table.header, ' s="1"')]
    for number, cells in enumerate(table.rows, 2):
        held.append(_row(number, letters, cells))
        if len(held) >= _CHUNK_ROWS:
            yield "".join(held)
            held = []
    yield "".join(held) + "</sheetData></worksheet>"


def _row(number: int, letters: list[str], cells: Iterable[str], style: str = "") -> str:
    found = "".join(
        f'<c r="{letter}{number}" t="inlineStr"{style}><is>{_text(cell)}</is></c>'
        for letter, cell in zip(letters, cells, strict=True)
        if cell
    )
    return f'<row r="{number}">{found}</row>'


def _text(cell: str) -> str:
    said = escape(_UNSAYABLE.sub("", cell) if not cell.isprintable() else cell)
    return f"<t>{said}</t>" if said == said.strip() else f'<t xml:space="preserve">{said}</t>'


def _letters(place: int) -> str:
    """«A» for 0, «AA» for 26."""
    found = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(65 + rest) + found
    return found


def _frame(names: list[str]) -> dict[str, str]:
    """The parts beside the sheets, by their place in the package."""
    numbers = range(1, len(names) + 1)
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kinds}.worksheet+xml"/>' for n in numbers
    )
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, names, strict=True)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="'
        'application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="'
        f'application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/><Override '
        f'PartName="/xl/styles.xml" ContentType="{kinds}.styles+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="'
        f'{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}<Relationship '
        f'Id="rId{len(names) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/>'
        '</font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill '
        'patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1">'
        '<border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf xfId="0"/>'
        '<xf xfId="0" fontId="1" applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" '
        'builtinId="0"/></cellStyles></styleSheet>',
    }
