"""What signatories do with their own lines, by the link in every mail: correct, hide, allow, withdraw, erase."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from letters.core import addresses, sealed, tokens
from letters.documents.models import Letter
from letters.ledger import audit
from letters.outbox import queueing, suppressing
from letters.signatures import anonymising, answering, names, signals, twins
from letters.signatures.anonymising import NotStanding as NotStanding
from letters.signatures.models import SignatoryType, Signature, Verification, WaitingChange
from letters.signatures.signing import empty_line, erase_content, family, place, words_of

MINE = "mine"  # purpose of the token
MINE_LINK = "mine_link"  # kind of the mail
WITHDRAWN = "withdrawn"  # kind of the mail
USES = ("consent_domain", "consent_comment", "consent_quote", "consent_quote_unnamed")
"""Consents to what is printed of a line beside it, and to quoting it; the others have buttons of their own."""
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


def standing(public_id: UUID) -> list[Signature]:
    """The row and then the person's other standing lines, under other versions of the letter, all locked.

    Raises:
        NotStanding: this one is not confirmed.
    """
    rows = family(public_id)
    if not rows[0].is_confirmed:
        raise NotStanding
    return [row for row in rows if row.is_confirmed]


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
def correct(public_id: UUID, correction: Correction, *, also: Collection[int] = ()) -> Signature:
    """Change the printed line. Idempotent.

    What nobody checked changes at once; the line keeps its version and its date. A part that was checked stays as it
    is printed while the new text waits (``WaitingChange``, ``change_waits``) for the organisers, for ``print_now`` or
    ``take_back``. A name that mixes scripts is held until somebody looked at it.

    ``also``: numbers of other versions under which the same parts of the person's line change, by the same rules there;
    what differs there otherwise stays.

    Raises:
        NotStanding: the signature is not confirmed.
        NameDeleted: the name was deleted after the check.
    """
    signature, *others = standing(public_id)
    if anonymising.is_nameless(signature):
        raise anonymising.NameDeleted
    wanted, asked = asdict(correction), _asked_for(signature)
    changed = {name: value for name, value in wanted.items() if asked[name] != value}
    _correct(signature, wanted)
    for other in twins.among(others, also):
        if not anonymising.is_nameless(other):
            _correct(other, {**_asked_for(other), **changed})
    return signature


def _asked_for(signature: Signature) -> dict[str, str]:
    """The line as its owner wants it, by field: as it is printed, with the text that waits."""
    printed = {name: getattr(signature, name) for name in Correction.__dataclass_fields__}
    return {**printed, **waiting_change(signature)}


def _correct(signature: Signature, wanted: Mapping[str, str]) -> None:
    changed = {name: value for name, value in wanted.items() if getattr(signature, name) != value}
    evidenced = evidenced_axes(signature)
    waits = {name: value for name, value in changed.items() if AXES.get(name) in evidenced}
    if "display_name" in waits and "sort_name" in changed:
        waits["sort_name"] = changed["sort_name"]  # the new name's place is not the old name's
    at_once = {name: value for name, value in changed.items() if name not in waits}
    if at_once:
        print_changes(signature, at_once, by="signatory")
    _let_wait(signature, waits)


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
def print_now(public_id: UUID, *, by: str = "signatory", with_twins: bool = False) -> Signature:
    """Print the waiting change; the evidence on its axes is gone. Idempotent.

    ``with_twins``: what waits in the same words under other versions is printed there as well.

    Raises:
        NotStanding: the signature is not confirmed.
    """
    signature, *others = standing(public_id)
    for row, same in _waiting_alike(signature, others if with_twins else []):
        print_changes(row, same, by=by)
        _end_part(row, same)
    return signature


@transaction.atomic
def take_back(public_id: UUID, *, by: str = "signatory", with_twins: bool = False) -> Signature:
    """Drop the waiting change; the printed line and its evidence stay. Idempotent.

    ``with_twins``: what waits in the same words under other versions is dropped as well.

    Raises:
        NotStanding: the signature is not confirmed.
    """
    signature, *others = standing(public_id)
    for row, same in _waiting_alike(signature, others if with_twins else []):
        _end_part(row, same)
        audit.record(audit.Action.CHANGE_DROPPED, row, by=by)
    return signature


def _waiting_alike(signature: Signature, others: Iterable[Signature]) -> list[tuple[Signature, dict[str, str]]]:
    """[(row, the text that waits in it)], this row first; of the others what waits in the same words."""
    waits = waiting_change(signature)
    alike = [(row, dict(waiting_change(row).items() & waits.items())) for row in others]
    return [(row, same) for row, same in [(signature, waits), *alike] if same]


def _end_part(signature: Signature, done: Mapping[str, str]) -> None:
    """This text waits no longer; whatever else does goes on waiting."""
    _let_wait(signature, {name: text for name, text in waiting_change(signature).items() if name not in done})


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
def hide(public_id: UUID, *, hidden: bool, consent_text_sha256: str = "", also: Collection[int] = ()) -> Signature:
    """Take the person's line out of list and files under every version of the letter, or show this one again.
    It stays counted, as a name withheld. Idempotent.

    Either ends a line without the name. ``consent_text_sha256`` is of the consent by which a name is shown that was not
    shown before. ``also``: numbers of other versions under which the line is shown again as well.

    Raises:
        NotStanding: the signature is not confirmed.
        NameDeleted: there is no name that could be shown.
        NotAgreed: the consent is missing.
    """
    signature, *others = standing(public_id)
    wanted = _named_like(signature, others) if hidden else twins.among(others, also)
    for row in (signature, *wanted):
        if not hidden:
            _may_show_name(row, consent_text_sha256)
        _hide(row, hidden=hidden, consent_text_sha256=consent_text_sha256)
    return signature


def _named_like(signature: Signature, others: Iterable[Signature]) -> list[Signature]:
    """The rows that go when this one is hidden. Who hides a name keeps, under another version, the line that is printed
    there without it; who hides such a line hides them all."""
    if anonymising.is_asked(signature):
        return list(others)
    return [row for row in others if not anonymising.is_asked(row)]


def _hide(signature: Signature, *, hidden: bool, consent_text_sha256: str) -> None:
    was_hidden, was_anonymous = signature.hidden_at is not None, anonymising.end(signature)
    if was_hidden == hidden and not was_anonymous:
        return
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


@transaction.atomic
def allow(public_id: UUID, uses: Collection[str]) -> None:
    """Agree to these of ``USES`` and to no other. What is taken back ends under every version of the letter; what is
    given counts for this line alone. A line without its name takes none. Idempotent. Sends ``uses_changed``.

    Raises:
        NotStanding: the signature is not confirmed.
    """
    signature, *others = standing(public_id)
    given = set() if anonymising.is_asked(signature) else {name for name in USES if name in uses}
    _allow(signature, {name: name in given for name in USES})
    for other in others:
        _allow(other, {name: False for name in USES if name not in given})


def _allow(signature: Signature, wanted: Mapping[str, bool]) -> None:
    changed = {name: value for name, value in wanted.items() if getattr(signature, name) != value}
    if not changed:
        return
    shown_before = signature.shown_comment
    for name, value in changed.items():
        setattr(signature, name, value)
    signature.changed_at = timezone.now()
    signature.save(update_fields=[*changed, "changed_at"])
    if signature.is_public and signature.shown_comment != shown_before:
        signals.line_changed.send(Signature, signature=signature, fields={"shown_comment"})
    signals.uses_changed.send(Signature, signature=signature, uses=set(changed))
    detail = ",".join(f"{'+' if value else '-'}{name.removeprefix('consent_')}" for name, value in changed.items())
    audit.record(audit.Action.CONSENTS_CHANGED, signature, by="signatory", detail=detail)


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


def token_for(signature: Signature) -> str:
    return tokens.make(MINE, signature.public_id)
