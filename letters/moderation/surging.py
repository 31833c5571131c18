"""How fast a letter is signed and where from, for whoever must tell a wave of people from one of machines. Reads only;
mail domains are looked at in memory and told as counts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncHour, TruncMinute
from django.db.models.functions.datetime import TruncBase
from django.utils import timezone

from letters.documents.models import Letter
from letters.moderation import pace, selecting
from letters.moderation.models import Case, Pace, Reason
from letters.signatures.models import Signature

MINUTES = 60
HOURS = 72
MOST_OPENED = 2000
"""How many addresses are opened to count their domains: the newest."""
LEAST_TOLD = 3
"""A domain or network of fewer is told of to nobody: it could be one person."""
MOST_TOLD = 15


@dataclass(frozen=True)
class Surge:
    """One letter's last days: ``minutes`` and ``hours`` are (begin, confirmed, still unconfirmed of those who signed
    up then), oldest first; ``domains`` and ``networks`` are (name or hash, count) of the newest confirmed ones."""

    minutes: list[tuple[datetime, int, int]]
    hours: list[tuple[datetime, int, int]]
    domains: list[tuple[str, int]]
    networks: list[tuple[str, int]]
    looked_at: int
    confirmed: int
    unconfirmed_percent: int
    threshold: int
    held: int


def surge_of(letter: Letter, *, now: datetime | None = None) -> Surge:
    """Everything that the page about the pace shows. Six queries at any size, each of a few days."""
    now = now or timezone.now()
    since = (now - timedelta(hours=HOURS - 1)).replace(minute=0, second=0, microsecond=0)
    minute = now.replace(second=0, microsecond=0)
    recent = minute - timedelta(minutes=MINUTES - 1)
    confirmed = _by_time(
        Signature.objects.filter(letter=letter, is_sample=False, confirmed_at__gte=since), "confirmed_at", recent
    )
    waiting = _by_time(Signature.objects.pending().filter(letter=letter, signed_at__gte=since), "signed_at", recent)
    newest = list(
        Signature.objects.confirmed()
        .filter(letter=letter, is_sample=False, confirmed_at__gte=since)
        .order_by("-confirmed_at")
        .values_list("public_id", "email_sealed", "network")[:MOST_OPENED]
    )
    known = Pace.objects.filter(letter=letter).first()
    hour_ago = now - pace.HOUR
    return Surge(
        minutes=_filled(confirmed, waiting, minute, timedelta(minutes=1), MINUTES),
        hours=_filled(confirmed, waiting, now.replace(minute=0, second=0, microsecond=0), pace.HOUR, HOURS),
        domains=_told(selecting.domain_in(public_id, email_sealed) for public_id, email_sealed, _network in newest),
        networks=_told(bytes(network).hex() for _id, _sealed, network in newest if network is not None),
        looked_at=len(newest),
        confirmed=sum(count for minute, count in confirmed.items() if minute > hour_ago),
        unconfirmed_percent=known.unconfirmed_percent if known else 0,
        threshold=pace.threshold_for(letter),
        held=Case.objects.waiting().filter(letter=letter, reason=Reason.SPIKE).count(),
    )


def _by_time(rows: QuerySet[Signature], column: str, recent: datetime) -> Counter[datetime]:
    """How many a minute since ``recent``, and before it how many an hour: some hundred numbers instead of thousands.
    One query. What is left of the hour that ``recent`` lies in is a number of its own."""
    late = _counted(rows.filter(**{f"{column}__gte": recent}), TruncMinute(column))
    return Counter(dict(late.union(_counted(rows.filter(**{f"{column}__lt": recent}), TruncHour(column)), all=True)))


def _counted(rows: QuerySet[Signature], step: TruncBase) -> QuerySet[Any, tuple[datetime, int]]:
    return rows.order_by().annotate(begin=step).values_list("begin").annotate(count=Count("id"))


def _filled(
    confirmed: Counter[datetime], waiting: Counter[datetime], last: datetime, step: timedelta, amount: int
) -> list[tuple[datetime, int, int]]:
    """Every step of time, those without anybody included."""
    first = last - (amount - 1) * step
    sums: list[list[int]] = [[0, 0] for _ in range(amount)]
    for place, counted in enumerate((confirmed, waiting)):
        for minute, count in counted.items():
            at = (minute - first) // step
            if 0 <= at < amount:
                sums[at][place] += count
    return [(first + at * step, sums[at][0], sums[at][1]) for at in range(amount)]


def _told(names: Iterable[str]) -> list[tuple[str, int]]:
    found = Counter(name for name in names if name)
    return [(name, count) for name, count in found.most_common(MOST_TOLD) if count >= LEAST_TOLD]
