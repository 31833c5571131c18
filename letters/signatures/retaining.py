"""Forgetting on time: what the privacy notice promises, done by one job that is safe to run twice."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from letters.documents.models import Letter
from letters.ledger import audit
from letters.outbox import purging, queueing
from letters.outbox.models import Message
from letters.signatures import inviting, managing, reminding, renewing, signals
from letters.signatures.models import Signature, SignatureState
from letters.signatures.signing import empty_line

RECEIPT_WITHIN = timedelta(hours=24)  # the longest that a withdrawn person's address waits for its receipt
REMOVED_KEPT = timedelta(days=30)  # how long a removal can be undone
BATCH = 1000


def run(*, now: datetime | None = None) -> dict[str, int]:
    """Do every deletion that is due; returns how many rows each rule touched."""
    now = now or timezone.now()
    return {
        "expired": reminding.expire(now=now),
        "withdrawn_addresses": forget_withdrawn(now=now),
        "removed": forget_removed(now=now),
        "closed_addresses": forget_closed(now=now),
        "invitations": inviting.forget_old(now=now),
        "renewals": renewing.forget_closed(now=now),
        "messages": purging.purge(now),
        "audit": audit.purge(now),
    }


def forget_withdrawn(*, now: datetime) -> int:
    """Drop the address of withdrawn signatures as soon as the receipt was sent, after a day in any case."""
    rows = Signature.objects.filter(state=SignatureState.WITHDRAWN, email_sealed__isnull=False)
    waiting = Message.objects.filter(kind=managing.WITHDRAWN, state__in=["due", "sending"])
    done = rows.exclude(public_id__in=waiting.values("subject_id")) | rows.filter(withdrawn_at__lt=now - RECEIPT_WITHIN)
    return _drop_addresses(Q(pk__in=list(done.values_list("pk", flat=True)[: 10 * BATCH])), now)


def _drop_addresses(which: Q, now: datetime) -> int:
    return Signature.objects.filter(which).update(
        email_sealed=None, email_index_odd=None, email_index_even=None, erased_at=now
    )


def forget_removed(*, now: datetime) -> int:
    """Empty what was removed more than thirty days ago; the tombstone keeps its reason."""
    done = 0
    overdue = Signature.objects.filter(state=SignatureState.REMOVED, removed_at__lt=now - REMOVED_KEPT)
    for signature in overdue.exclude(display_name="")[:BATCH]:
        with transaction.atomic():
            queueing.forget(signature.public_id)
            empty_line(signature, now)
            signature.state, signature.withdrawn_at = SignatureState.REMOVED, None
            signature.email_sealed = signature.email_index_odd = signature.email_index_even = None
            signature.erased_at = now
            signature.save()
            signals.signature_ended.send(Signature, signature=signature)
        done += 1
    return done


def forget_closed(*, now: datetime) -> int:
    """Drop every address of a letter thirty days after it closed; names stay as agreed."""
    total = 0
    for letter in Letter.objects.long_closed(now):
        rows = Signature.objects.filter(letter=letter, email_sealed__isnull=False)
        while ids := list(rows.values_list("pk", flat=True)[:BATCH]):
            total += Signature.objects.filter(pk__in=ids).update(
                email_sealed=None, email_index_odd=None, email_index_even=None, erased_at=F("erased_at")
            )
    return total
