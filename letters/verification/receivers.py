"""What verification does when signatures change."""

from typing import Any

from django.dispatch import receiver

from letters.signatures import signals
from letters.signatures.models import Signature
from letters.verification import recording


@receiver(signals.signature_confirmed)
def on_confirmed(signature: Signature, **_: Any) -> None:
    recording.record_email(signature)


@receiver(signals.signature_corrected)
def on_corrected(signature: Signature, axes: set[str], **_: Any) -> None:
    recording.void(signature, axes)


@receiver(signals.signature_ended)
def on_ended(signature: Signature, **_: Any) -> None:
    recording.forget(signature)
