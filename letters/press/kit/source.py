"""What files are made of: a head of facts and the rows of one list, as they stand now or as a snapshot has kept them.

Makers see nothing else, so that a file of a snapshot can be made again, without somebody, years later.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from letters.press.anonymised import ANONYMISED

HEAD, ROWS, ENTRIES = "head.json", "rows.jsonl", "entries.jsonl"
REDACTED = "redacted"
"""What stands in ``signatory_type`` of a tombstone."""


class Row(NamedTuple):
    """One line of the list. ``values`` holds every column, not guarded; a tombstone's are empty but for its id."""

    values: Mapping[str, str]
    text_sha256: str = ""
    opening: tuple[int, str] | None = None
    """Where the public ledger has its commitment, and the salt in hexadecimal that opens it."""
    representative: tuple[str, str] = ("", "")
    """Of an organisation: name and position of whom its sentence of evidence names."""

    @property
    def is_tombstone(self) -> bool:
        return self.values["signatory_type"] == REDACTED

    @property
    def is_unnamed(self) -> bool:
        """A line without a name: nobody's among the persons."""
        return self.values["signatory_type"] == ANONYMISED

    @property
    def is_person(self) -> bool:
        return self.values["signatory_type"] == "person"


@dataclass(frozen=True)
class Source:
    """``head`` is JSON types alone (its parts: heads.py); ``rows`` begins anew with each call. ``sums`` and ``sizes``
    know the files that were made before in the same folder."""

    head: Mapping[str, Any]
    rows: Callable[[], Iterator[Row]]
    sums: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    """Rows of tables that count them while they are written."""
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What the reader of a file should know of it, noted by its maker."""
    folder: Path | None = None
    """Where the files of a snapshot lie; None for the list as it stands."""

    @property
    def ledger(self) -> Mapping[str, Any] | None:
        """The checkpoint that covers the list, its size, the key, the witnesses and, in those of later releases, the
        proof that the site's log holds it; None where no log covers it."""
        found: Mapping[str, Any] | None = self.head.get("ledger")
        return found

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.head["columns"])

    @property
    def count(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.head["count"]
        return found


def frozen(folder: Path) -> Source:
    """The source that a snapshot has kept in its folder."""
    head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
    return Source(head, lambda: rows_of(folder, tuple(head["columns"])), folder=folder)


def rows_of(folder: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """The kept rows in order; those that are masked come out as tombstones."""
    empty = dict.fromkeys(columns, "")
    with (folder / ROWS).open(encoding="utf-8") as file:
        for line in file:
            yield _read(json.loads(line), empty)


def _read(kept: Mapping[str, Any], empty: Mapping[str, str]) -> Row:
    if kept.get("masked"):
        return tombstone(kept["v"]["signature_id"], empty)
    opening = kept.get("o")
    values = {**empty, **kept["v"]}
    name, position = kept.get("r", ("", ""))
    return Row(values, kept.get("t", ""), (opening[0], opening[1]) if opening else None, (name, position))


def tombstone(signature_id: str, empty: Mapping[str, str]) -> Row:
    return Row({**empty, "signature_id": signature_id, "signatory_type": REDACTED})


def line_of(row: Row, *, masked: bool = False) -> str:
    """One row as a snapshot keeps it: a line of JSON without its empty cells."""
    kept: dict[str, Any] = {"v": {name: value for name, value in row.values.items() if value}}
    if row.text_sha256:
        kept["t"] = row.text_sha256
    if row.opening:
        kept["o"] = list(row.opening)
    if any(row.representative):
        kept["r"] = list(row.representative)
    if masked:
        kept["masked"] = True
    return json.dumps(kept, ensure_ascii=False) + "\n"
