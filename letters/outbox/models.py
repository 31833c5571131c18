"""The queue of mails to send, and the list of addresses that must not be mailed. Neither holds an address."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


class MessageState(models.TextChoices):
    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    WITHHELD = "withheld"  # the address is blocked, capped, or what it was about is gone
    BOUNCED = "bounced"
    DEAD = "dead"


class MessageQuerySet(models.QuerySet["Message"]):
    def claimable(self, now: datetime | Any) -> "MessageQuerySet":
        """Due by now, or left behind by a worker whose lease ran out."""
        return self.filter(
            Q(state=MessageState.DUE, next_at__lte=now) | Q(state=MessageState.SENDING, lease_until__lt=now)
        )

    def about(self, subject_id: uuid.UUID) -> "MessageQuerySet":
        return self.filter(subject_id=subject_id)

    def settled(self) -> "MessageQuerySet":
        return self.exclude(state__in=[MessageState.DUE, MessageState.SENDING])


class Message(models.Model):
    """One mail to send: what kind, about which row. Address and text are looked up when it leaves, so that an erased
    person is not mailed. (subject, kind, serial) is unique: asking twice sends once."""

    kind = models.CharField(max_length=32)
    subject_id = models.UUIDField(help_text="Public id of the row that the mail is about")
    serial = models.PositiveSmallIntegerField(default=0)
    scope = models.CharField(max_length=32, blank=True, help_text="Letter id: mail caps count within it")
    recipient_index = models.BinaryField(max_length=32, null=True, help_text="Site-wide blind index, for the caps")
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_by = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=120, blank=True, help_text="Class and code of the last failure; no text of it")

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "kind", "serial"], name="message_once"),
            models.CheckConstraint(
                name="message_sending_has_lease", condition=~Q(state="sending") | Q(lease_until__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="message_open", condition=Q(state__in=["due", "sending"])),
            models.Index(
                fields=["recipient_index", "created_at"],
                name="message_caps",
                condition=Q(recipient_index__isnull=False),
            ),
            models.Index(fields=["scope", "serial", "state"], name="message_updates", condition=Q(kind="update")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.state}"

    @property
    def message_id(self) -> str:
        """The same at every attempt, so that a mail sent twice is one mail to its reader (RFC 5322 §3.6.4)."""
        return f"<{self.kind}.{self.serial}.{self.subject_id.hex}@{settings.MAIL_DOMAIN}>"


class SuppressionReason(models.TextChoices):
    NOT_ME = "not_me", "the owner of the address asked for no more mail"
    BOUNCE = "bounce", "the address does not exist"
    COMPLAINT = "complaint", "a mail was reported as unwanted"


class Suppression(models.Model):
    """An address, as a blind index alone, that gets no mail from this site."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    recipient_index = models.BinaryField(max_length=32, unique=True)
    reason = models.CharField(max_length=10, choices=SuppressionReason.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.reason} {self.pk}"
