"""Putting a mail into the queue: a row in the caller's transaction, and a nudge to the workers after it commits."""

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max, Model
from django.utils import timezone

from letters.core import storing
from letters.outbox import waking
from letters.outbox.models import Message


def queue(
    kind: str, subject_id: UUID, *, scope: str = "", recipient_index: bytes | None = None, serial: int = 0
) -> None:
    """Queue a first mail of this kind about this row. For rows that cannot have one yet: no check, one insert."""
    drafted(kind, subject_id, scope=scope, recipient_index=recipient_index, serial=serial).save(force_insert=True)
    transaction.on_commit(waking.wake)


def drafted(
    kind: str, subject_id: UUID, *, scope: str = "", recipient_index: bytes | None = None, serial: int = 0
) -> Message:
    """An unsaved mail, for ``queue_with``."""
    now = timezone.now()
    return Message(
        kind=kind, subject_id=subject_id, serial=serial, scope=scope, recipient_index=recipient_index,
        created_at=now, next_at=now,
    )  # fmt: skip


def queue_with(row: Model, message: Message) -> None:
    """Store a new row and the mail about it, both or neither, in one statement where the database can.

    Raises:
        IntegrityError: one of them exists already; neither is stored.
    """
    storing.insert_together(row, message)
    transaction.on_commit(waking.wake)


def queue_once(
    kind: str, subject_id: UUID, *, scope: str = "", recipient_index: bytes | None = None, serial: int = 0
) -> bool:
    """Idempotent: True when queued now, False when the same mail is in the queue or was sent."""
    try:
        with transaction.atomic():
            queue(kind, subject_id, scope=scope, recipient_index=recipient_index, serial=serial)
    except IntegrityError:
        return False
    return True


def queue_many(messages: Sequence[Message]) -> None:
    """Queue mails that were drafted, each with its own ``next_at``. For rows that cannot have one of the kind yet."""
    Message.objects.bulk_create(messages)
    transaction.on_commit(waking.wake)


def queue_again(kind: str, subject_id: UUID, *, scope: str = "", recipient_index: bytes | None = None) -> None:
    """Queue one more mail of a kind about a row that may have had some; the caps decide whether it leaves."""
    newest = Message.objects.about(subject_id).filter(kind=kind).aggregate(newest=Max("serial"))["newest"]
    serial = 0 if newest is None else newest + 1  # not their count: old ones are purged
    queue_once(kind, subject_id, scope=scope, recipient_index=recipient_index, serial=serial)


def forget(subject_id: UUID) -> None:
    """Delete every mail about a row; what is in flight leaves at most once more."""
    Message.objects.filter(subject_id=subject_id).delete()


def forget_address(recipient_index: bytes, *, scope: str) -> None:
    """Delete every mail to an address within one letter, those of attempts that are gone included."""
    Message.objects.filter(recipient_index=recipient_index, scope=scope).delete()
