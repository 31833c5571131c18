"""Who is written to after a ruling, and when: the signatory with the reasons, whoever disputed with the outcome; and
whoever was told of a decision that was taken back. What the mails say is in emails.py."""

from datetime import datetime

from django.utils import timezone

from letters.moderation.models import Case, Decision, Reason
from letters.outbox import queueing, suppressing
from letters.outbox.models import Message, MessageState

REFUSED = "refused"  # kinds of mail
RESTORED = "restored"
DISPUTE_OUTCOME = "dispute_outcome"


def on_ruled(case: Case, *, mail_at: datetime | None = None) -> None:
    """Queue what a ruling makes due, to leave when the time to undo is over and not before ``mail_at``."""
    if case.decision == Decision.REFUSED:
        _reasons(case, mail_at)
    if case.reason == Reason.DISPUTE:
        _outcome(case)


def _reasons(case: Case, mail_at: datetime | None) -> None:
    signature, until = case.signature, case.undo_until()
    if case.reason == Reason.PLACEMENT or not signature.email_sealed:
        return
    message = queueing.drafted(
        REFUSED, case.public_id, scope=str(case.letter_id), recipient_index=suppressing.index_of(signature.email)
    )
    if until is not None:
        message.next_at = max(until, mail_at or until)
    message.save(force_insert=True)


def _outcome(case: Case) -> None:
    for dispute in case.disputes.filter(confirmed_at__isnull=False):
        message = queueing.drafted(
            DISPUTE_OUTCOME, dispute.public_id, scope=str(case.letter_id),
            recipient_index=suppressing.index_of(dispute.email),
        )  # fmt: skip
        message.next_at = case.undo_until() or timezone.now()
        message.save(force_insert=True)


def on_undone(case: Case) -> None:
    """Mails about the decision that have not left do not leave; a signatory who was mailed the reasons is told that
    they no longer hold."""
    was_told = Message.objects.about(case.public_id).filter(kind=REFUSED, state=MessageState.SENT).exists()
    queueing.forget(case.public_id)
    for dispute in case.disputes.all():
        queueing.forget(dispute.public_id)
    signature = case.signature
    if was_told and signature.email_sealed:
        index = suppressing.index_of(signature.email)
        queueing.queue_again(RESTORED, signature.public_id, scope=str(case.letter_id), recipient_index=index)
