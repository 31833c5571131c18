"""What a journalist asks a signatory who agreed to be asked. A part of models."""

from __future__ import annotations

import json
import uuid

from django.db import models

from letters.core import sealed
from letters.documents.models import Letter
from letters.signatures.models import Signature


class Question(models.Model):
    """One question on its way. Who asks, the address and the words are sealed, and gone after a month; what stays is
    that somebody was asked, for the count."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="questions", db_index=False)
    signature = models.ForeignKey(Signature, on_delete=models.SET_NULL, null=True, related_name="questions")
    content_sealed = models.BinaryField(null=True, help_text="Sealed JSON: name, outlet, email, text, deadline")
    recipient_index = models.BinaryField(max_length=32, null=True, help_text="Blind index of the journalist's address")
    asked_at = models.DateTimeField()
    passed_at = models.DateTimeField(null=True, help_text="The address was confirmed and the mail queued")

    class Meta:
        indexes = [
            models.Index(fields=["letter", "-asked_at"], name="question_of_letter"),
            models.Index(fields=["recipient_index", "passed_at"], name="question_of_journalist"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def content(self) -> dict[str, str]:
        """{name, outlet, email, text, deadline}; empty once it is gone."""
        if self.content_sealed is None:
            return {}
        found: dict[str, str] = json.loads(sealed.unseal(bytes(self.content_sealed), self._context))
        return found

    def set_content(self, content: dict[str, str]) -> None:
        self.content_sealed = sealed.seal(json.dumps(content), self._context)

    @property
    def _context(self) -> bytes:
        return b"press.question.content\0" + self.public_id.bytes
