"""What this room does when an address is blocked, when a draft becomes a letter, and when a signature ends."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.dispatch import receiver

from letters.accounts import adapters
from letters.accounts.models import AccountMail, TeamInvitation
from letters.documents.models import Letter, LetterState
from letters.documents.signals import letter_moved, letter_reordered
from letters.outbox.signals import address_blocked
from letters.signatures import anonymising, answering, inviting, renewing, rotating, tasks
from letters.signatures.models import Invitation, Signature
from letters.signatures.signals import name_deleted, signature_confirmed, signature_ended


@receiver(address_blocked)
def on_blocked(recipient_index: bytes, reason: str, **_: Any) -> None:
    answering.blocked(recipient_index, reason)


@receiver(letter_moved)
def on_moved(letter: Letter, before: str, **_: Any) -> None:
    if before == LetterState.DRAFT:
        inviting.tell_begun(letter)


@receiver(letter_reordered)
def on_reordered(letter: Letter, **_: Any) -> None:
    tasks.reorder.delay_on_commit(letter.pk)  # type: ignore[attr-defined] # of Celery's Django task


@receiver(signature_confirmed)
def on_confirmed(signature: Signature, **_: Any) -> None:
    renewing.on_confirmed(signature)
    anonymising.on_confirmed(signature)


@receiver(signature_ended)
def on_ended(signature: Signature, **_: Any) -> None:
    answering.forget(signature)
    renewing.on_ended(signature)


@receiver(name_deleted)
def on_name_deleted(signature: Signature, **_: Any) -> None:
    answering.forget(signature)


rotating.register(Invitation, "email_sealed", lambda row: row.set_email(row.email))
rotating.register(TeamInvitation, "email_sealed", lambda row: row.set_email(row.email))
rotating.register(Authenticator, "data", adapters.seal_factor_anew, adapters.sealed_factor)
rotating.register(AccountMail, "content_sealed", lambda row: row.set_content(row.content))
