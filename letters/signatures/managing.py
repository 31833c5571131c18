"""What signatories do with their own line, by the link in every mail: correct, hide, withdraw, erase, download."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.core import addresses, sealed, tokens
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.ledger import audit
from letters.outbox import queueing, suppressing
from letters.signatures import names, signals
from letters.signatures.models import Signature
from letters.signatures.signing import empty_line, erase_content, locked, place

MINE = "mine"  # purpose of the token
MINE_LINK = "mine_link"  # kind of the mail
WITHDRAWN = "withdrawn"  # kind of the mail
AXES = {
    "display_name": "name",
    "position": "position",
    "affiliation": "affiliation",
    "affiliation_status": "affiliation",
}


class NotStanding(RuleError):
    code = "not-standing"
    default = _("This signature was withdrawn; there is nothing left to change.")


@dataclass(frozen=True)
class Correction:
    """The line as it shall be; every field is cleaned."""

    display_name: str
    sort_name: str
    position: str
    affiliation: str
    affiliation_status: str
    country: str
    comment: str


def _standing(public_id: UUID) -> Signature:
    signature = locked(public_id)
    if not signature.is_confirmed:
        raise NotStanding
    return signature


@transaction.atomic
def correct(public_id: UUID, correction: Correction) -> Signature:
    """Change the printed line. Idempotent.

    A change of name, position or affiliation voids the evidence on that axis (``signature_corrected``); the line
    keeps its version and its date. A name that mixes scripts is held until an operator looked at it.

    Raises:
        NotStanding: the signature is not confirmed.
    """
    signature = _standing(public_id)
    changed = {name for name, value in asdict(correction).items() if getattr(signature, name) != value}
    if not changed:
        return signature
    for name in changed:
        setattr(signature, name, getattr(correction, name))
    if "display_name" in changed and "sort_name" not in changed:
        signature.sort_name = ""  # the old name's place is not the new name's
    if "display_name" in changed and names.needs_review(signature.display_name):
        signature.held_reason = "mixed-script"
    signature.changed_at = timezone.now()
    place(signature)
    signature.save()
    axes = {AXES[name] for name in changed if name in AXES}
    signals.signature_corrected.send(Signature, signature=signature, axes=axes)
    audit.record(audit.Action.SIGNATURE_CORRECTED, signature, by="signatory", detail=",".join(sorted(changed)))
    return signature


@transaction.atomic
def hide(public_id: UUID, *, hidden: bool) -> Signature:
    """Take the line out of list and files, or show it again. It stays counted, as a name withheld. Idempotent.

    Raises:
        NotStanding: the signature is not confirmed.
    """
    signature = _standing(public_id)
    if (signature.hidden_at is not None) == hidden:
        return signature
    now = timezone.now()
    signature.hidden_at = now if hidden else None
    signature.changed_at = now
    signature.save(update_fields=["hidden_at", "changed_at"])
    action = audit.Action.SIGNATURE_HIDDEN if hidden else audit.Action.SIGNATURE_SHOWN
    audit.record(action, signature, by="signatory")
    return signature


@transaction.atomic
def withdraw(public_id: UUID) -> Signature:
    """End a signature: the line is emptied at once, a receipt is mailed, then the address goes as well. Idempotent.

    Raises:
        NotStanding: it was never confirmed.
    """
    signature = locked(public_id)
    if signature.withdrawn_at is not None:
        return signature
    if not signature.is_confirmed:
        raise NotStanding
    empty_line(signature, timezone.now())
    signature.save()
    recipient = suppressing.index_of(signature.email) if signature.email_sealed else None  # a blocked one gets none
    queueing.queue_once(WITHDRAWN, signature.public_id, scope=str(signature.letter_id), recipient_index=recipient)
    signals.signature_ended.send(Signature, signature=signature)
    audit.record(audit.Action.SIGNATURE_WITHDRAWN, signature, by="signatory")
    return signature


@transaction.atomic
def erase(public_id: UUID) -> None:
    """Delete everything about a person now, the address and queued mails included. No receipt: we no longer can.

    A tombstone remains: letter, version, times, hash of the consents. Idempotent.
    """
    signature = locked(public_id)
    if signature.erased_at is not None:
        return
    queueing.forget(public_id)
    if signature.email_sealed:
        queueing.forget_address(suppressing.index_of(signature.email), scope=str(signature.letter_id))
    Signature.objects.pending().same_address(signature).exclude(pk=signature.pk).delete()
    if signature.is_pending:
        signature.delete()
    else:
        erase_content(signature)
        signals.signature_ended.send(Signature, signature=signature)
    audit.record(audit.Action.SIGNATURE_ERASED, signature, by="signatory")


def ask_for_link(letter: Letter, address: str) -> None:
    """Mail the owner of an address the link to the own signature, if there is one. Always the same work, no answer."""
    signature = Signature.objects.confirmed().by_address(letter, address).order_by("-id").first()
    unknown = UUID(bytes=sealed.fingerprint(addresses.canonical(address).encode()), version=4)
    subject_id = signature.public_id if signature else unknown
    with transaction.atomic():
        queueing.queue_again(MINE_LINK, subject_id, scope=str(letter.pk), recipient_index=suppressing.index_of(address))


def data_of(signature: Signature) -> dict[str, Any]:
    """Everything that is stored about a signatory, as JSON types, for the person alone (GDPR Arts. 15 and 20)."""
    plain = (
        "state", "role", "display_name", "sort_name", "position", "affiliation", "affiliation_status", "country",
        "comment", "consent_domain", "consent_comment", "consent_quote", "consent_press", "consent_updates",
        "consent_text_sha256", "held_reason", "removed_reason",
    )  # fmt: skip
    times = (
        "signed_at",
        "confirmed_at",
        "hidden_at",
        "withdrawn_at",
        "removed_at",
        "erased_at",
        "changed_at",
    )
    moments = {name: getattr(signature, name) for name in times}
    return {
        "signature_id": str(signature.public_id),
        "letter": signature.letter.slug,
        "letter_version": signature.version.number,
        "text_sha256": signature.version.sha256,
        "email": signature.email,
        **{name: getattr(signature, name) for name in plain},
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }


def token_for(signature: Signature) -> str:
    return tokens.make(MINE, signature.public_id)
