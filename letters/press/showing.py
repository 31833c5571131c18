"""What pages say of a snapshot: rows of its small tables, and what changed in the list since it was made."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import Max, QuerySet, Subquery

from letters.core.errors import RuleError
from letters.ledger import chain
from letters.ledger.models import Log
from letters.press import indexing, proofs, snapshots
from letters.press.columns import unguarded
from letters.press.corrections import SAID_OTHERWISE
from letters.press.models import Correction, Snapshot
from letters.signatures.models import Signature, Tally

MOST_NAMED = 100


def rows_of(row: Snapshot | None, name: str, *, most: int | None = None) -> list[dict[str, str]]:
    """The first rows of a CSV file of a snapshot, as they were before the guard against formulas; none where the file
    is not there at the moment. Two queries."""
    file = row.files.select_related("snapshot__letter").filter(name=name).first() if row is not None else None
    if file is None:
        return []
    try:
        with snapshots.path_of(file).open(encoding="utf-8", newline="") as text:
            return list(islice(_read(text), most))
    except (RuleError, FileNotFoundError):
        return []


def _read(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    for row in csv.DictReader(lines):
        yield {name: unguarded(cell) for name, cell in row.items()}


@dataclass(frozen=True)
class InSite:
    """Where the site's log has the checkpoint of a snapshot: ``log`` and ``size`` name that checkpoint."""

    log: str
    size: int
    sentence: str


def in_site(row: Snapshot) -> InSite | None:
    """What the site's log says of the checkpoint of a snapshot today; witnesses come later than its files. None where
    no log covers the list, or the site's log does not hold that checkpoint."""
    file = row.files.filter(name="entries.jsonl").first()
    logs = Log.objects.filter(subject=proofs.subject_of(row.letter), started_at__lte=row.as_of)
    log = logs.order_by("-id").first()
    if file is None or file.rows is None or log is None:
        return None
    sentence = indexing.sentence_of(log, file.rows)
    return InSite(chain.name_of(log), file.rows, sentence) if sentence else None


@dataclass(frozen=True)
class Since:
    """How the list of a snapshot's text differs today: numbers of lines."""

    added: int
    corrected: int
    gone: int

    @property
    def is_same(self) -> bool:
        return not (self.added or self.corrected or self.gone)


def since(rows: Iterable[Snapshot]) -> dict[int, Since]:
    """{snapshot: what changed since}, in two queries for any number of snapshots of one letter."""
    rows = list(rows)
    if not rows:
        return {}
    tallies = Tally.objects.filter(version__in={row.version_id for row in rows})
    now: dict[int | None, int] = {row.version_id: row.persons + row.organizations + row.anonymised for row in tallies}
    changed = _said_otherwise(rows[0]).filter(changed_at__gt=min(row.as_of for row in rows if row.as_of))
    newest = changed.order_by().values_list("version", "signature").annotate(at=Max("changed_at"))
    found = list(newest)
    return {
        row.pk: Since(
            added=max(now.get(row.version_id, 0) - (_rows_of(row) - row.redacted_count), 0),
            corrected=row.earlier_count
            + sum(version == row.version_id and at > row.as_of for version, _line, at in found),
            gone=row.redacted_count,
        )
        for row in rows
    }


def _rows_of(row: Snapshot) -> int:
    """Lines that it had; earlier releases printed none without a name."""
    return row.persons + row.organizations + int(row.count.get("anonymised", 0))


def _said_otherwise(row: Snapshot) -> "QuerySet[Correction]":
    """Corrections of lines that stand; those of lines that ended lead to nobody."""
    return Correction.objects.filter(SAID_OTHERWISE, letter=row.letter_id, signature__isnull=False)


def added_lines(row: Snapshot) -> list[Signature]:
    """Lines confirmed since that stand now and are in the count that ``since`` goes by, the newest first, MOST_NAMED of
    them."""
    counted = Tally.objects.filter(version=row.version_id).values("as_of")
    rows = Signature.objects.public().filter(version=row.version, confirmed_at__gt=row.as_of)
    rows = rows.filter(confirmed_at__lte=Subquery(counted))
    return list(rows.order_by("-confirmed_at", "-id")[:MOST_NAMED])


def corrected_lines(row: Snapshot) -> list[Signature]:
    """Lines of the snapshot that stand now and say something else than then, MOST_NAMED of them."""
    changed = _said_otherwise(row).filter(changed_at__gt=row.as_of, version=row.version).values("signature")
    rows = Signature.objects.public().filter(pk__in=changed, confirmed_at__lte=row.as_of)
    return list(rows.order_by("list_key", "id")[:MOST_NAMED])
