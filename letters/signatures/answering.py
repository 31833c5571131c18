"""What an invited person does with an invitation: open the form, sign, decline; and what bounces do to it.

The name and the address are those of the invitation. So a link that was forwarded signs for nobody else, and the
mail to confirm reaches the person whom the organisers meant.
"""

from contextlib import suppress
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from letters.core import addresses, sealed, tokens, typed
from letters.core.errors import KeyRingError, RuleError
from letters.documents.models import Letter
from letters.ledger import audit
from letters.outbox import suppressing
from letters.outbox.models import Message, Suppression, SuppressionReason
from letters.signatures import inviting, signing
from letters.signatures.inviting import InvitationOver, end, locked
from letters.signatures.models import Invitation, InvitationState, SignatoryType, Signature


class OtherName(RuleError):
    code = "other-name"


class LinkUsed(RuleError):
    code = "link-used"


def find(token: str) -> Invitation:
    """The invitation behind a link, answered ones included.

    Raises:
        LinkInvalid: the token is not ours.
        InvitationOver: nothing is stored under it any more.
    """
    rows = Invitation.objects.select_related("letter__version", "letter__amendment")
    row = rows.filter(public_id=tokens.read(inviting.INVITED, token)).first()
    if row is None:
        raise InvitationOver
    return row


def standing(invitation: Invitation) -> str:
    """What the person sees: "open", "waiting" (the form was sent, the mail is not answered), "signed" or "over"."""
    if invitation.state == InvitationState.SIGNED:
        return "signed"
    if invitation.ended_at is not None:
        return "over"
    attempt = inviting.attempt_of(invitation)
    return "waiting" if attempt is not None and attempt.is_pending else "open"


@transaction.atomic
def open_form(invitation: Invitation) -> None:
    """Note that the person asked for the form by a pressed button. Idempotent.

    Raises:
        InvitationOver: it has ended.
    """
    row = locked(invitation)
    if row.ended_at is not None:
        raise InvitationOver
    if row.opened_at is None:
        row.state, row.opened_at = InvitationState.OPENED, timezone.now()
        row.save(update_fields=["state", "opened_at"])


def is_bound_name(invitation: Invitation, name: str) -> bool:
    """True when the typed name is the invited one, whatever its case and accents."""
    return typed.fold(name) == typed.fold(invitation.name)


@transaction.atomic
def sign(invitation: Invitation, filled: signing.Typed, *, nonce: UUID, text_sha256: str, consents_sha256: str) -> UUID:
    """Store the attempt of an invited person, who still has to answer the mail like everybody; returns its public id.

    The same form sent twice is the same attempt; any other form while one waits is refused.

    Raises:
        InvitationOver: it has ended.
        OtherName: the typed name is not the invited one.
        LinkUsed: an attempt of this invitation waits for its mail.
        signing.LetterNotOpen, signing.TextChanged: as ``signing.sign``.
    """
    row = locked(invitation)
    if row.ended_at is not None or not row.email_sealed:
        raise InvitationOver
    if not is_bound_name(row, filled.display_name):
        raise OtherName(_("You were invited as {name}; this link signs under that name alone.").format(name=row.name))
    if addresses.canonical(filled.email) != addresses.canonical(row.email):
        raise OtherName(_("This link signs with the address alone at which you were invited."))
    again = signing.attempt_id(row.letter, nonce, filled) == row.attempt
    if not row.letter.takes_invited:
        raise signing.LetterNotOpen
    if not again and standing(row) == "waiting":
        raise LinkUsed(_("You have sent this form before. Look for our mail, and press its button to sign."))
    public_id = signing.sign(
        row.letter, filled, nonce=nonce, text_sha256=text_sha256, consents_sha256=consents_sha256, invited=True
    )
    row.attempt, row.state = public_id, InvitationState.OPENED
    row.opened_at = row.opened_at or timezone.now()
    row.save(update_fields=["attempt", "state", "opened_at"])
    return public_id


@transaction.atomic
def decline(invitation: Invitation, *, block: bool = False) -> Suppression | None:
    """No more mail about this letter; with ``block`` never again any mail of this site, which can be lifted.

    The address is dropped at once. Idempotent; without effect once it was signed.
    """
    theirs = Invitation.objects.filter(pk=invitation.pk, attempt__isnull=False).values("attempt")
    # Locked before the invitation, as confirming does: else the two could wait for each other.
    attempt = Signature.objects.filter(public_id__in=theirs).select_for_update(of=("self",)).first()
    row = locked(invitation)
    address = row.email
    if row.ended_at is None:
        if attempt is not None and attempt.is_pending:
            attempt.delete()
        end(row, InvitationState.DECLINED)
        audit.record(audit.Action.INVITATION_DECLINED, row, by="invited")
    return suppressing.suppress(address, SuppressionReason.NOT_ME) if block and address else None


def accept(signature: Signature) -> Invitation | None:
    """Close the invitation that this confirmed signature answers; None unless it came by the invitation's link.

    Somebody who was invited and signed by the ordinary form is not asked again either, but proved nothing more than
    everybody. Call inside the transaction that confirms.
    """
    if signature.signatory_type != SignatoryType.PERSON:  # whoever signs for an organisation may sign in person as well
        return None
    theirs = Q(attempt=signature.public_id)
    with suppress(KeyRingError):  # an address that no longer opens must not keep anybody from confirming
        theirs |= Q(email_index=_index(signature.letter_id, signature.email))
    row = Invitation.objects.filter(theirs, letter_id=signature.letter_id, ended_at__isnull=True).first()
    if row is None:
        return None
    came_by_it = row.attempt == signature.public_id and is_bound_name(row, signature.display_name)
    row.attempt = signature.public_id
    row.save(update_fields=["attempt"])
    end(row, InvitationState.SIGNED, now=signature.confirmed_at)
    return row if came_by_it else None


def blocked(recipient_index: bytes, reason: str) -> int:
    """Close the invitations to an address that takes no more mail; returns how many."""
    mails = Message.objects.filter(recipient_index=recipient_index, kind__in=[inviting.INVITATION, inviting.REMINDER])
    return _close(list(mails.values_list("subject_id", flat=True)), reason)


@transaction.atomic
def _close(public_ids: list[UUID], reason: str) -> int:
    state = InvitationState.BOUNCED if reason == SuppressionReason.BOUNCE else InvitationState.DECLINED
    rows = Invitation.objects.filter(public_id__in=public_ids, ended_at__isnull=True)
    found = list(rows.select_for_update(of=("self",), no_key=True))
    for row in found:
        end(row, state)
    return len(found)


def forget(signature: Signature) -> None:
    """Take the name out of the invitation that led to a signature which has ended; the hash of the address stays, so
    that nobody who withdrew is asked again."""
    Invitation.objects.filter(attempt=signature.public_id).update(name="", address_source="")


def data_of(signature: Signature) -> dict[str, str] | None:
    """What is stored of the invitation that led to a signature, for the person alone."""
    row = Invitation.objects.filter(attempt=signature.public_id).first()
    if row is None:
        return None
    return {
        "name": row.name,
        "address_source": row.address_source,
        "role": row.role,
        "state": row.state,
        "sent_at": row.sent_at.isoformat(),
    }


def forget_address(letter: Letter, address: str) -> None:
    """Delete every invitation of an address under a letter: its owner erases everything."""
    Invitation.objects.filter(letter=letter, email_index=_index(letter.pk, address)).delete()


def _index(letter_id: int, address: str) -> bytes:
    return sealed.identity_index(letter_id, inviting.INVITED, addresses.canonical(address))
