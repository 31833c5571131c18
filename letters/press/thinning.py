"""Daily snapshots thin out with time, so that a letter which is open for years does not fill the disk.

Only files go, and only of snapshots that were made because a day was over: number, time, counts, and the hash of every
file stay, on the snapshot's page and in the public ledger. What somebody asked for stays whole.
"""

import logging
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.ledger import audit
from letters.outreach.models import Delivery
from letters.press import snapshots, turns
from letters.press.models import Snapshot, SnapshotReason

logger = logging.getLogger(__name__)

DAILY_DAYS = 30
"""So long every daily snapshot keeps its files; then the last of each week does."""
WEEKLY_DAYS = 365
"""From then on the last of each month does."""
SWEEP = timedelta(days=7)
"""So long a folder that could not be deleted is tried again."""


class AlreadyThinned(RuleError):
    code = "already-thinned"


def rule() -> str:
    """What is announced to readers, in the present language."""
    return _(
        "Daily snapshots keep their files for {days} days, then one a week does, and after a year one a month. All "
        "others, and the newest of every text, keep them for good. Number, time, counts and hashes always stay."
    ).format(days=DAILY_DAYS)


def run(*, now: datetime) -> int:
    """Remove the files that the rule no longer keeps; returns of how many snapshots. Safe to run twice."""
    old = Snapshot.objects.kept().filter(reason=SnapshotReason.DAILY, as_of__lt=now - timedelta(days=DAILY_DAYS))
    done = 0
    for letter in Letter.objects.filter(pk__in=old.order_by().values("letter").distinct()):
        done += sum(_thin(row, now) for row in due(letter, now=now))
    _sweep(now)
    return done


def due(letter: Letter, *, now: datetime) -> list[Snapshot]:
    """The snapshots of a letter whose files the rule no longer keeps, the oldest first. Three queries."""
    rows = list(Snapshot.objects.kept().filter(letter=letter).order_by("as_of"))
    stays = _for_good(letter, rows) | _last_of_each(rows, now)
    return [row for row in rows if row.pk not in stays]


def _for_good(letter: Letter, rows: list[Snapshot]) -> set[int]:
    found = {row.pk for row in rows if row.reason != SnapshotReason.DAILY}
    found |= set({row.version_id: row.pk for row in rows}.values())  # the newest of each text
    handed_over = Delivery.objects.filter(letter=letter, removed_at__isnull=True).values_list("recorded_at", flat=True)
    for moment in handed_over:  # the list that was handed over
        found |= {row.pk for row in [row for row in rows if _at(row) <= moment][-1:]}
    return found


def _last_of_each(rows: Iterable[Snapshot], now: datetime) -> set[int]:
    """All of the last days, the last of each week of the last year, of those the last in each month before. A week that
    reaches into newer time has its last one there, so every run leads to what one run at the end would."""
    rows = list(rows)
    weeks = {_at(row).isocalendar()[:2]: row for row in rows}
    months = {(_at(row).year, _at(row).month): row for row in weeks.values()}
    found = {row.pk for row in rows if _at(row) >= now - timedelta(days=DAILY_DAYS)}
    found |= {row.pk for row in weeks.values() if _at(row) >= now - timedelta(days=WEEKLY_DAYS)}
    return found | {row.pk for row in months.values() if _at(row) < now - timedelta(days=WEEKLY_DAYS)}


def _at(row: Snapshot) -> datetime:
    return (row.as_of or row.asked_at).astimezone(UTC)


def _thin(row: Snapshot, now: datetime) -> bool:
    """Readers are told first, then the folder goes; not while a worker makes files anew in it."""
    with turns.lease(row) as is_ours:
        if is_ours:
            Snapshot.objects.filter(pk=row.pk).update(files_removed_at=now, is_whole=True)
            _delete(row)
    return is_ours


def _delete(row: Snapshot) -> None:
    folder = snapshots.folder_of(row)
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        logger.error("snapshot %s: its folder cannot be deleted: %s", row.public_id, error.strerror)


def _sweep(now: datetime) -> None:
    """Delete what a run that broke, or could not, has left."""
    for row in Snapshot.objects.filter(files_removed_at__gt=now - SWEEP):
        _delete(row)


@transaction.atomic
def keep(letter: Letter, label: str, *, by: User) -> Snapshot:
    """Have a daily snapshot keep its files for good, because somebody cited it. Idempotent; audited.

    Raises:
        AlreadyThinned: its files were removed, or there is no such snapshot.
    """
    row = Snapshot.objects.select_for_update(of=("self",)).kept().filter(letter=letter, label=label).first()
    if row is None:
        raise AlreadyThinned(_("The files of this snapshot are gone already; its page keeps its counts and hashes."))
    if row.reason == SnapshotReason.DAILY:
        row.reason, row.asked_by = SnapshotReason.ASKED, by
        row.save(update_fields=["reason", "asked_by"])
        audit.record(audit.Action.SNAPSHOT_KEPT, row, by=f"user:{by.pk}")
    return row
