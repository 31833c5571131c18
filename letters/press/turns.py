"""Work that waits in rows of a table and is done by workers one row after another; no rule about what is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from django.core.cache import cache
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

STUCK_AFTER = timedelta(minutes=5)
"""A worker that wrote nothing for so long has died: the work is begun anew."""
PROGRESS_FOR = 3600  # seconds


class Turn(Protocol):
    """A row that waits for its turn; ``state`` is "waiting", then "running"."""

    pk: int
    state: str
    started_at: datetime | None
    done_count: int
    total_count: int


Row = TypeVar("Row", bound=models.Model)


def take(rows: "models.QuerySet[Row]", now: datetime, *, is_busy: Callable[[Row, datetime], bool]) -> Row | None:
    """Take the first row that waits, or that a worker left unfinished; it is *running* since ``now`` then. None when
    there is nothing to do. ``is_busy`` tells that some worker is still at it."""
    free = Q(state="waiting") | Q(state="running", started_at__lt=now - STUCK_AFTER)
    with transaction.atomic():
        waiting = rows.select_for_update(skip_locked=True, of=("self",)).filter(free).order_by("asked_at", "pk")
        row = next((row for row in waiting if not is_busy(row, now)), None)
        if row is not None:
            row.state, row.started_at, row.done_count = "running", now, 0  # type: ignore[attr-defined] # a Turn
            row.save(update_fields=["state", "started_at", "done_count"])
        return row


def is_ours(row: Turn) -> bool:
    """True, and the row is locked, while nobody else has taken it since we did. Inside a transaction."""
    rows = type(row).objects.select_for_update(of=("self",))  # type: ignore[attr-defined] # a model
    return bool(rows.filter(pk=row.pk, state="running", started_at=row.started_at).first() is not None)


def note(row: Turn, done: int, total: int) -> None:
    """Remember how far it is: in the cache, as everything is read in one long transaction."""
    row.done_count, row.total_count = done, total
    cache.set(_key(row), (done, total), PROGRESS_FOR)


def progress_of(row: Turn) -> tuple[int, int]:
    """(done, in all) of work that is under way."""
    found: tuple[int, int] = cache.get(_key(row), (row.done_count, row.total_count))
    return found


def _key(row: Turn) -> str:
    return f"turn:{type(row).__name__}:{row.pk}"


@contextmanager
def lease(row: models.Model) -> Iterator[bool]:
    """True for the one worker that may touch the folder of a row that is ready (``started_at``, ``ready_at``); one
    that died loses its turn after STUCK_AFTER."""
    now, rows = timezone.now(), type(row)._default_manager.filter(pk=row.pk)
    free = Q(started_at__lt=now - STUCK_AFTER) | Q(started_at__lte=F("ready_at"))
    is_ours = bool(rows.filter(free).update(started_at=now))
    try:
        yield is_ours
    finally:
        if is_ours:
            rows.update(started_at=F("ready_at"))
