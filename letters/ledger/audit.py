"""Writing to the audit trail."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models

from letters.ledger.models import AuditEvent

KEPT = timedelta(days=365)


class Action(StrEnum):
    LETTER_LOADED = "letter-loaded"
    LETTER_CREATED = "letter-created"
    ABOUT_CHANGED = "about-changed"
    LETTER_MOVED = "letter-moved"
    LETTER_LOCKED = "letter-locked"
    LETTER_UNLOCKED = "letter-unlocked"
    LETTER_SCHEDULED = "letter-scheduled"
    NAMES_HIDDEN = "names-hidden"
    EMBARGO_OPENED = "embargo-opened"
    EMBARGO_ACCEPTED = "embargo-accepted"
    EMBARGO_ENDED = "embargo-ended"
    NAMES_SHOWN = "names-shown"
    VERSION_ADDED = "version-added"
    TEXT_AMENDED = "text-amended"
    COMMENT_SAID = "comment-said"
    COMMENT_RESOLVED = "comment-resolved"
    COMMENT_REOPENED = "comment-reopened"
    TRANSLATION_SAVED = "translation-saved"
    TRANSLATION_PUBLISHED = "translation-published"
    TRANSLATION_HIDDEN = "translation-hidden"
    SIGNATURE_CORRECTED = "signature-corrected"
    SIGNATURE_HIDDEN = "signature-hidden"
    SIGNATURE_SHOWN = "signature-shown"
    SIGNATURE_CARRIED = "signature-carried"
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
    BULK_ASKED = "bulk-asked"
    BULK_LAPSED = "bulk-lapsed"
    BULK_STARTED = "bulk-started"
    BULK_CANCELLED = "bulk-cancelled"
    BULK_ENDED = "bulk-ended"
    BULK_UNDONE = "bulk-undone"
    LIST_UPLOADED = "list-uploaded"
    LIST_ENDED = "list-ended"
    UPLOAD_READ = "upload-read"
    RULES_CHANGED = "rules-changed"
    EVIDENCE_RECORDED = "evidence-recorded"
    INVITATION_SENT = "invitation-sent"
    INVITATION_REMINDED = "invitation-reminded"
    INVITATION_REVOKED = "invitation-revoked"
    INVITATION_DECLINED = "invitation-declined"
    TEAM_CREATED = "team-created"
    TEAM_RENAMED = "team-renamed"
    TEAM_INVITED = "team-invited"
    TEAM_INVITATION_REVOKED = "team-invitation-revoked"
    TEAM_DECLINED = "team-declined"
    TEAM_JOINED = "team-joined"
    TEAM_ROLE_CHANGED = "team-role-changed"
    TEAM_MEMBER_REMOVED = "team-member-removed"
    TEAM_LEFT = "team-left"
    LETTER_OFFERED = "letter-offered"
    LETTER_OFFER_REVOKED = "letter-offer-revoked"
    LETTER_OFFER_REFUSED = "letter-offer-refused"
    LETTER_TEAM_JOINED = "letter-team-joined"
    LETTER_TEAM_REMOVED = "letter-team-removed"
    LETTER_GIVEN = "letter-given"
    LOGIN_CONNECTED = "login-connected"
    LOGIN_DISCONNECTED = "login-disconnected"
    EVENT_ADDED = "event-added"
    EVENT_CORRECTED = "event-corrected"
    EVENT_REMOVED = "event-removed"
    EVENT_RESTORED = "event-restored"
    MILESTONE_RELEASED = "milestone-released"
    MILESTONE_DISMISSED = "milestone-dismissed"
    UPDATE_STARTED = "update-started"
    UPDATE_STOPPED = "update-stopped"
    UPDATES_OFF = "updates-off"
    UPDATES_ON = "updates-on"
    PACKAGE_MADE = "package-made"
    DELIVERY_RECORDED = "delivery-recorded"
    DELIVERY_RECEIPT = "delivery-receipt"
    DELIVERY_REMOVED = "delivery-removed"
    CONSENTS_CHANGED = "consents-changed"
    CONTACTS_EXPORTED = "contacts-exported"
    ARCHIVE_ASKED = "archive-asked"
    SNAPSHOT_ASKED = "snapshot-asked"
    CLOSING_STATED = "closing-stated"
    KEYS_ROTATED = "keys-rotated"
    LEDGER_RECOVERED = "ledger-recovered"


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
