"""What happened under a letter, day by day: counted by a job every minute where something changed, never by a page."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Count, DurationField, Exists, ExpressionWrapper, F, Min, OuterRef, Q, Sum
from django.db.models.functions import TruncDate, TruncHour
from django.utils import timezone

from letters.documents.models import ENDED, Letter
from letters.moderation.models import Case
from letters.outbox.models import Message
from letters.press.models import DayCount, Figures, VisitCount
from letters.signatures.models import PUBLIC, Signature
from letters.signatures.signing import CONFIRM

OVERLAP = timedelta(seconds=30)
RENEW_AFTER = timedelta(hours=1)
FIRST_HOURS = 72
PARTS = ("forms", "mails", "bounced", "confirmed", "published")
NEVER_LESS = ("forms", "mails", "bounced")
"""Their rows are deleted in time: the highest number ever counted for a day stands."""

Days = dict[date, dict[str, int]]


def refresh(*, now: datetime | None = None) -> int:
    """Count anew every letter in which something happened since it was counted; returns how many were.

    Safe to run twice.
    """
    now = now or timezone.now()
    done = 0
    for letter in _stale(now):
        recount(letter, now=now)
        done += 1
    return done


def _stale(now: datetime) -> list[Letter]:
    seen = OuterRef("figures__as_of") - OVERLAP
    rows = Signature.objects.filter(letter=OuterRef("pk"))
    happened = Exists(
        rows.filter(Q(state="pending", signed_at__gt=seen) | (~Q(state="pending") & Q(changed_at__gt=seen)))
    )
    old = Q(figures__as_of__lt=now - RENEW_AFTER) & ~Q(state__in=ENDED)
    letters = Letter.objects.filter(version__isnull=False).filter(Q(figures__isnull=True) | old | happened)
    return list(letters.order_by("pk"))


def recount(letter: Letter, *, now: datetime) -> Figures:
    """Count one letter's days and medians and store them. Samples are nobody and count nowhere."""
    days = _days(letter)
    first = _rows(letter).aggregate(at=Min("confirmed_at"))["at"]
    values: dict[str, Any] = {
        "as_of": now,
        "first_hour_at": first and first.replace(minute=0, second=0, microsecond=0),
        "first_hours": _first_hours(letter, first) if first else [],
        "mail_seconds": _median(_asked(letter).filter(sent_at__isnull=False), F("sent_at") - F("created_at")),
        "confirm_seconds": _median(_confirmed(letter), F("confirmed_at") - F("signed_at")),
        "decision_seconds": _median(_decided(letter), F("closed_at") - F("opened_at")),
    }
    with transaction.atomic():
        _store(letter, days)
        return Figures.objects.update_or_create(letter=letter, defaults=values)[0]


def _days(letter: Letter) -> Days:
    days: Days = defaultdict(lambda: dict.fromkeys(PARTS, 0))
    for day, forms in _by_day(_rows(letter), "signed_at", total=Count("pk")):
        days[day]["forms"] = forms
    confirmed = _rows(letter).filter(confirmed_at__isnull=False)
    for day, total, public in _by_day(confirmed, "confirmed_at", total=Count("pk"), public=Count("pk", filter=PUBLIC)):
        days[day]["confirmed"], days[day]["published"] = total, public
    left = Count("pk", filter=Q(sent_at__isnull=False))
    came_back = Count("pk", filter=Q(state="bounced"))
    for day, mails, bounced in _by_day(_asked(letter), "created_at", mails=left, bounced=came_back):
        days[day]["mails"], days[day]["bounced"] = mails, bounced
    return days


def _rows(letter: Letter) -> models.QuerySet[Signature]:
    """Each person once: whoever carried a signature over to a new version signed before."""
    return Signature.objects.filter(letter=letter, is_sample=False, carried_from__isnull=True)


def _by_day(rows: models.QuerySet[Any], moment: str, **counted: Count) -> list[tuple[Any, ...]]:
    found = rows.annotate(on=TruncDate(moment, tzinfo=UTC)).order_by().values("on").annotate(**counted)
    return list(found.values_list("on", *counted))


def _asked(letter: Letter) -> models.QuerySet[Message]:
    """The first mail of each attempt that is still known (31 days)."""
    return Message.objects.filter(kind=CONFIRM, scope=str(letter.pk), serial=0)


def _confirmed(letter: Letter) -> models.QuerySet[Signature]:
    return _rows(letter).filter(confirmed_at__gt=F("signed_at"))


def _decided(letter: Letter) -> models.QuerySet[Case]:
    return Case.objects.decided().filter(letter=letter)


def _first_hours(letter: Letter, first: datetime) -> list[int]:
    begin = first.replace(minute=0, second=0, microsecond=0)
    rows = _rows(letter).filter(confirmed_at__lt=begin + timedelta(hours=FIRST_HOURS))
    found = rows.annotate(at=TruncHour("confirmed_at", tzinfo=UTC)).order_by().values("at").annotate(n=Count("pk"))
    hours = [0] * FIRST_HOURS
    for at, amount in found.values_list("at", "n"):
        hours[int((at - begin).total_seconds() // 3600)] = amount
    return hours


def _median(rows: models.QuerySet[Any], wait: Any) -> int | None:
    """The middle waiting time in whole seconds; None where nothing waited."""
    total = rows.count()
    if not total:
        return None
    waits = rows.annotate(wait=ExpressionWrapper(wait, output_field=DurationField())).order_by("wait")
    middle: timedelta = waits.values_list("wait", flat=True)[(total - 1) // 2]
    return round(middle.total_seconds())


def _store(letter: Letter, days: Days) -> None:
    known = {row.day: row for row in DayCount.objects.filter(letter=letter)}
    new: list[DayCount] = []
    changed: list[DayCount] = []
    for day in sorted(known.keys() | days.keys()):
        row = known.get(day) or DayCount(letter=letter, day=day)
        before = [getattr(row, part) for part in PARTS]
        for part in PARTS:
            value = days[day][part] if day in days else 0
            setattr(row, part, max(value, getattr(row, part)) if part in NEVER_LESS else value)
        if row.pk is None:
            new.append(row)
        elif before != [getattr(row, part) for part in PARTS]:
            changed.append(row)
    DayCount.objects.bulk_create(new, ignore_conflicts=True)
    DayCount.objects.bulk_update(changed, PARTS, batch_size=500)


@dataclass(frozen=True)
class Funnel:
    """From the opened form to the printed line, in numbers of the whole letter; a day's mails may confirm the next."""

    opened: int
    forms: int
    mails: int
    bounced: int
    confirmed: int
    published: int

    @property
    def bounce_percent(self) -> float | None:
        return round(100 * self.bounced / self.mails, 1) if self.mails else None


def funnel(letter: Letter) -> Funnel:
    """The sums over all days. Two queries."""
    sums = DayCount.objects.filter(letter=letter).aggregate(**{part: Sum(part, default=0) for part in PARTS})
    opened = VisitCount.objects.filter(letter=letter, page="form").aggregate(n=Sum("visits", default=0))["n"]
    return Funnel(opened=opened, **sums)


def days_of(letter: Letter) -> list[tuple[date, int, int]]:
    """[(day, confirmed on it, confirmed until its end)] from the first day with one to the last, none left out."""
    rows = dict(DayCount.objects.filter(letter=letter).values_list("day", "confirmed"))
    with_any = [day for day, confirmed in rows.items() if confirmed]
    if not with_any:
        return []
    found, total, day = [], 0, min(with_any)
    while day <= max(with_any):
        total += rows.get(day, 0)
        found.append((day, rows.get(day, 0), total))
        day += timedelta(days=1)
    return found
