"""Taking mails out of the queue under a lease, and what becomes of them; the database decides every race."""

import os
import socket
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from letters.outbox import kinds
from letters.outbox.models import Message, MessageState, Suppression

BATCH = 50
UNWRITTEN = "build:"  # begins the code of a mail whose text could not be made
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 12  # for a mail that cannot even be written
GIVE_UP_AFTER = timedelta(hours=48)  # for one that a mail server does not take
CLAIM_LOCK = 0x756E6465  # one claim at a time, so that the caps below are exact

# How many mails strangers can cause to one address (trust: mail bombing).
CAPS = (
    kinds.Cap(3, timedelta(days=1), per_scope=True),
    kinds.Cap(5, timedelta(days=1)),
    kinds.Cap(15, timedelta(days=30)),
)


def worker_name() -> str:
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{threading.get_ident() % 100000}"


def claim(*, now: datetime | None = None, batch: int = BATCH) -> list[Message]:
    """Lease up to ``batch`` due mails to this worker for 60 seconds; empty when none is due.

    Mails over a cap or to a blocked address become *withheld* here and are not returned; where that was a whole batch
    the next is looked at, so that a flood of them delays nobody. A mail whose worker died is claimed again after its
    lease, with the same Message-ID.
    """
    while True:
        due, taken = _claim(now or timezone.now(), batch)
        if taken or not due:
            return taken


@transaction.atomic
def _claim(now: datetime, batch: int) -> tuple[int, list[Message]]:
    """(how many were due, those of them that may leave)."""
    found = Message.objects.all()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLAIM_LOCK])
        found = found.select_for_update(skip_locked=True, no_key=True, of=("self",))
    due = list(found.claimable(now).order_by("next_at", "id")[:batch])
    if not due:
        return 0, []
    refused = _refused(due, now)
    _mark_withheld(refused)
    _tell_withheld([message for message in due if message.pk in refused])
    taken = [message for message in due if message.pk not in refused]
    lease_until, name = now + LEASE, worker_name()
    Message.objects.filter(pk__in=[m.pk for m in taken]).update(
        state=MessageState.SENDING, lease_until=lease_until, lease_by=name
    )
    for message in taken:
        message.state, message.lease_until, message.lease_by = MessageState.SENDING, lease_until, name
    return len(due), taken


def _mark_withheld(refused: dict[int, str]) -> None:
    for code in set(refused.values()):
        Message.objects.filter(pk__in=[pk for pk, why in refused.items() if why == code]).update(
            state=MessageState.WITHHELD, error=code, lease_until=None, lease_by=""
        )


def _tell_withheld(messages: Sequence[Message]) -> None:
    for name in {message.kind for message in messages}:
        kind = kinds.kind(name)
        if kind and kind.withheld:
            kind.withheld([message.subject_id for message in messages if message.kind == name])


def _refused(due: Sequence[Message], now: datetime) -> dict[int, str]:
    """Which of these must not leave: {primary key: "blocked" or "capped"}."""
    marked = [m for m in due if m.recipient_index is not None]
    if not marked:
        return {}
    wanted = {bytes(m.recipient_index or b"") for m in marked}
    blocked = {
        bytes(value)
        for value in Suppression.objects.filter(recipient_index__in=wanted).values_list("recipient_index", flat=True)
    }
    counted = _Counted(wanted, now)
    refused = {}
    for message in marked:
        recipient = bytes(message.recipient_index or b"")
        if recipient in blocked:
            refused[message.pk] = "blocked"
        elif message.state == MessageState.DUE and not counted.admits(message, recipient):
            refused[message.pk] = "capped"
    return refused


class _Counted:
    """Capped mails that each of some addresses already got, with those admitted meanwhile."""

    def __init__(self, recipients: set[bytes], now: datetime) -> None:
        self.now = now
        self.capped = set(kinds.capped_names())
        self.counts: Counter[tuple[kinds.Cap, bytes, str]] = Counter()
        longest = max(cap.per for cap in CAPS)
        rows = Message.objects.filter(
            recipient_index__in=recipients, kind__in=self.capped, created_at__gt=now - longest
        ).exclude(state__in=[MessageState.DUE, MessageState.WITHHELD])
        for recipient, scope, state, created_at, sent_at in rows.values_list(
            "recipient_index", "scope", "state", "created_at", "sent_at"
        ):
            # What counts is when a mail left, which after an outage is long after it was queued.
            left_at = now if state == MessageState.SENDING else sent_at or created_at
            self._add(bytes(recipient or b""), scope, left_at)

    def _add(self, recipient: bytes, scope: str, left_at: datetime) -> None:
        for cap in CAPS:
            if left_at > self.now - cap.per:
                self.counts[cap, recipient, scope if cap.per_scope else ""] += 1

    def admits(self, message: Message, recipient: bytes) -> bool:
        if message.kind not in self.capped:
            return True
        if any(self.counts[cap, recipient, message.scope if cap.per_scope else ""] >= cap.amount for cap in CAPS):
            return False
        self._add(recipient, message.scope, self.now)
        return True


def settle(done: Sequence[tuple[Message, MessageState, str]], *, now: datetime | None = None) -> None:
    """Write what became of claimed mails: sent, withheld, bounced or dead, each with a code.

    A mail whose lease was meanwhile taken by another worker is left to that worker, unless it was sent.
    """
    now = now or timezone.now()
    for state, code in {(state, code) for _, state, code in done}:
        settled = [m for m, s, c in done if (s, c) == (state, code)]
        rows = Message.objects.filter(pk__in=[m.pk for m in settled])
        if state != MessageState.SENT:
            rows = rows.filter(lease_by__in={m.lease_by for m in settled})
        rows.update(
            state=state,
            error=code,
            lease_until=None,
            lease_by="",
            sent_at=now if state == MessageState.SENT else None,
        )


def postpone(message: Message, code: str, *, now: datetime | None = None) -> MessageState:
    """Put a mail back after a temporary failure, later each time; a mail that failed twelve times is *dead* and stays
    visible, but one that a server did not take is tried for 48 hours."""
    now = now or timezone.now()
    attempts = message.attempts + 1
    is_worth_trying = not code.startswith(UNWRITTEN) and now - message.created_at < GIVE_UP_AFTER
    state = MessageState.DEAD if attempts >= MAX_ATTEMPTS and not is_worth_trying else MessageState.DUE
    Message.objects.filter(pk=message.pk, lease_by=message.lease_by).update(
        state=state,
        attempts=attempts,
        next_at=now + backoff(attempts, message.pk),
        lease_until=None,
        lease_by="",
        error=code,
    )
    return state


def give_back(messages: Sequence[Message]) -> None:
    """End the lease of mails that were not tried; they are due at once and no attempt is counted."""
    if not messages:
        return
    ids = [message.pk for message in messages]
    Message.objects.filter(pk__in=ids, state=MessageState.SENDING, lease_by=messages[0].lease_by).update(
        state=MessageState.DUE, lease_until=None, lease_by=""
    )


def backoff(attempts: int, salt: int) -> timedelta:
    """1, 2, 4 … minutes up to 6 hours, stretched by up to a fifth so that a crowd does not return at once."""
    minutes = min(2.0 ** (attempts - 1), 360.0)
    return timedelta(minutes=minutes * (1 + (salt * 2654435761 % 1000) / 5000))


def retry_dead(ids: Sequence[int]) -> int:
    """Give dead or bounced mails a new start; returns how many."""
    now = timezone.now()
    return Message.objects.filter(pk__in=ids, state__in=[MessageState.DEAD, MessageState.BOUNCED]).update(
        state=MessageState.DUE, attempts=0, next_at=now, error=""
    )
