"""Journalists who read a letter before its launch, each under terms of their own. A part of models."""

from __future__ import annotations

import json
import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from letters.core import sealed
from letters.documents.models import Letter
from letters.press.enums import EmbargoPart


class EmbargoAccess(models.Model):
    """One journalist: asked or invited, under terms that were accepted or not, until a day, taken back or not."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="embargo_accesses", db_index=False)
    content_sealed = models.BinaryField(help_text="Sealed JSON: name, outlet, email")
    recipient_index = models.BinaryField(max_length=32, help_text="Blind index of the address: one row for each")
    made_at = models.DateTimeField(help_text="Asked for, or invited")
    confirmed_at = models.DateTimeField(null=True, help_text="When whoever asked showed that the address is theirs")
    invited_at = models.DateTimeField(null=True, help_text="By an organiser, at once or when asked")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField(null=True, help_text="At the launch in any case")
    accepted_at = models.DateTimeField(null=True)
    terms_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the terms as accepted")
    revoked_at = models.DateTimeField(null=True, help_text="Refused, or taken back")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["letter", "recipient_index"], name="embargoaccess_once"),
            models.CheckConstraint(
                name="embargoaccess_invited_first", condition=Q(accepted_at__isnull=True) | Q(invited_at__isnull=False)
            ),
            models.CheckConstraint(
                name="embargoaccess_invited_ends", condition=Q(invited_at__isnull=True) | Q(expires_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def content(self) -> dict[str, str]:
        """{name, outlet, email}."""
        found: dict[str, str] = json.loads(sealed.unseal(bytes(self.content_sealed), self._context))
        return found

    def set_content(self, content: dict[str, str]) -> None:
        self.content_sealed = sealed.seal(json.dumps(content), self._context)

    @property
    def _context(self) -> bytes:
        return b"press.embargoaccess.content\0" + self.public_id.bytes

    @property
    def ends_at(self) -> datetime | None:
        """The end of its days, or the launch if that comes first; None before an organiser said yes."""
        hours = [at for at in (self.expires_at, self.letter.opens_at) if at is not None]
        return min(hours) if self.expires_at is not None else None

    @property
    def ends_early_at(self) -> datetime | None:
        """The end of its days where that comes before the launch; else None."""
        return self.ends_at if self.ends_at != self.letter.opens_at else None

    def state_at(self, now: datetime) -> str:
        """``unconfirmed``, ``asked``, ``refused``, ``invited``, ``accepted``, ``revoked`` or ``expired``; the launch is
        the letter's."""
        if self.revoked_at is not None:
            return "revoked" if self.invited_at else "refused"
        if self.invited_at is None:
            return "asked" if self.confirmed_at else "unconfirmed"
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "accepted" if self.accepted_at else "invited"


class EmbargoVisit(models.Model):
    """That a journalist opened the pages or took a file, and when. No network, no browser."""

    access = models.ForeignKey(EmbargoAccess, on_delete=models.CASCADE, related_name="visits")
    at = models.DateTimeField()
    part = models.CharField(max_length=8, choices=EmbargoPart.choices)

    def __str__(self) -> str:
        return f"{self.access_id} {self.part}"
