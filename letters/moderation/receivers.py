"""What moderation does when signatures or their evidence change."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from letters.moderation import asking, cases, screening, withholding
from letters.moderation.models import Reason
from letters.signatures import signals as signature_signals
from letters.signatures.models import Signature
from letters.verification import signals as verification_signals
from letters.verification.providers import organization


@receiver(signature_signals.signature_confirmed)
def on_confirmed(signature: Signature, **_: Any) -> None:
    screening.on_confirmed(signature)
    if signature.hidden_at is not None:
        withholding.ask(signature)


@receiver(signature_signals.signature_carried)
def on_carried(signature: Signature, before: Signature, **_: Any) -> None:
    cases.carry(before, signature)
    withholding.ask(signature)


@receiver(signature_signals.signature_corrected)
def on_corrected(signature: Signature, axes: set[str], **_: Any) -> None:
    screening.on_corrected(signature, axes)


@receiver(signature_signals.change_waits)
def on_change_waits(signature: Signature, **_: Any) -> None:
    asking.ask_for_correction(signature)


@receiver(signature_signals.change_ended)
def on_change_ended(signature: Signature, **_: Any) -> None:
    cases.settle(signature, [Reason.CORRECTION], but=Q(is_holding=True))  # a reviewer holds it: they are not done


@receiver(signature_signals.signature_ended)
def on_ended(signature: Signature, **_: Any) -> None:
    asking.forget(signature)


@receiver(signature_signals.anonymity_asked)
def on_anonymity_asked(signature: Signature, **_: Any) -> None:
    withholding.ask(signature)


@receiver(signature_signals.anonymity_ended)
def on_anonymity_ended(signature: Signature, **_: Any) -> None:
    cases.settle(signature, [Reason.ANONYMOUS])


@receiver(signature_signals.name_deleted)
def on_name_deleted(signature: Signature, **_: Any) -> None:
    withholding.refuse_while_looked_at(signature)
    asking.forget(signature)


@receiver(verification_signals.assurance_changed)
def on_assurance_changed(signature: Signature, **_: Any) -> None:
    screening.apply_policy(signature)
    withholding.on_assurance_changed(signature)
    organization.on_corrected(signature)  # without the organisers' yes it waits, however that went


@receiver(verification_signals.duplicate_found)
def on_duplicate_found(signatures: Sequence[Signature], **_: Any) -> None:
    asking.same_identity(signatures)


@receiver(verification_signals.review_wanted)
def on_review_wanted(signature: Signature, reason: str, **more: Any) -> None:
    asking.ask_for_review(
        signature, reason, url=more.get("url", ""), words=more.get("words", ""), file=more.get("file")
    )
