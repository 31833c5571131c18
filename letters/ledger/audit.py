"""Writing to the audit trail."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models

from letters.ledger.models import AuditEvent

KEPT = timedelta(days=365)


class Action(StrEnum):
    LETTER_LOADED = "letter-loaded"
    LETTER_MOVED = "letter-moved"
    VERSION_ADDED = "version-added"
    SIGNATURE_CORRECTED = "signature-corrected"
    SIGNATURE_HIDDEN = "signature-hidden"
    SIGNATURE_SHOWN = "signature-shown"
    SIGNATURE_WITHDRAWN = "signature-withdrawn"
    SIGNATURE_ERASED = "signature-erased"
    SIGNATURE_DISOWNED = "signature-disowned"
    SIGNATURE_RELEASED = "signature-released"
    SIGNATURE_REMOVED = "signature-removed"
    SIGNATURE_RESTORED = "signature-restored"
    SIGNATURE_PLACED = "signature-placed"
    CHANGE_ASKED = "change-asked"
    CHANGE_DROPPED = "change-dropped"
    CASE_OPENED = "case-opened"
    CASE_APPROVED = "case-approved"
    CASE_ACCEPTED = "case-accepted"
    CASE_REFUSED = "case-refused"
    CASE_HELD = "case-held"
    CASE_SETTLED = "case-settled"
    CASE_UNDONE = "case-undone"
    CASE_READ = "case-read"
    UPLOAD_READ = "upload-read"
    RULES_CHANGED = "rules-changed"
    EVIDENCE_RECORDED = "evidence-recorded"
    INVITATION_SENT = "invitation-sent"
    INVITATION_REMINDED = "invitation-reminded"
    INVITATION_REVOKED = "invitation-revoked"
    INVITATION_DECLINED = "invitation-declined"
    KEYS_ROTATED = "keys-rotated"


def record(action: Action, row: models.Model | str, *, by: str, detail: str = "") -> None:
    """Append one event. ``row`` is a model instance (its public id is used where it has one) or "label:id"."""
    if isinstance(row, str):
        label, _, row_id = row.partition(":")
    else:
        label, row_id = row._meta.label_lower, str(getattr(row, "public_id", row.pk))
    AuditEvent.objects.create(actor=by, action=action, object_label=label, object_id=row_id, detail=detail)


def purge(now: datetime) -> int:
    """Delete events older than the stated twelve months; returns how many."""
    return AuditEvent.objects.filter(at__lt=now - KEPT).delete()[0]
