"""One act on one line, without the queue: print what is held, remove what stands, restore what was removed."""

from datetime import datetime

from django.db import transaction

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.ledger import audit
from letters.moderation import cases, deciding, reasons, screening
from letters.moderation.models import Case, Decision, Reason
from letters.outbox import queueing
from letters.signatures import deciding as signature_deciding
from letters.signatures.models import Signature, SignatureState
from letters.verification.providers import organization


@transaction.atomic
def release(signature: Signature, *, by: User) -> None:
    """Accept all that holds a line; it is printed when nothing waits for a second reviewer. Idempotent.

    Raises:
        RuleError: a case needs evidence or another reviewer; nothing is released then.
    """
    holding = Case.objects.holding().filter(signature=signature).order_by("opened_at", "id")
    was_held = bool(Signature.objects.values_list("held_reason", flat=True).get(pk=signature.pk))
    for case in holding:
        deciding.accept(case.public_id, by=by)
    cases.refresh_hold(signature)
    if was_held and not signature.held_reason:
        audit.record(audit.Action.SIGNATURE_RELEASED, signature, by=f"user:{by.pk}")


@transaction.atomic
def remove(signature: Signature, *, reason_code: str, by: User) -> None:
    """Take a confirmed signature away with a reason of the list and its mail, as a refusal at the desk. Idempotent.

    Raises:
        RuleError: the reason is not of the list, or the signature is not confirmed.
    """
    signature.refresh_from_db()
    if signature.state == SignatureState.REMOVED:
        return
    if not signature.is_confirmed:
        raise RuleError("Only a confirmed signature can be removed.", code="not-confirmed")
    case = cases.open_case(signature, Reason.OPERATOR)
    deciding.refuse(case.public_id, by=by, reason_code=reason_code, note=str(reasons.REFUSALS.get(reason_code, "-")))


@transaction.atomic
def restore(signature: Signature, *, by: User) -> None:
    """Undo a removal of the last thirty days; a mail about it that waits does not leave.

    Raises:
        RuleError: nothing to restore, or the person signed anew.
    """
    removed_at = Signature.objects.values_list("removed_at", flat=True).get(pk=signature.pk)
    signature_deciding.restore(signature, by=f"user:{by.pk}")
    for public_id in Case.objects.filter(signature=signature, decision=Decision.REFUSED).values_list(
        "public_id", flat=True
    ):
        queueing.forget(public_id)
    signature.refresh_from_db()
    screening.screen_again(signature, _closed_with(signature, removed_at))
    organization.on_corrected(signature)


def _closed_with(signature: Signature, removed_at: datetime | None) -> datetime | None:
    """When the refusal that removed the signature was taken."""
    if removed_at is None:
        return None
    refused = Case.objects.filter(signature=signature, decision=Decision.REFUSED, closed_at__lte=removed_at)
    return refused.order_by("-closed_at").values_list("closed_at", flat=True).first()
