"""What verification does when signatures change."""

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from letters.core import addresses
from letters.signatures import signals as signature_signals
from letters.signatures.models import SignatoryType, Signature
from letters.verification import assuring, recording, sampling, signals, welcoming
from letters.verification.providers import accepts, organization, work_email
from letters.verification.providers.base import IdentityTaken


@receiver(signature_signals.signature_confirmed)
def on_confirmed(signature: Signature, **_: Any) -> None:
    organization.on_confirmed(signature)  # first: it is held before anything else is known of it
    recording.record_email(signature)
    welcoming.welcome(signature)
    _record_contact(signature)


def _record_contact(signature: Signature) -> None:
    """The mailbox that was just confirmed may itself be at an organisation's domain: no second mail for that."""
    if signature.is_sample or signature.signatory_type == SignatoryType.ORGANIZATION or not signature.email_sealed:
        return
    mailbox = (recording.MAILBOX, addresses.canonical(signature.email))
    if others := recording.others_with(signature, [mailbox]):
        signals.duplicate_found.send(Signature, signatures=[signature, *others])
        return
    if not accepts(signature.letter, work_email.KIND):
        return
    finding = work_email.from_contact(signature)
    if finding is None:
        return
    if proofs := work_email.evidence(finding):
        try:
            with transaction.atomic():
                recording.record(signature, proofs, by="signatory")
        except IdentityTaken as error:
            signals.duplicate_found.send(Signature, signatures=error.signatures)
    if finding.needs_review:
        signals.review_wanted.send(Signature, signature=signature, reason=finding.needs_review)


@receiver(signature_signals.signature_carried)
def on_carried(signature: Signature, before: Signature, **_: Any) -> None:
    recording.carry(before, signature)


@receiver(signature_signals.signature_corrected)
def on_corrected(signature: Signature, axes: set[str], **_: Any) -> None:
    recording.void(signature, axes)
    organization.on_corrected(signature)
    if "affiliation" in axes:
        _record_contact(signature)  # the new words may be the name of the organisation whose mailbox was confirmed


@receiver(signature_signals.uses_changed)
def on_uses_changed(signature: Signature, uses: set[str], **_: Any) -> None:
    if "consent_domain" in uses:
        assuring.refresh(signature)


@receiver(signature_signals.representation_changed)
def on_representation_changed(signature: Signature, **_: Any) -> None:
    organization.start(signature, {})


@receiver(signature_signals.signature_ended)
def on_ended(signature: Signature, **_: Any) -> None:
    recording.forget(signature)


@receiver(signature_signals.name_deleted)
def on_name_deleted(signature: Signature, **_: Any) -> None:
    recording.forget(signature)  # sources have the name in their addresses


@receiver(signature_signals.samples_loaded)
def on_samples(rows: list[tuple[Signature, int, str]], **_: Any) -> None:
    sampling.store(rows)
