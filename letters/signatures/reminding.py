"""What happens to a signature that nobody confirms: two reminders, then it is deleted whole."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from letters.outbox import queueing, suppressing
from letters.outbox.models import Message, MessageState, Suppression
from letters.signatures.emails import REMINDER
from letters.signatures.models import Signature
from letters.signatures.signing import CONFIRM, confirm_within

BATCH = 500


def remind(*, now: datetime | None = None) -> int:
    """Queue the reminders that are due by the days in REMIND_DAYS; returns how many.

    Safe to run twice: each reminder has its serial. None goes to a row whose first mail did not arrive, to a blocked
    address, or for a letter that takes no signatures.
    """
    now = now or timezone.now()
    queued = 0
    for serial, days in enumerate(settings.REMIND_DAYS, 1):
        newer = settings.REMIND_DAYS[serial] if serial < len(settings.REMIND_DAYS) else settings.CONFIRM_DAYS
        rows = Signature.objects.pending().filter(
            signed_at__lte=now - timedelta(days=days), signed_at__gt=now - timedelta(days=newer)
        )
        for signature in rows.select_related("letter").order_by("pk").iterator(BATCH):
            queued += _remind_one(signature, serial, now)
    return queued


def _remind_one(signature: Signature, serial: int, now: datetime) -> bool:
    if not signature.letter.is_open_at(now):
        return False
    first = Message.objects.filter(subject_id=signature.public_id, kind=CONFIRM)
    if not first.filter(state=MessageState.SENT).exists():
        return False
    recipient = suppressing.index_of(signature.email)
    if Suppression.objects.filter(recipient_index=recipient).exists():
        return False
    return queueing.queue_once(
        REMINDER,
        signature.public_id,
        scope=str(signature.letter_id),
        recipient_index=recipient,
        serial=serial,
    )


def expire(*, now: datetime | None = None) -> int:
    """Delete attempts that waited longer than CONFIRM_DAYS, and their mails; returns how many. Safe to run twice."""
    now = now or timezone.now()
    overdue = Signature.objects.pending().filter(signed_at__lt=now - confirm_within())
    deleted = 0
    while ids := list(overdue.order_by("pk").values_list("public_id", flat=True)[:BATCH]):
        with transaction.atomic():
            Message.objects.filter(subject_id__in=ids).delete()
            deleted += Signature.objects.pending().filter(public_id__in=ids).delete()[0]
    return deleted
