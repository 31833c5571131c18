"""Taking over a dump of the Research Organization Registry: in batches, repeatably, never over rows made by hand."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Model

from letters.verification import ror
from letters.verification.models import Organization, OrganizationDomain, OrganizationStatus, Source

BATCH = 1000
PATIENCE = 50
"""So many records without a good one among them, and the file is something else."""
_IMPORTED = (Source.ROR, Source.ROR_WEBSITE)


@dataclass
class Imported:
    """What an import did. ``kept``: organisations left as they are, since a person or a newer dump made them so."""

    records: int = 0
    bad: int = 0
    added: int = 0
    changed: int = 0
    closed: int = 0
    kept: int = 0
    domains_added: int = 0
    domains_changed: int = 0
    domains_removed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def is_unchanged(self) -> bool:
        return not (
            self.added or self.changed or self.domains_added or self.domains_changed or self.domains_removed
        )  # fmt: skip


def import_ror(
    path: Path,
    *,
    release: ror.Release,
    progress: Callable[[Imported, int], None] = lambda _done, _bytes: None,
    complain: Callable[[int, str, str], None] = lambda _number, _id, _reason: None,
) -> Imported:
    """Store every good record of a dump with its domains. Idempotent; memory does not grow with the file.

    Each batch is a transaction of its own, so a broken file leaves what stood before the break. Organisations and
    domains entered by hand are left alone, and so are rows of a newer dump. ``progress`` hears the count and the bytes
    after each batch, ``complain`` the place (from 1), identifier and reason of each record that is skipped.

    Raises:
        DumpRefused: the file is no ROR dump of schema 2, or is damaged.
    """
    done, read = Imported(), [0]
    for batch in _batches(path, done, complain, read):
        _store(batch, release, done)
        progress(done, read[0])
    if not done.records:
        raise ror.DumpRefused("holds no record.")
    if done.bad == done.records:
        raise ror.DumpRefused("is not a ROR dump: it holds no record that can be read.")
    return done


def _batches(
    path: Path, done: Imported, complain: Callable[[int, str, str], None], read: list[int]
) -> Iterator[dict[str, ror.Record]]:
    batch: dict[str, ror.Record] = {}
    for value in ror.records(path, lambda size: read.__setitem__(0, size)):
        done.records += 1
        try:
            record = ror.read(value)
        except ror.BadRecord as error:
            done.bad += 1
            complain(done.records, _id_of(value), error.message)
            if done.bad == done.records == PATIENCE:
                raise ror.DumpRefused(
                    f"is not a ROR dump: none of its first {PATIENCE} records can be read; the last {error.message}."
                ) from error
            continue
        batch[record.id] = record
        done.skipped.update(record.skipped)
        if len(batch) == BATCH:
            yield batch
            batch = {}
    if batch:
        yield batch


def _id_of(value: Any) -> str:
    found = value.get("id") if isinstance(value, dict) else None
    return found[:40] if isinstance(found, str) else "no id"


@transaction.atomic
def _store(batch: dict[str, ror.Record], release: ror.Release, done: Imported) -> None:
    known = {row.ror: row for row in Organization.objects.filter(ror__in=batch)}
    fresh, changed, current = [], [], {}
    for record in batch.values():
        wanted = _columns(record, release)
        done.closed += record.status != OrganizationStatus.ACTIVE
        row = known.get(record.id)
        if row is None:
            fresh.append(Organization(ror=record.id, **wanted))
        elif row.source not in _IMPORTED or row.checked_on > release.on:
            done.kept += 1
        elif _differs(row, wanted):
            changed.append(row)
        if row is None or row.checked_on <= release.on or row.source not in _IMPORTED:
            current[record.id] = record
    Organization.objects.bulk_create(fresh)
    _update(Organization, changed, list(_columns(next(iter(batch.values())), release)))
    done.added, done.changed = done.added + len(fresh), done.changed + len(changed)
    owners = {str(row.ror): row for row in (*known.values(), *fresh)}
    _store_domains({owners[key].pk: record for key, record in current.items()}, release, done)


def _columns(record: ror.Record, release: ror.Release) -> dict[str, Any]:
    return {
        "name": record.name,
        "aliases": list(record.aliases),
        "country": record.country,
        "types": list(record.types),
        "wikidata": record.wikidata,
        "status": record.status,
        "source": Source.ROR,
        "source_note": release.note,
        "checked_on": release.on,
    }


def _differs(row: Organization | OrganizationDomain, wanted: dict[str, Any]) -> bool:
    """Give the row its new values and tell whether any was another."""
    different = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in different:
        setattr(row, name, wanted[name])
    return bool(different)


def _update(model: type[Model], rows: list[Any], names: list[str]) -> None:
    """Write columns of many known rows as one statement; ``bulk_update`` takes twenty times as long for these."""
    if rows:
        model._default_manager.bulk_create(rows, update_conflicts=True, unique_fields=["pk"], update_fields=names)


def _store_domains(records: dict[int, ror.Record], release: ror.Release, done: Imported) -> None:
    """Make the imported domains of these organisations, by key, those of their records."""
    rows = OrganizationDomain.objects.filter(organization__in=records, source__in=_IMPORTED)
    old = {(row.organization_id, row.domain, row.source): row for row in rows}
    fresh, changed = [], []
    for owner, record in records.items():
        for (domain, source), kind in record.domains.items():
            wanted = {"kind": kind, "source_note": release.note, "checked_on": release.on}
            row = old.pop((owner, domain, source), None)
            if row is None:
                fresh.append(OrganizationDomain(organization_id=owner, domain=domain, source=source, **wanted))
            elif row.checked_on <= release.on and _differs(row, wanted):
                changed.append(row)
    gone = [row.pk for row in old.values() if row.checked_on <= release.on]
    OrganizationDomain.objects.filter(pk__in=gone).delete()
    OrganizationDomain.objects.bulk_create(fresh)
    _update(OrganizationDomain, changed, ["kind", "source_note", "checked_on"])
    done.domains_added, done.domains_changed = done.domains_added + len(fresh), done.domains_changed + len(changed)
    done.domains_removed += len(gone)
