"""Recording evidence, and voiding it when what it was about changes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from letters.accounts.models import User
from letters.core import sealed
from letters.ledger import audit
from letters.signatures.models import Role, Signature
from letters.verification import assurance, assuring, signals
from letters.verification.models import Evidence, Method
from letters.verification.providers.base import FRESH_FOR, IdentityTaken, Proof

MOST_OF_A_CLAIM = 300


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
    indexes = [_subject_index(signature, proof) for proof in proofs]
    if others := _others(signature, [index for index in indexes if index]):
        raise IdentityTaken(signatures=[signature, *others])
    try:
        with transaction.atomic():
            for proof, index in zip(proofs, indexes, strict=True):
                _store(signature, proof, index, reviewer, now)
            for method in sorted({proof.method for proof in proofs}):
                audit.record(audit.Action.EVIDENCE_RECORDED, signature, by=by, detail=method)
            changed(signature)
    except IntegrityError:  # the same identity at the same instant under another signature: the index decided
        raise IdentityTaken(signatures=[signature]) from None


def _subject_index(signature: Signature, proof: Proof) -> bytes | None:
    return sealed.identity_index(signature.letter_id, *proof.subject) if proof.subject else None


def _others(signature: Signature, indexes: list[bytes]) -> list[Signature]:
    rows = Evidence.objects.standing().filter(letter_id=signature.letter_id, subject_index__in=indexes)
    return list(Signature.objects.filter(evidence__in=rows).exclude(pk=signature.pk).distinct())


def _store(signature: Signature, proof: Proof, index: bytes | None, reviewer: User | None, now: datetime) -> None:
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
        subject_index=index,
        reviewer=reviewer,
        checked_at=checked_at,
        expires_at=checked_at + FRESH_FOR,
    )


def tidy(value: Any) -> Any:
    """One line of printable text, at most 300 characters: what providers say of themselves goes into files as well."""
    if not isinstance(value, str):
        return value
    shown = "".join(char for char in " ".join(value.split()) if char.isprintable())
    return shown[:MOST_OF_A_CLAIM]


def void(signature: Signature, axes: Collection[str]) -> int:
    """Take back evidence on these axes because what it was about changed; returns how many rows.

    The summary follows. A signatory who stood above the list and has neither invitation nor review left comes back
    into it: nobody stays there unchecked.
    """
    rows = Evidence.objects.standing().filter(signature=signature, axis__in=axes)
    done = rows.update(voided_at=timezone.now())
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


def sentences_for(signature: Signature) -> list[str]:
    """What readers see of this signature: the one sentence of its evidence, in the active language."""
    sentence = assurance.sentence_for(
        is_sample=signature.is_sample, confirmed_at=signature.confirmed_at, proofs=signature.proofs
    )
    return [sentence] if sentence else []
