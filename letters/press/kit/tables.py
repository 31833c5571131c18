"""The tables of the press room, each a header and rows of plain cells: CSV files and sheets are written from them."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import NamedTuple

from letters.press.columns import guarded
from letters.press.corrections import COLUMNS as CORRECTIONS
from letters.press.kit.source import Row, Source

CHUNK_BYTES = 65_536


class Table(NamedTuple):
    """A header in snake_case and rows of text, as long as the header; ``rows`` can be read once."""

    header: Sequence[str]
    rows: Iterable[Sequence[str]]


def csv_of(table: Table) -> Iterator[bytes]:
    """UTF-8 without BOM, comma, CRLF, RFC 4180; no cell that a spreadsheet takes for a formula. About 64 kB a chunk."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(table.header)
    for row in table.rows:
        writer.writerow([guarded(cell) for cell in row])
        if buffer.tell() >= CHUNK_BYTES:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def counted(table: Table, source: Source, name: str) -> Table:
    """The same table; when it has been written, ``source.counts`` knows how many rows it has."""
    return Table(table.header, _counted(table.rows, source, name))


def _counted(rows: Iterable[Sequence[str]], source: Source, name: str) -> Iterator[Sequence[str]]:
    number = 0
    for number, row in enumerate(rows, 1):  # noqa: B007 - the last one is the amount
        yield row
    source.counts[name] = number


def signatories(source: Source) -> Table:
    columns = source.columns
    return Table(columns, ([row.values[name] for name in columns] for row in source.rows()))


ORGANIZATIONS = (
    "signature_id", "organization", "country_code", "representative", "position", "signed_on", "verification_sentence",
)  # fmt: skip


def organizations(source: Source) -> Table:
    rows = (row for row in source.rows() if row.values["signatory_type"] == "organization")
    return Table(ORGANIZATIONS, (_organization(row) for row in rows))


def _organization(row: Row) -> list[str]:
    """Who signs for it is in the sentence of evidence, once the organisers have checked that."""
    values = row.values
    return [
        values["signature_id"], values["display_name"], values["country_code"], *row.representative,
        values["signed_on"], values["verification_sentence"],
    ]  # fmt: skip


def counts(source: Source) -> Table:
    """Everything that was counted, as name and value."""
    found = dict(source.count)
    rows = [["as_of", found.pop("as_of")], ["letter_version", str(found.pop("letter_version"))]]
    for name, value in found.items():
        if isinstance(value, dict):
            rows += [[f"{name}_{part}", str(amount)] for part, amount in value.items()]
        else:
            rows.append([name, str(value).lower() if isinstance(value, bool) else str(value)])
    return Table(("measure", "value"), rows)


def corrections(source: Source) -> Table:
    """What was corrected until then; never the name of somebody who withdrew."""
    rows = ([str(entry[name]) for name in CORRECTIONS] for entry in source.head["corrections"])
    return Table(CORRECTIONS, rows)


QUOTES = (
    "signature_id",
    "quote",
    "name",
    "position",
    "affiliation",
    "letter_language",
    "signed_on",
    "permission",
    "permalink",
)


def quotes(source: Source) -> Table:
    """Comments whose authors let the press quote them; whoever wants no name in it has none here, nor a link."""
    return Table(QUOTES, (_quote(row, source) for row in quoted(source)))


def quoted(source: Source) -> Iterator[Row]:
    """Rows with a published comment and a permission to quote it."""
    for row in source.rows():
        if row.values["comment"] and row.values["quote_permission"] not in ("", "none"):
            yield row


def _quote(row: Row, source: Source) -> list[str]:
    values, named = row.values, row.values["quote_permission"] == "named"
    return [
        values["signature_id"] if named else "",
        values["comment"],
        values["display_name"] if named else "",
        values["position"],
        values["affiliation"] if named else "",
        source.head["letter"]["language"],
        values["signed_on"] if named else "",
        values["quote_permission"],
        values["permalink"] if named else "",
    ]


def openings(source: Source) -> Table:
    """What opens the commitment of each shown row in the public ledger."""
    rows = ([row.values["signature_id"], str(row.opening[0]), row.opening[1]] for row in source.rows() if row.opening)
    return Table(("signature_id", "ledger_index", "salt"), rows)
