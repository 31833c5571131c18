"""What signatories do with their own line, by the link in every mail: correct, hide, withdraw, erase, download."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from letters.core import addresses, sealed, tokens
from letters.documents import texts
from letters.documents.models import Letter
from letters.ledger import audit
from letters.outbox import queueing, suppressing
from letters.signatures import anonymising, answering, consenting, names, renewing, signals
from letters.signatures.anonymising import NotStanding as NotStanding
from letters.signatures.models import DETAILS, Representation, SignatoryType, Signature, Verification, WaitingChange
from letters.signatures.signing import empty_line, erase_content, family, locked, place, words_of

MINE = "mine"  # purpose of the token
MINE_LINK = "mine_link"  # kind of the mail
WITHDRAWN = "withdrawn"  # kind of the mail
AXES = {
    "display_name": "name",
    "given_name": "name",
    "family_name": "name",
    "name_latin": "name",
    "honorific_prefix": "position",
    "honorific_suffix": "position",
    "position": "position",
    "affiliation": "affiliation",
    "affiliation_status": "affiliation",
}


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
    given_name: str = ""
    family_name: str = ""
    name_latin: str = ""
    honorific_prefix: str = ""
    honorific_suffix: str = ""
    sector: str = ""
    orcid: str = ""
    website: str = ""


def _standing(public_id: UUID) -> Signature:
    signature = locked(public_id)
    if not signature.is_confirmed:
        raise NotStanding
    return signature


def evidenced_axes(signature: Signature) -> set[str]:
    """Parts of the line that more than the signatory's word stands behind: "name", "position", "affiliation"."""
    is_organization = signature.signatory_type == SignatoryType.ORGANIZATION
    has_affiliation = signature.verification == Verification.AFFILIATION
    found = {
        "name": signature.is_reviewed or signature.is_invited or (is_organization and has_affiliation),
        "position": signature.is_reviewed,
        "affiliation": signature.is_reviewed or has_affiliation,
    }
    return {axis for axis, is_evidenced in found.items() if is_evidenced}


@transaction.atomic
def correct(public_id: UUID, correction: Correction) -> Signature:
    """Change the printed line. Idempotent.

    What nobody checked changes at once; the line keeps its version and its date. A part that was checked stays as it
    is printed while the new text waits (``WaitingChange``, ``change_waits``) for the organisers, for ``print_now`` or
    ``take_back``. A name that mixes scripts is held until somebody looked at it.

    Raises:
        NotStanding: the signature is not confirmed.
        NameDeleted: the name was deleted after the check.
    """
    signature = _standing(public_id)
    if anonymising.is_nameless(signature):
        raise anonymising.NameDeleted
    wanted = asdict(correction)
    changed = {name: value for name, value in wanted.items() if getattr(signature, name) != value}
    evidenced = evidenced_axes(signature)
    waits = {name: value for name, value in changed.items() if AXES.get(name) in evidenced}
    if "display_name" in waits and "sort_name" in changed:
        waits["sort_name"] = changed["sort_name"]  # the new name's place is not the old name's
    at_once = {name: value for name, value in changed.items() if name not in waits}
    if at_once:
        print_changes(signature, at_once, by="signatory")
    _let_wait(signature, waits)
    return signature


def _let_wait(signature: Signature, waits: dict[str, str]) -> None:
    before = WaitingChange.objects.filter(signature=signature).first()
    if not waits:
        if before is not None:
            _end_waiting(signature)
        return
    if before is not None and before.changes == waits:
        return
    WaitingChange.objects.update_or_create(signature=signature, defaults={"changes": waits, "asked_at": timezone.now()})
    signals.change_waits.send(Signature, signature=signature, axes=_axes(waits))
    audit.record(audit.Action.CHANGE_ASKED, signature, by="signatory", detail=",".join(sorted(waits)))


def _axes(changes: Mapping[str, str]) -> set[str]:
    return {AXES[name] for name in changes if name in AXES}


def _end_waiting(signature: Signature) -> None:
    WaitingChange.objects.filter(signature=signature).delete()
    signals.change_ended.send(Signature, signature=signature)


def print_changes(signature: Signature, changes: Mapping[str, str], *, by: str) -> None:
    """Print new text in a locked row. Evidence on the changed axes is voided (``signature_corrected``)."""
    was_public, words = signature.is_public, words_of(signature)
    for name, value in changes.items():
        setattr(signature, name, value)
    if "display_name" in changes and "sort_name" not in changes:
        signature.sort_name = ""  # the old name's place is not the new name's
    if "display_name" in changes and names.needs_review(signature.display_name):
        signature.held_reason = signature.held_reason or "mixed-script"
    signature.changed_at = timezone.now()
    place(signature)
    signature.save()
    if signature.hidden_at is not None:
        anonymising.follow(signature, words)
    if was_public:
        signals.line_changed.send(Signature, signature=signature, fields=set(changes))
        if not signature.is_public:
            signals.line_left.send(Signature, signature=signature, how="held", was_counted=True)
    signals.signature_corrected.send(Signature, signature=signature, axes=_axes(changes))
    audit.record(audit.Action.SIGNATURE_CORRECTED, signature, by=by, detail=",".join(sorted(changes)))


@transaction.atomic
def print_now(public_id: UUID, *, by: str = "signatory") -> Signature:
    """Print the waiting change; the evidence on its axes is gone. Idempotent.

    Raises:
        NotStanding: the signature is not confirmed.
    """
    signature = _standing(public_id)
    waiting = WaitingChange.objects.filter(signature=signature).first()
    if waiting is not None:
        print_changes(signature, waiting.changes, by=by)
        _end_waiting(signature)
    return signature


@transaction.atomic
def take_back(public_id: UUID, *, by: str = "signatory") -> Signature:
    """Drop the waiting change; the printed line and its evidence stay. Idempotent.

    Raises:
        NotStanding: the signature is not confirmed.
    """
    signature = _standing(public_id)
    if WaitingChange.objects.filter(signature=signature).exists():
        _end_waiting(signature)
        audit.record(audit.Action.CHANGE_DROPPED, signature, by=by)
    return signature


def waiting_change(signature: Signature) -> dict[str, str]:
    """The new text that waits, by field of the line; empty when none does."""
    waiting = WaitingChange.objects.filter(signature=signature).first()
    return dict(waiting.changes) if waiting else {}


def _may_show_name(signature: Signature, consent_text_sha256: str) -> None:
    if anonymising.is_nameless(signature):
        raise anonymising.NameDeleted
    if not consent_text_sha256 and anonymising.needs_consent(signature):
        raise anonymising.NotAgreed


@transaction.atomic
def hide(public_id: UUID, *, hidden: bool, consent_text_sha256: str = "") -> Signature:
    """Take the line out of list and files, or show it again. It stays counted, as a name withheld. Idempotent.

    Either ends a line without the name. ``consent_text_sha256`` is of the consent by which a name is shown that was not
    shown before.

    Raises:
        NotStanding: the signature is not confirmed.
        NameDeleted: there is no name that could be shown.
        NotAgreed: the consent is missing.
    """
    signature = _standing(public_id)
    if not hidden:
        _may_show_name(signature, consent_text_sha256)
    was_hidden, was_anonymous = signature.hidden_at is not None, anonymising.end(signature)
    if was_hidden == hidden and not was_anonymous:
        return signature
    now = timezone.now()
    signature.hidden_at = (signature.hidden_at or now) if hidden else None
    signature.changed_at = now
    signature.consent_text_sha256 = consent_text_sha256 or signature.consent_text_sha256
    signature.save(update_fields=["hidden_at", "changed_at", "consent_text_sha256"])
    action = audit.Action.SIGNATURE_HIDDEN if hidden else audit.Action.SIGNATURE_SHOWN
    audit.record(action, signature, by="signatory")
    if hidden and not was_hidden:
        signals.line_left.send(Signature, signature=signature, how="hidden", was_counted=not signature.held_reason)
    elif signature.is_public:
        signals.line_back.send(Signature, signature=signature, how="shown")
    return signature


@transaction.atomic
def withdraw(public_id: UUID) -> Signature:
    """End a signature: the line is emptied at once, a receipt is mailed, then the address goes as well. Idempotent.

    The person's lines under other versions of the letter end with it.

    Raises:
        NotStanding: it was never confirmed.
    """
    signature, *others = family(public_id)
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
    for other in others:
        _withdraw_with(other)
    return signature


def _withdraw_with(twin: Signature) -> None:
    """The same person's line under another version: one receipt is enough for all of them."""
    if twin.is_confirmed:
        empty_line(twin, timezone.now())
        twin.save()
        signals.signature_ended.send(Signature, signature=twin)
        audit.record(audit.Action.SIGNATURE_WITHDRAWN, twin, by="signatory")


@transaction.atomic
def erase(public_id: UUID) -> None:
    """Delete everything about a person now, the address and queued mails included, under every version of the letter.
    No receipt: we no longer can.

    A tombstone remains: letter, version, times, hash of the consents. Idempotent.
    """
    signature, *others = family(public_id)
    for other in others:
        _erase_with(other)
    if signature.erased_at is not None:
        return
    queueing.forget(public_id)
    if signature.email_sealed:
        queueing.forget_address(suppressing.index_of(signature.email), scope=str(signature.letter_id))
        answering.forget_address(signature.letter, signature.email)
    Signature.objects.pending().same_address(signature).exclude(pk=signature.pk).delete()
    if signature.is_pending:
        signature.delete()
    else:
        erase_content(signature)
        signals.signature_ended.send(Signature, signature=signature)
    audit.record(audit.Action.SIGNATURE_ERASED, signature, by="signatory")


def _erase_with(twin: Signature) -> None:
    if twin.erased_at is None:
        queueing.forget(twin.public_id)
        erase_content(twin)
        signals.signature_ended.send(Signature, signature=twin)
        audit.record(audit.Action.SIGNATURE_ERASED, twin, by="signatory")


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
        "consent_text_sha256", "held_reason", "removed_reason", "signatory_type", "verification", "affiliation_basis",
        "is_invited", "is_reviewed", "proven_domain", "organization_ref", "organization_name", "proofs", "sentence",
        "consent_quote_unnamed", *DETAILS,
    )  # fmt: skip
    times = (
        "signed_at",
        "confirmed_at",
        "hidden_at",
        "withdrawn_at",
        "removed_at",
        "erased_at",
        "checked_at",
        "changed_at",
    )
    moments = {name: getattr(signature, name) for name in times}
    return {
        "signature_id": str(signature.public_id),
        "letter": signature.letter.slug,
        "letter_version": signature.version.number,
        "amendment": signature.amendment,
        "carried_from": signature.carried_from.version.number if signature.carried_from else None,
        "asked_to_sign_again": renewing.data_of(signature),
        "text_sha256": texts.seen(signature.version, signature.amendment).sha256,
        "email": signature.email,
        "waiting_change": waiting_change(signature),
        "line_without_name": anonymising.data_of(signature),
        "invitation": answering.data_of(signature),
        "representation": representation_of(signature),
        "team_consents": consenting.data_of(signature),
        "team_ticks": signature.team_ticks,
        "network": bytes(signature.network).hex() if signature.network else None,
        **{name: getattr(signature, name) for name in plain},
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }


def representation_of(signature: Signature) -> dict[str, str]:
    """Who signed for an organisation, by field; empty for a person's signature."""
    fields = ("name", "position", "website", "statement_sha256")
    return Representation.objects.filter(signature=signature).values(*fields).first() or {}


def token_for(signature: Signature) -> str:
    return tokens.make(MINE, signature.public_id)
