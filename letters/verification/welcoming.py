"""What becomes of an invitation when its signature is confirmed: evidence, and the place that was offered."""

from letters.ledger import audit
from letters.signatures import answering
from letters.signatures.models import Role, Signature
from letters.verification import recording
from letters.verification.providers import invitation as provider
from letters.verification.providers.base import Finding


def welcome(signature: Signature) -> None:
    """Record the invitation that this confirmed signature answers, and put the signatory where the organisers offered.

    Nothing happens for a signature that did not come by an invitation. Call in the transaction that confirms.
    """
    answered = answering.accept(signature)
    if answered is None:
        return
    recording.record(signature, provider.evidence(Finding()), by="invitation")
    if answered.role == Role.SIGNATORY:
        return
    signature.role = Role(answered.role)
    signature.save(update_fields=["role"])
    audit.record(audit.Action.SIGNATURE_PLACED, signature, by="invitation", detail=signature.role)
