"""What this room puts on record when a printed line or a text changes."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from letters.documents import signals as document_signals
from letters.documents.models import Amendment, Letter, LetterState, Version
from letters.moderation import signals as moderation_signals
from letters.moderation.models import BulkDecision
from letters.outbox.signals import address_blocked
from letters.press import agreeing, corrections, earlier, following, relaying, sequencing
from letters.press.models import CorrectionReader, EmbargoAccess, Question
from letters.signatures import reconciling, rotating
from letters.signatures import signals as signature_signals
from letters.signatures.models import Signature


@receiver(signature_signals.line_left)
def on_left(signature: Signature, how: str, was_counted: bool, **_: Any) -> None:
    corrections.line_left(signature, how, was_counted=was_counted)


@receiver(signature_signals.line_back)
def on_back(signature: Signature, how: str, **_: Any) -> None:
    corrections.line_back(signature, how)


@receiver(signature_signals.line_changed)
def on_changed(signature: Signature, fields: set[str], **_: Any) -> None:
    corrections.line_changed(signature, fields)


@receiver(signature_signals.signature_ended)
def on_ended(signature: Signature, **_: Any) -> None:
    corrections.forget(signature)
    earlier.forget(signature)
    relaying.forget(signature)
    sequencing.close_salts(signature)


@receiver(signature_signals.anonymity_ended)
def on_anonymity_ended(signature: Signature, **_: Any) -> None:
    corrections.forget_unnamed(signature)


@receiver(signature_signals.name_deleted)
def on_name_deleted(signature: Signature, **_: Any) -> None:
    relaying.forget(signature)


@receiver(document_signals.text_amended)
def on_amended(letter: Letter, amendment: Amendment, **_: Any) -> None:
    corrections.text_amended(letter, amendment)


@receiver(document_signals.version_added)
def on_version_added(letter: Letter, version: Version, **_: Any) -> None:
    corrections.version_added(letter, version)


@receiver(document_signals.letter_moved)
def on_moved(letter: Letter, **_: Any) -> None:
    if letter.state == LetterState.ARCHIVED:
        following.forget(now=timezone.now())


@receiver(address_blocked)
def on_blocked(recipient_index: bytes, **_: Any) -> None:
    following.blocked(recipient_index)


@receiver(moderation_signals.decided_together)
def on_decided_together(bulk: BulkDecision, signatures: list[int], is_undo: bool, **_: Any) -> None:
    corrections.decided_together(bulk.letter, bulk.public_id, signatures, reason=bulk.reason_code, is_undo=is_undo)


rotating.register(EmbargoAccess, "content_sealed", lambda row: row.set_content(row.content))
rotating.register(Question, "content_sealed", lambda row: row.set_content(row.content))
rotating.register(CorrectionReader, "email_sealed", lambda row: row.set_email(row.email))
reconciling.also("ledger-differs", "places where ledger and lines do not agree", agreeing.for_reconcile)
