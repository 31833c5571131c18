"""Ending and renewing one's consent to updates, by the link in each of them; no login, effect at once (RFC 8058)."""

from uuid import UUID

from django.db import transaction

from letters.core import tokens
from letters.ledger import audit
from letters.outbox import suppressing
from letters.outbox.models import Message, MessageQuerySet, MessageState
from letters.outreach.mailing import UPDATE
from letters.signatures import twins
from letters.signatures.models import Signature, SignatureQuerySet

UPDATES = "updates"  # purpose of the token


def token_for(signature: Signature) -> str:
    return tokens.make(UPDATES, signature.public_id)


def find(token: str) -> Signature | None:
    """The line whose owner holds the link; None when it is gone, and nobody is mailed for it any more.

    Raises:
        LinkInvalid: the link is not whole, or not ours.
    """
    rows = Signature.objects.select_related("letter__version", "letter__amendment")
    return rows.filter(public_id=tokens.read(UPDATES, token)).first()


@transaction.atomic
def stop(public_id: UUID) -> int:
    """End the consent of the line and of every other line of that address under the letter, and keep back what waits in
    the queue for it. Idempotent; returns how many lines it ended."""
    signature = Signature.objects.select_related("letter").get(public_id=public_id)
    ended = _twins(signature).filter(consent_updates=True).update(consent_updates=False)
    if signature.email_sealed:
        _waiting(signature).update(state=MessageState.WITHHELD, error="unsubscribed")
    if ended:
        audit.record(audit.Action.UPDATES_OFF, signature, by="signatory", detail=str(ended))
    return ended


@transaction.atomic
def renew(public_id: UUID) -> bool:
    """Take an ending back, for this line and the person's lines under other versions. Idempotent; False when the line
    no longer stands or has no address."""
    lines = twins.locked(public_id)
    if not lines or not lines[0].is_confirmed or not lines[0].email_sealed:
        return False
    rows = Signature.objects.confirmed().filter(pk__in=[line.pk for line in lines])
    if rows.filter(consent_updates=False).update(consent_updates=True):
        audit.record(audit.Action.UPDATES_ON, lines[0], by="signatory")
    return True


def _twins(signature: Signature) -> SignatureQuerySet:
    """All lines of one person under one letter, whatever their version, type or state; those that were carried over
    also after the address is gone."""
    carried = [row.pk for row in twins.locked(signature.public_id)]
    if not signature.email_sealed:
        return Signature.objects.filter(pk__in=carried)
    return Signature.objects.by_address(signature.letter, signature.email) | Signature.objects.filter(pk__in=carried)


def _waiting(signature: Signature) -> MessageQuerySet:
    index = suppressing.index_of(signature.email)
    return Message.objects.filter(
        kind=UPDATE, scope=str(signature.letter_id), recipient_index=index, state=MessageState.DUE
    )
