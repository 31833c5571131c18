"""What this room does when an address is blocked, and when a signature that came by an invitation ends."""

from typing import Any

from django.dispatch import receiver

from letters.outbox.signals import address_blocked
from letters.signatures import answering, rotating
from letters.signatures.models import Invitation, Signature
from letters.signatures.signals import signature_ended


@receiver(address_blocked)
def on_blocked(recipient_index: bytes, reason: str, **_: Any) -> None:
    answering.blocked(recipient_index, reason)


@receiver(signature_ended)
def on_ended(signature: Signature, **_: Any) -> None:
    answering.forget(signature)


rotating.register(Invitation, "email_sealed", lambda row: row.set_email(row.email))
