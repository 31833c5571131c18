"""«This is not me», «not our employee»: what third parties say against a line. Their address is confirmed first; then
the organisers look the same day. The form is no weapon: it hides a line only where nothing but a mailbox stands behind
it, and an employer disputes an affiliation, never a signature."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.core import tokens
from letters.core.errors import LinkInvalid, RuleError
from letters.ledger import audit
from letters.moderation import cases
from letters.moderation.models import Case, Dispute, DisputeKind, Reason
from letters.outbox import queueing, suppressing
from letters.signatures.models import Signature, Verification
from letters.signatures.signing import locked

CONFIRM = "dispute_confirm"  # purpose of the token and kind of the mail
TEXT_MAX = 2000


class NotPrinted(RuleError):
    code = "not-printed"
    default = _("This line is not printed any more, so there is nothing to dispute.")


@transaction.atomic
def ask(signature: Signature, *, kind: str, text: str, email: str) -> None:
    """Store what somebody says against a printed line and mail the address to confirm it; nothing else happens yet.

    Always the same work, whoever writes; the caps of all mails hold.

    Raises:
        NotPrinted: readers do not see the line.
    """
    if not signature.is_public or signature.is_sample:
        raise NotPrinted
    dispute = Dispute(signature=signature, kind=DisputeKind(kind), asked_at=timezone.now())
    dispute.set_text(text)
    dispute.set_email(email)
    dispute.save(force_insert=True)
    queueing.queue(
        CONFIRM,
        dispute.public_id,
        scope=str(signature.letter_id),
        recipient_index=suppressing.index_of(email),
    )


def token_for(dispute: Dispute) -> str:
    return tokens.make(CONFIRM, dispute.public_id)


def find(token: str) -> Dispute:
    """The dispute behind the link in its mail. Raises LinkInvalid when it is not ours or is gone."""
    row_id = tokens.read(CONFIRM, token)
    dispute = Dispute.objects.select_related("signature__letter__version").filter(public_id=row_id).first()
    if dispute is None:
        raise LinkInvalid
    return dispute


@transaction.atomic
def confirm(public_id: UUID) -> Case | None:
    """The address is confirmed: open the case, due the same day. Idempotent.

    The line is hidden at once only when its signature has a confirmed mailbox alone and the dispute is about the
    person; else it stays until somebody decided. None when the line ended meanwhile.
    """
    dispute = Dispute.objects.get(public_id=public_id)
    signature = locked(Signature.objects.values_list("public_id", flat=True).get(pk=dispute.signature_id))
    dispute = Dispute.objects.select_for_update().get(pk=dispute.pk)
    if dispute.confirmed_at is not None:
        return dispute.case
    dispute.confirmed_at = timezone.now()
    if signature.is_confirmed:
        is_holding = dispute.kind != DisputeKind.AFFILIATION and has_mailbox_alone(signature)
        dispute.case = _case(signature, dispute.kind, is_holding=is_holding)
        audit.record(audit.Action.CASE_OPENED, dispute.case, by="third-party", detail=dispute.kind)
    dispute.save(update_fields=["confirmed_at", "case"])
    return dispute.case


def _case(signature: Signature, kind: str, *, is_holding: bool) -> Case:
    case = cases.open_case(signature, Reason.DISPUTE, is_holding=is_holding, detail=kind)
    if case.detail == DisputeKind.AFFILIATION and kind != DisputeKind.AFFILIATION:
        case.detail = kind  # the graver one decides what a refusal does
        case.save(update_fields=["detail"])
    return case


def has_mailbox_alone(signature: Signature) -> bool:
    """Tier 1: nothing but a confirmed address stands behind the line."""
    is_stronger = signature.verification in (Verification.ACCOUNT, Verification.AFFILIATION)
    return not (is_stronger or signature.is_invited or signature.is_reviewed)
