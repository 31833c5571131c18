"""Tokens of organisers' programs, webhooks, and the calls to them. No secret is stored readably."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from letters.core import sealed
from letters.documents.models import Letter
from letters.press.enums import PURPOSE_MAX, Purpose
from letters.syndication.enums import NAME_MAX, CallState, HookState, Why


class TokenQuerySet(models.QuerySet["Token"]):
    def living(self, now: datetime) -> TokenQuerySet:
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)


class Token(models.Model):
    """A key for one letter, made by one person, whose rights it never exceeds. Of the secret only a keyed hash is
    kept."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=NAME_MAX, help_text="Which program has it")
    prefix = models.CharField(max_length=16, help_text="Begin of the secret, to tell tokens apart")
    digest = models.BinaryField(max_length=32, unique=True, help_text="HMAC of the secret under a key of the key file")
    scopes = models.JSONField(default=list)
    contact_list = models.CharField(max_length=32, blank=True, help_text="Which list export:contacts is for")
    purpose = models.CharField(max_length=10, choices=Purpose.choices, blank=True, help_text="Of that list")
    reason = models.CharField(max_length=PURPOSE_MAX, blank=True, help_text="The same in words")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_on = models.DateField(null=True, help_text="Last day on which it was used")

    objects = TokenQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.public_id)


class Webhook(models.Model):
    """An address of the organisers' own that is told what happens to one letter."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="webhooks")
    host = models.CharField(max_length=253, help_text="Of its address, to tell webhooks apart")
    url_sealed = models.BinaryField(help_text="Sealed: an address may hold a password")
    secret_sealed = models.BinaryField(help_text="Sealed; signs every call")
    events = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=HookState.choices, default=HookState.ACTIVE)
    paused_why = models.CharField(max_length=10, choices=Why.choices, blank=True)
    failing_since = models.DateTimeField(null=True, help_text="First failure since the last call that was taken")
    taken_at = models.DateTimeField(null=True, help_text="Last call that was taken")
    watched_at = models.DateTimeField(help_text="What happened until then is in the queue")
    counts = models.JSONField(default=dict, help_text="The numbers that were told last")
    counted_at = models.DateTimeField(null=True, help_text="When")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="webhook_pause_has_why", condition=Q(state="active", paused_why="") | Q(state="paused")
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_active(self) -> bool:
        return self.state == HookState.ACTIVE

    @property
    def url(self) -> str:
        """The address, unsealed. Raises KeyRingError when its key is gone."""
        return sealed.unseal(bytes(self.url_sealed), self._context(b"url"))

    def set_url(self, url: str) -> None:
        """Seal the address; the row is not saved."""
        self.url_sealed = sealed.seal(url, self._context(b"url"))

    @property
    def secret(self) -> str:
        """The secret, unsealed. Raises KeyRingError when its key is gone."""
        return sealed.unseal(bytes(self.secret_sealed), self._context(b"secret"))

    def set_secret(self, secret: str) -> None:
        """Seal the secret; the row is not saved."""
        self.secret_sealed = sealed.seal(secret, self._context(b"secret"))

    def _context(self, column: bytes) -> bytes:
        return b"syndication.webhook." + column + b"\0" + self.public_id.bytes


class CallQuerySet(models.QuerySet["Call"]):
    def claimable(self, now: datetime) -> CallQuerySet:
        """Due by now, or left behind by a worker whose lease ran out. A paused webhook gets tests alone."""
        due = Q(state=CallState.DUE, next_at__lte=now) | Q(state=CallState.SENDING, lease_until__lt=now)
        return self.filter(due).filter(Q(webhook__state=HookState.ACTIVE) | Q(kind="ping"))


class Call(models.Model):
    """One piece of news on its way to one webhook: stored first, sent by a worker, kept for a month as its log."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="calls")
    kind = models.CharField(max_length=30)
    origin = models.CharField(max_length=100, help_text="What it is about: nothing is told twice")
    body = models.TextField(help_text="Exactly what is sent: ids and public facts")
    state = models.CharField(max_length=10, choices=CallState.choices, default=CallState.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_by = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="HTTP status of the last answer")
    error = models.CharField(max_length=60, blank=True, help_text="Code of the last failure; no text of the receiver")

    objects = CallQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "origin"], name="call_once")]
        indexes = [
            models.Index(fields=["next_at"], name="call_waiting", condition=Q(state__in=["due", "sending"])),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class Notice(models.Model):
    """A mail to one organiser: a webhook paused by itself. The address is the account's."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.public_id)
