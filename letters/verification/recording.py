"""Recording evidence, and voiding it when what it was about changes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from letters.accounts.models import User
from letters.core import sealed
from letters.documents.models import Version
from letters.ledger import audit
from letters.signatures.counting import FRESH_FOR
from letters.signatures.models import Role, SignatoryType, Signature
from letters.verification import assurance, assuring, signals
from letters.verification.models import Axis, Evidence, Method
from letters.verification.providers.base import IdentityTaken, Proof

MOST_OF_A_CLAIM = 300
CARRIED = "carried"  # issuer of an identity that was proven under the version before
MAILBOX = "mailto"  # issuer of the identity that a mailbox is


def record_email(signature: Signature) -> None:
    """Evidence that the signatory read mail at the address at that time. Idempotent."""
    if signature.confirmed_at is None or signature.is_sample:
        return
    Evidence.objects.get_or_create(
        signature=signature,
        method=Method.EMAIL,
        axis="address",
        voided_at=None,
        defaults={"checked_at": signature.confirmed_at, "letter_id": signature.letter_id},
    )
    changed(signature)


def record(signature: Signature, proofs: Sequence[Proof], *, by: str, reviewer: User | None = None) -> None:
    """Store what a check proved. Older rows of the same method and axis are voided; the summary is computed anew and
    ``assurance_changed`` sent.

    Raises:
        IdentityTaken: the identity stands under another signature of the letter; nothing is stored. It names both,
            so that whoever catches it outside the transaction sends ``duplicate_found``.
    """
    now = timezone.now()
    subjects = [proof.subject for proof in proofs if proof.subject]
    if others := others_with(signature, subjects):
        raise IdentityTaken(signatures=[signature, *others])
    try:
        with transaction.atomic():
            for proof in proofs:
                _store(signature, proof, reviewer, now)
            for method in sorted({proof.method for proof in proofs}):
                audit.record(audit.Action.EVIDENCE_RECORDED, signature, by=by, detail=method)
            changed(signature)
    except IntegrityError:  # the same identity at the same instant under another signature: the index decided
        others = others_with(signature, subjects)
        raise IdentityTaken(signatures=[signature, *others]) from None


def _subject_index(signature: Signature, proof: Proof) -> bytes | None:
    return sealed.identity_index(signature.version_id, *proof.subject) if proof.subject else None


def others_with(signature: Signature, subjects: Sequence[tuple[str, str]]) -> list[Signature]:
    """Confirmed signatures of other people's lines under this text behind which one of these identities stands already;
    for a mailbox also those that were signed with it. Organisations are exempt: their representatives may sign too."""
    indexes = [index for subject in subjects for index in _indexes_of(signature, subject)]
    rows = Evidence.objects.standing().filter(letter_id=signature.letter_id, subject_index__in=indexes)
    people = (
        Signature.objects.confirmed()
        .filter(signatory_type=SignatoryType.PERSON, version_id=signature.version_id)
        .exclude(pk=signature.pk)
    )
    found = set(people.filter(evidence__in=rows))
    for issuer, subject in subjects:
        if issuer == MAILBOX and signature.signatory_type == SignatoryType.PERSON:
            found |= set(people & Signature.objects.by_address(signature.letter, subject))
    return sorted(found, key=lambda row: row.pk)


def carry(before: Signature, signature: Signature) -> None:
    """Let the standing evidence of a line stand for the same person's line under the next version as well, with its
    dates. A line that the organisers hold is none of its business."""
    rows = list(Evidence.objects.standing().filter(signature=before).order_by("checked_at", "id"))
    for row in rows:
        if row.subject_index:
            row.subject_index = _carried_index(signature.version_id, bytes(row.subject_index))
        row.pk, row.signature = None, signature
    Evidence.objects.bulk_create(rows)
    assuring.refresh(signature)


def _carried_index(version_id: int, index: bytes) -> bytes:
    """What becomes of an identity's index when a line goes to another version: who it is stays unknown."""
    return sealed.identity_index(version_id, CARRIED, index.hex())


def _indexes_of(signature: Signature, subject: tuple[str, str]) -> list[bytes]:
    """The index of an identity under this text, and those it has here when it was proven under an earlier one and
    carried over. No query for a first version."""
    version = signature.version
    own = sealed.identity_index(version.pk, *subject)
    if version.number == 1:
        return [own]
    earlier = Version.objects.filter(letter_id=signature.letter_id, number__lt=version.number).order_by("number")
    found: list[bytes] = []
    for version_id in [*earlier.values_list("pk", flat=True), version.pk]:
        found = [_carried_index(version_id, index) for index in found]
        found.append(sealed.identity_index(version_id, *subject))
    return found


def _store(signature: Signature, proof: Proof, reviewer: User | None, now: datetime) -> None:
    checked_at = proof.checked_at or now
    older = Evidence.objects.standing().filter(signature=signature, method=proof.method, axis=proof.axis)
    older.update(voided_at=now)
    Evidence.objects.create(
        signature=signature,
        letter_id=signature.letter_id,
        method=proof.method,
        axis=proof.axis,
        claim={name: tidy(value) for name, value in proof.claim.items()},
        source=proof.source,
        organization=proof.organization,
        subject_index=_subject_index(signature, proof),
        reviewer=reviewer,
        checked_at=checked_at,
        expires_at=proof.expires_at or checked_at + FRESH_FOR,
    )


def tidy(value: Any) -> Any:
    """One line of printable text, at most 300 characters: what providers say of themselves goes into files as well."""
    if not isinstance(value, str):
        return value
    shown = "".join(char for char in " ".join(value.split()) if char.isprintable())
    return shown[:MOST_OF_A_CLAIM]


def void(signature: Signature, axes: Collection[str]) -> int:
    """Take back evidence on these axes because what it was about changed; returns how many rows.

    A new name ends a review as a whole: its source spoke of the person of the old one. The summary follows. A
    signatory who stood above the list and has neither invitation nor review left comes back into it: nobody stays
    there unchecked.
    """
    about = Q(axis__in=axes)
    if Axis.NAME in axes:
        about |= Q(method=Method.REVIEW)
    done = Evidence.objects.standing().filter(about, signature=signature).update(voided_at=timezone.now())
    if done:
        changed(signature)
    return done


def changed(signature: Signature) -> None:
    """Bring the summary up to date and tell those above."""
    _step_down(signature)
    assuring.refresh(signature)
    signals.assurance_changed.send(Signature, signature=signature)


def _step_down(signature: Signature) -> None:
    if signature.role == Role.SIGNATORY:
        return
    kept = Evidence.objects.standing().filter(
        signature=signature, method__in=[Method.INVITATION, Method.REVIEW, Method.ORGANIZATION]
    )
    if not kept.exists():
        signature.role = Role.SIGNATORY
        signature.save(update_fields=["role"])


def forget(signature: Signature) -> None:
    """Delete every row and the summary: the signature ended."""
    Evidence.objects.filter(signature=signature).delete()
    signature.checks.all().delete()
    assuring.refresh(signature)


def reviewed_axes(signature: Signature, *, since: datetime | None = None) -> set[str]:
    """The parts of a line that a reviewer found in a public source, by reviews that stand, made ``since`` then."""
    rows = Evidence.objects.standing().filter(signature=signature, method=Method.REVIEW)
    if since is not None:
        rows = rows.filter(checked_at__gte=since)
    return set(rows.values_list("axis", flat=True))


def sentences_for(signature: Signature) -> list[str]:
    """What readers see of this signature: the one sentence of its evidence, in the active language."""
    sentence = assurance.sentence_for(
        is_sample=signature.is_sample, confirmed_at=signature.confirmed_at, proofs=signature.proofs
    )
    return [sentence] if sentence else []


def rows_of(signature: Signature) -> list[dict[str, Any]]:
    """Every evidence row of a signatory, voided ones included, as JSON types, for the person alone."""
    rows = Evidence.objects.filter(signature=signature).order_by("checked_at", "id")
    return [
        {
            "method": row.method,
            "axis": row.axis,
            "claim": row.claim,
            "source": row.source,
            "checked_at": row.checked_at.isoformat(),
            "voided_at": row.voided_at.isoformat() if row.voided_at else None,
        }
        for row in rows
    ]
