"""How readers found a letter: hosts of the pages before, per day. Counted in memory, so that no reader waits for it.

Nothing about the person is kept: no address, no browser, no time of day, no path of the page that they came from.
"""

import threading
from collections import Counter
from datetime import date

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Sum

from letters.documents.models import Letter
from letters.press.models import VisitCount

MOST_SOURCES = 100
"""Hosts of one letter and day that are told apart; a flood of invented ones is counted as ``OTHER``."""
MOST_HELD = 10_000
OTHER = "other"

Key = tuple[int, date, str, str]
"""Letter id, day, page and source."""

_held: Counter[Key] = Counter()
_lock = threading.Lock()
_timer: threading.Timer | None = None


def note(letter_id: int, day: date, page: str, source: str) -> None:
    """Count one visit in this process; it is stored within VISIT_FLUSH_SECONDS, or lost if the process dies."""
    key = (letter_id, day, page, source)
    with _lock:
        if len(_held) >= MOST_HELD and key not in _held:
            key = (letter_id, day, page, OTHER)
        _held[key] += 1
        _start_timer()


def _start_timer() -> None:
    global _timer
    if _timer is None or not _timer.is_alive():
        _timer = threading.Timer(settings.VISIT_FLUSH_SECONDS, _flush_apart)
        _timer.daemon = True
        _timer.start()


def _flush_apart() -> None:
    """In a thread of its own: a reader's request never waits for the database because of this."""
    try:
        flush()
    finally:
        connection.close()


def flush() -> int:
    """Store what this process counted; returns how many rows that took. Visits of letters that are gone are dropped."""
    with _lock:
        taken = dict(_held)
        _held.clear()
    letters = set(Letter.objects.filter(pk__in={key[0] for key in taken}).values_list("pk", flat=True))
    done = 0
    for key in sorted(taken):  # in one order, so that two processes never wait for each other in a ring
        if key[0] in letters:
            _add(key, taken[key])
            done += 1
    return done


def _add(key: Key, visits: int) -> None:
    letter_id, day, page, source = key
    known = VisitCount.objects.filter(letter_id=letter_id, day=day, page=page)
    if known.filter(source=source).update(visits=F("visits") + visits):
        return
    if source not in ("", OTHER) and known.count() >= MOST_SOURCES:
        _add((letter_id, day, page, OTHER), visits)
        return
    try:
        with transaction.atomic():
            VisitCount.objects.create(letter_id=letter_id, day=day, page=page, source=source, visits=visits)
    except IntegrityError:  # another process began this row between our look and now
        known.filter(source=source).update(visits=F("visits") + visits)


def sources(letter: Letter, *, most: int = 15) -> list[tuple[str, int]]:
    """[(host, visits)] of the letter's page, the most frequent first; the rest is summed up as ``OTHER``."""
    rows = VisitCount.objects.filter(letter=letter, page="letter").values_list("source")
    found = list(rows.annotate(total=Sum("visits")).order_by("-total", "source"))
    named = [row for row in found if row[0] != OTHER]
    rest = sum(total for _source, total in named[most:]) + sum(total for source, total in found if source == OTHER)
    return [*named[:most], *([(OTHER, rest)] if rest else [])]
