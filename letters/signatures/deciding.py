"""What a ruling does to a signature: remove it with a reason, take that back, place it above the list. Who may rule,
and on what evidence, is decided in ``letters/moderation``."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from letters.core.errors import RuleError
from letters.ledger import audit
from letters.signatures import signals
from letters.signatures.models import Role, Signature, SignatureState
from letters.signatures.signing import locked

REMOVAL_REASONS = (
    "not-a-person", "impersonation", "duplicate", "abusive-text", "asked-by-mail", "no-evidence", "claim-differs",
    "not-eligible", "not-authorised",
)  # fmt: skip


@transaction.atomic
def remove(signature: Signature, *, reason: str, by: str) -> None:
    """Take a confirmed signature out of list, count and files; it can be restored for thirty days.

    Raises:
        RuleError: the reason is not one of REMOVAL_REASONS, or the signature is not confirmed.
    """
    if reason not in REMOVAL_REASONS:
        raise RuleError(f"Give one of these reasons: {', '.join(REMOVAL_REASONS)}.", code="reason")
    row = locked(signature.public_id)
    if row.state == SignatureState.REMOVED:
        return
    if not row.is_confirmed:
        raise RuleError("Only a confirmed signature can be removed.", code="not-confirmed")
    now, was_counted = timezone.now(), not row.held_reason
    row.state, row.removed_reason, row.removed_at, row.changed_at = SignatureState.REMOVED, reason, now, now
    row.save(update_fields=["state", "removed_reason", "removed_at", "changed_at"])
    audit.record(audit.Action.SIGNATURE_REMOVED, row, by=by, detail=reason)
    signals.line_left.send(Signature, signature=row, how="removed", was_counted=was_counted)


@transaction.atomic
def restore(signature: Signature, *, by: str) -> None:
    """Undo a removal. Raises RuleError when there is nothing to restore or the person signed anew."""
    row = locked(signature.public_id)
    if row.state != SignatureState.REMOVED or not row.display_name:
        raise RuleError("Only a signature removed within the last thirty days can be restored.", code="not-removed")
    row.state, row.removed_reason, row.removed_at = SignatureState.CONFIRMED, "", None
    row.changed_at = timezone.now()
    try:
        with transaction.atomic():
            row.save(update_fields=["state", "removed_reason", "removed_at", "changed_at"])
    except IntegrityError:
        raise RuleError("This address has signed anew since; that signature stands.", code="signed-anew") from None
    audit.record(audit.Action.SIGNATURE_RESTORED, row, by=by)
    if row.is_public:
        signals.line_back.send(Signature, signature=row, how="restored")


@transaction.atomic
def set_role(signature: Signature, *, role: str, by: str) -> None:
    """Put a confirmed signature above the list as initiator or selected signatory, or back into it. Idempotent.

    Raises:
        RuleError: it is not confirmed, or neither invited nor reviewed; the database would refuse that as well.
    """
    row = locked(signature.public_id)
    if row.role == role:
        return
    if not row.is_confirmed:
        raise RuleError("Only a confirmed signature can stand above the list.", code="not-confirmed")
    if role != Role.SIGNATORY and not (row.is_invited or row.is_reviewed):
        raise RuleError("Only somebody invited or checked can stand above the list.", code="unchecked")
    row.role, row.changed_at = Role(role), timezone.now()
    row.save(update_fields=["role", "changed_at"])
    audit.record(audit.Action.SIGNATURE_PLACED, row, by=by, detail=role)
