"""Reminding the organisers to look for a response: 14, 30 and 90 days after a delivery, until one is recorded."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from letters.accounts import permissions
from letters.accounts.models import User
from letters.accounts.permissions import Permission
from letters.documents import standing
from letters.documents.models import Letter, LetterState
from letters.outbox import queueing
from letters.outreach import addressees
from letters.outreach.enums import REMIND_AFTER as REMIND_AFTER
from letters.outreach.models import Delivery, Event, EventKind, Notice, NoticeKind

LOOK = "look"  # kind of the mail


def unanswered() -> QuerySet[Delivery]:
    """Deliveries of a whole list whose addressee has not responded since; acknowledging receipt is no response."""
    answered = Event.objects.filter(
        letter=OuterRef("letter"), addressee=OuterRef("addressee"), kind=EventKind.RESPONSE,
        removed_at__isnull=True, happened_on__gte=OuterRef("delivered_on"),
    )  # fmt: skip
    rows = Delivery.objects.filter(removed_at__isnull=True, supplement_of__isnull=True)
    return rows.filter(~Exists(answered)).exclude(letter__state=LetterState.ARCHIVED)


def is_unanswered(delivery: Delivery) -> bool:
    return unanswered().filter(pk=delivery.pk).exists()


def due_mark(delivery: Delivery) -> int | None:
    """The newest of the days on which to look that has come; None before the first, and for those that had passed
    before the delivery was recorded."""
    elapsed = (addressees.today_for(delivery.letter) - delivery.delivered_on).days
    recorded = (delivery.recorded_at.date() - delivery.delivered_on).days
    return max((days for days in REMIND_AFTER if recorded <= days <= elapsed), default=None)


def remind(*, now: datetime | None = None) -> int:
    """Queue the reminders that are due; returns how many. Safe to run twice: one for a delivery, person and mark."""
    now = now or timezone.now()
    begun = now.date() - timedelta(days=min(REMIND_AFTER) - 1)
    queued = 0
    for delivery in unanswered().filter(delivered_on__lte=begun).select_related("letter").order_by("pk").iterator(200):
        days = due_mark(delivery)
        if days is not None and not _is_done(delivery, days):
            queued += sum(_remind_one(delivery, user, days, now) for user in _organisers(delivery.letter))
    return queued


def _is_done(delivery: Delivery, days: int) -> bool:
    """Somebody was reminded: who joins the team later is not told of a day that has passed."""
    return Notice.objects.filter(delivery=delivery, days=days).exists()


def _remind_one(delivery: Delivery, user: User, days: int, now: datetime) -> bool:
    try:
        with transaction.atomic():
            notice = Notice.objects.create(
                kind=NoticeKind.LOOK, user=user, delivery=delivery, days=days, created_at=now
            )
            queueing.queue(LOOK, notice.public_id)
    except IntegrityError:
        return False
    return True


def _organisers(letter: Letter) -> list[User]:
    """Members of the owning team who may publish."""
    team = standing.owner_of(letter)
    if team is None:
        return []
    roles = permissions.roles_with(Permission.PUBLISH)
    rows = User.objects.filter(memberships__team=team, memberships__role__in=roles, is_active=True)
    return list(rows.order_by("pk"))


def forget(*, now: datetime | None = None) -> int:
    """Delete test mails' rows after 31 days, when the queue has forgotten them as well; returns how many."""
    limit = (now or timezone.now()) - timedelta(days=31)
    return Notice.objects.filter(kind=NoticeKind.TEST, created_at__lt=limit).delete()[0]
