"""Who is told by mail that a decision waits for them: the members of a letter's teams who may take it. Gathered, for
what is new alone, and never with a word about whose line it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case as Choose
from django.db.models import CharField, Count, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from letters.accounts.models import User
from letters.accounts.permissions import Permission
from letters.core import tokens
from letters.documents import standing
from letters.documents.models import Letter
from letters.moderation import bulking
from letters.moderation.models import Alert, BulkDecision, Case, Reason
from letters.outbox import queueing, suppressing
from letters.outbox.models import Message

ALERT = "alert"  # kind of the mail, and purpose of the token that ends it
EVERY = timedelta(hours=1)
"""At most one mail to a person in this time, about all letters."""
SETTLES = timedelta(minutes=10)
"""What waits is told of after this time: a sitting at the queue becomes one mail, and what is taken back none."""
LAST_DAY = timedelta(days=1)
"""So long before a decision about many is over for want of a second person, that is told of once more."""
SECOND, MANY = "second", "many"
_ASKED = (Reason.APPEAL, Reason.DISPUTE)
_DECIDERS = (Permission.REVIEW, Permission.DECIDE_IN_BULK)


@dataclass(frozen=True)
class Waiting:
    """How many decisions of one kind wait under a letter: ``SECOND``, ``MANY``, or an appeal or dispute; ``late`` of
    them longer than promised."""

    letter_id: int
    what: str
    count: int
    late: int


def tell(*, now: datetime | None = None) -> int:
    """Queue a mail to everybody for whom something new waits; returns how many. Safe to run twice, and at once."""
    now = now or timezone.now()
    return sum(_tell_one(user, now) for user in _people(_letters_that_wait(now)))


def _letters_that_wait(now: datetime) -> list[Letter]:
    decisions = bulking.waiting_for_second(Letter.objects.all(), now=now)
    found = Q(pk__in=_asked().values("letter")) | Q(pk__in=decisions.values("letter"))
    return list(Letter.objects.filter(found).order_by("pk"))


def _people(letters: Iterable[Letter]) -> list[User]:
    rows = (standing.people_who_may(letter, permission) for letter in letters for permission in _DECIDERS)
    return list({user.pk: user for found in rows for user in found}.values())


def _tell_one(user: User, now: datetime) -> bool:
    alert, _is_new = Alert.objects.get_or_create(user=user)
    since = alert.mailed_at
    if not alert.is_on or (since is not None and since > now - EVERY) or not _is_news(user, since, now):
        return False
    with transaction.atomic():
        # Of two workers at the same instant one finds the row as both read it.
        if not Alert.objects.filter(pk=alert.pk, is_on=True, mailed_at=since).update(mailed_at=now):
            return False
        if _is_on_its_way(alert):  # an outage must not end with one mail for each of its hours
            return False
        queueing.queue_again(ALERT, alert.public_id, recipient_index=suppressing.index_of(user.email))
    return True


def _is_on_its_way(alert: Alert) -> bool:
    mails = Message.objects.about(alert.public_id).filter(kind=ALERT)
    return mails.exclude(pk__in=mails.settled().values("pk")).exists()


def _is_news(user: User, since: datetime | None, now: datetime) -> bool:
    """Whether something began to wait for this person since the last mail, or its time ran out since then."""
    cases, many = _cases_of(user), _many_of(user, now)
    begun = _between("began_at", since, now - SETTLES)
    if since is None:
        return cases.filter(begun).exists() or many.filter(begun).exists()
    over = Q(due_at__gt=since - SETTLES, due_at__lte=now - SETTLES)
    last_day = bulking.SECOND_WAITS - LAST_DAY
    ends = _between("counted_at", since - last_day, now - SETTLES - last_day)
    return cases.filter(begun | over).exists() or many.filter(begun | ends).exists()


def _between(field: str, since: datetime | None, until: datetime) -> Q:
    """Later than the last mail looked at, and not later than ``until``."""
    found = Q(**{f"{field}__lte": until})
    return found if since is None else found & Q(**{f"{field}__gt": since - SETTLES})


def _asked() -> QuerySet[Case]:
    """Open cases that ask for somebody in particular: a second reviewer, or anybody but whoever decided before."""
    return Case.objects.waiting().filter(Q(decided_by__isnull=False) | Q(reason__in=_ASKED))


def _cases_of(user: User) -> QuerySet[Case]:
    """Those that this person may decide: not what they accepted already, nor an appeal against their own decision."""
    letters = standing.letters_as_member(user, Permission.REVIEW)
    rows = _asked().filter(letter__in=letters).exclude(decided_by=user)
    rows = rows.exclude(appeal_of__decided_by=user).exclude(appeal_of__second_by=user)
    return rows.annotate(began_at=Coalesce("approved_at", "opened_at", output_field=DateTimeField()))


def _many_of(user: User, now: datetime) -> QuerySet[BulkDecision]:
    letters = standing.letters_as_member(user, Permission.DECIDE_IN_BULK)
    rows = bulking.but_of(user, bulking.waiting_for_second(letters, now=now))
    return rows.annotate(began_at=Coalesce("asked_at", "counted_at", output_field=DateTimeField()))


def what_waits(user: User, *, now: datetime | None = None) -> list[Waiting]:
    """All that waits for this person now, by letter and kind, whether told of before or not. Two queries."""
    now = now or timezone.now()
    second = Choose(When(decided_by__isnull=False, then=Value(SECOND)), default=F("reason"), output_field=CharField())
    rows = _cases_of(user).annotate(what=second).order_by("letter_id", "what").values_list("letter_id", "what")
    counted = rows.annotate(count=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)))
    many = _many_of(user, now).order_by("letter_id").values_list("letter_id").annotate(count=Count("pk"))
    found = [Waiting(*row) for row in counted.values_list("letter_id", "what", "count", "late")]
    return found + [Waiting(letter_id, MANY, count, 0) for letter_id, count in many]


def is_on(user: User) -> bool:
    """Whether this person wants the mails; on until they say no."""
    return not Alert.objects.filter(user=user, is_on=False).exists()


@transaction.atomic
def switch(user: User, *, on: bool) -> None:
    """Begin or end the mails to this person; one that waits in the queue does not leave. Idempotent."""
    alert, _is_new = Alert.objects.get_or_create(user=user)
    Alert.objects.filter(pk=alert.pk).update(is_on=on)
    if not on:
        queueing.forget(alert.public_id)


def token_for(alert: Alert) -> str:
    """For a link that ends the mails, begins them again, and opens nothing."""
    return tokens.make(ALERT, alert.public_id)


def find(token: str) -> Alert | None:
    """The row whose owner holds the link; None when the account is gone. Raises LinkInvalid."""
    row_id: UUID = tokens.read(ALERT, token)
    return Alert.objects.select_related("user").filter(public_id=row_id).first()
