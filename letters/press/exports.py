"""The list as files, streamed: a million rows take as much memory as a hundred.

Holds confirmed, published signatures alone; never an address, a hidden line or a withdrawn one.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

from django.db import connection

from letters.core import places
from letters.documents import texts
from letters.documents.models import Version
from letters.press import anonymised, columns, counted, relaying
from letters.press.kit import lists
from letters.signatures.models import Signature
from letters.signatures.sentences import Count

CHUNK_BYTES = 65_536
PAGE_ROWS = 1000


def signatories_csv(version: Version, *, permalink: str) -> Iterator[bytes]:
    """The CSV file in chunks of about 64 kB: UTF-8 without BOM, CRLF, RFC 4180, one header row.

    PostgreSQL writes it by itself (COPY); elsewhere it is made here, byte for byte the same.
    """
    context = columns.Context(version.number, permalink, texts=texts_of(version))
    return _copied(version, context) if connection.vendor == "postgresql" else _written(version, context)


def texts_of(version: Version) -> dict[str, tuple[str, str]]:
    """{number of the editorial fix: (what the file calls that text, its SHA-256)}; "0" is the text as published."""
    found = texts.all_of(version)
    names = [str(version.number), *(f"{version.number}.{place}" for place in range(1, len(found)))]
    return {str(place): (name, text.sha256) for place, (name, text) in enumerate(zip(names, found, strict=True))}


def _copied(version: Version, context: columns.Context) -> Iterator[bytes]:
    query = copy_query()
    parameters = {
        "alpha3": json.dumps(places.alpha3()),
        "country": json.dumps(columns.english_countries()),
        "texts": json.dumps(context.texts),
        "permalink": context.permalink,
        "version_id": version.pk,
    }
    yield (",".join(columns.names_of_columns) + "\r\n").encode()
    held, named = bytearray(), 0
    with connection.cursor() as cursor, cursor.copy(query, parameters) as copy:
        for row in copy:
            named += bytes(row).count(b"\n")
            held += row
            if len(held) >= CHUNK_BYTES:
                yield bytes(held).replace(b"\n", b"\r\n")  # no cell holds a line break: typed.clean() sees to it
                held.clear()
    yield bytes(held).replace(b"\n", b"\r\n")
    yield from _without_names(version, context, after=named)


def copy_query() -> str:
    """The COPY statement; its parameters are those of ``_copied``. Empty cells are NULL, so that none is quoted."""
    selected = ", ".join(
        f"NULLIF({columns.guarded_sql(c.sql) if c.typed else f'({c.sql})::text'}, '')" for c in columns.COLUMNS
    )
    table = Signature._meta.db_table
    return (
        f"COPY (SELECT {selected} FROM {table} s WHERE s.version_id = %(version_id)s AND s.state = 'confirmed' "  # noqa: S608 - our own column list
        "AND s.hidden_at IS NULL AND s.held_reason = '' ORDER BY s.list_key, s.id) TO STDOUT WITH (FORMAT csv)"
    )


def rows_in_order(version: Version, *, page: int = PAGE_ROWS) -> Iterator[Signature]:
    """Every published signature in the declared order, page by page, so that no transaction outlasts a slow reader."""
    base = Signature.objects.public().for_version(version).order_by("list_key", "id")
    rows = list(base[:page])
    while rows:
        yield from rows
        last = rows[-1]
        beyond = base.filter(list_key__gte=last.list_key).exclude(list_key=last.list_key, id__lte=last.pk)
        rows = list(beyond[:page])


def _written(version: Version, context: columns.Context) -> Iterator[bytes]:
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns.names_of_columns)
    position = 0
    for position, row in enumerate(rows_in_order(version), 1):
        writer.writerow(columns.cells(row, replace(context, position=position)))
        if buffer.tell() >= CHUNK_BYTES:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
    yield from _without_names(version, context, after=position)


def _without_names(version: Version, context: columns.Context, *, after: int) -> Iterator[bytes]:
    """The rows behind those with names; there are none in most lists, and many in few."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    for line, its in anonymised.numbered(version, context, after=after):
        writer.writerow(anonymised.cells(line, its))
        if buffer.tell() >= CHUNK_BYTES:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def row_as_json(row: Signature, context: columns.Context) -> dict[str, object]:
    """What the CSV says, and whether a journalist may ask this person (``press_contact``)."""
    return {**columns.values(row, context), "press_contact": relaying.may_be_asked(row)}


def signatories_json(version: Version, count: Count, *, permalink: str) -> Iterator[bytes]:
    """One JSON object in chunks: what is counted, as of when, under which text, and ``signatories`` in order."""
    context = columns.Context(version.number, permalink, texts=texts_of(version))
    return lists.json_list(lists.head_of(counted.as_json(version.letter, version, count)), _as_json(version, context))


def _as_json(version: Version, context: columns.Context) -> Iterator[dict[str, object]]:
    position = 0
    for position, row in enumerate(rows_in_order(version), 1):
        yield row_as_json(row, replace(context, position=position))
    for line, its in anonymised.numbered(version, context, after=position):
        yield {**anonymised.values(line, its), "press_contact": False}
