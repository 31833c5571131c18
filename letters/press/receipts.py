"""The receipt: once a line has its number in the ledger, its signatory gets the proof, and holds it against us.

One short mail for each line, sent when the line was first logged; whoever signed before the log was begun finds it on
the own page alone.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from letters.core.errors import KeyRingError
from letters.outbox import kinds, queueing, suppressing
from letters.outbox.models import Message
from letters.press import proofs
from letters.press.models import Commitment, Scan
from letters.signatures import emails
from letters.signatures.models import Signature

logger = logging.getLogger(__name__)

RECEIPT = "receipt"
AFTER = timedelta(seconds=15)
"""The checkpoint is signed by then."""
LATE = timedelta(hours=1)
"""A log that begins so long after the launch is one of an update: nobody is written to about the past."""


class NotSignedYet(Exception):
    """The entry waits for its checkpoint; the mail is tried again."""


def queue(scan: Scan, new: Sequence[Commitment]) -> int:
    """Queue the receipts for lines that were just logged for the first time, in the caller's transaction; how many."""
    letter, log = scan.letter, scan.log
    if not settings.LEDGER_RECEIPTS or letter.is_sample or not new:
        return 0
    is_late = letter.published_at is not None and log.started_at > letter.published_at + LATE
    ids = [row.pk for row in new]
    logged = Commitment.objects.filter(signature__in=[row.signature_id for row in new]).exclude(pk__in=ids)
    before = set(logged.values_list("signature_id", flat=True))
    rows = [row.signature for row in new if row.signature is not None and row.signature_id not in before]
    rows = [row for row in rows if _is_written_to(row) and not (is_late and _is_older(row, scan))]
    told = Message.objects.filter(kind=RECEIPT, subject_id__in=[row.public_id for row in rows])
    had = set(told.values_list("subject_id", flat=True))  # before a restored backup
    wanted = [row for row in rows if row.public_id not in had]
    drafted = [message for row in wanted if (message := _drafted(row)) is not None]
    queueing.queue_many(drafted)
    return len(drafted)


def _is_written_to(row: Signature) -> bool:
    return bool(row.email_sealed) and not row.is_sample


def _is_older(row: Signature, scan: Scan) -> bool:
    return row.confirmed_at is None or row.confirmed_at < scan.log.started_at


def _drafted(row: Signature) -> Message | None:
    """None where no key opens the address: whoever cannot be mailed must not keep everybody else out of the log."""
    try:
        recipient = suppressing.index_of(row.email)
    except KeyRingError:
        logger.exception("no receipt for signature %s: no key opens its address", row.public_id)
        return None
    message = queueing.drafted(RECEIPT, row.public_id, scope=str(row.letter_id), recipient_index=recipient)
    message.next_at = timezone.now() + AFTER
    return message


def build(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """Each with the number, the proof as a text that may be kept, and the way to the own page."""

    def write(signature: Signature) -> kinds.Built:
        if not signature.is_confirmed:
            return kinds.Withhold("gone")
        receipt = proofs.receipt_of(signature)
        if receipt is None and Commitment.objects.filter(signature=signature, retracted_by__isnull=True).exists():
            raise NotSignedYet
        if receipt is None:
            return kinds.Withhold("gone")  # taken back for checking meanwhile
        return emails.render(RECEIPT, signature, receipt=receipt)

    return emails.each(messages, write)


def register() -> None:
    """Called once when the site starts."""
    kinds.register(RECEIPT, build, capped=False)
