"""Recording evidence, and voiding it when what it was about changes."""

from collections.abc import Collection

from django.utils import timezone

from letters.signatures.models import Signature
from letters.verification import assurance
from letters.verification.models import Axis, Evidence, Method


def record_email(signature: Signature) -> None:
    """Evidence that the signatory read mail at the address at that time. Idempotent."""
    if signature.confirmed_at is None or signature.is_sample:
        return
    Evidence.objects.get_or_create(
        signature=signature,
        method=Method.EMAIL,
        axis=Axis.ADDRESS,
        voided_at=None,
        defaults={"checked_at": signature.confirmed_at},
    )


def void(signature: Signature, axes: Collection[str]) -> int:
    """Take back evidence on these axes because the signatory changed what it was about; returns how many rows."""
    return Evidence.objects.standing().filter(signature=signature, axis__in=axes).update(voided_at=timezone.now())


def forget(signature: Signature) -> None:
    Evidence.objects.filter(signature=signature).delete()


def sentences_for(signature: Signature) -> list[str]:
    """Every sentence that readers see of this signature, newest evidence last."""
    if signature.is_sample:
        return [assurance.sentence_for(is_sample=True, confirmed_at=None)]
    rows = Evidence.objects.standing().filter(signature=signature).order_by("checked_at", "id")
    return [assurance.email_sentence(row.checked_at) for row in rows if row.method == Method.EMAIL]
