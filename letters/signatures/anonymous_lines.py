"""The line of somebody whose name is withheld: position and affiliation, once the organisers have checked the name."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.db import models
from django.db.models import Q

from letters.core import typed
from letters.documents.models import Version
from letters.signatures.enums import AFFILIATION_MAX, POSITION_MAX

if TYPE_CHECKING:
    from letters.signatures.models import Signature

LABEL_MAX = POSITION_MAX + AFFILIATION_MAX + 2


class Words(NamedTuple):
    """What is printed of somebody whose name is withheld; ``affiliation`` with the tie to it."""

    position: str
    affiliation: str


class AnonymousLineQuerySet(models.QuerySet["AnonymousLine"]):
    def standing(self) -> AnonymousLineQuerySet:
        """Those that somebody asks for now, checked or not."""
        return self.filter(ended_at__isnull=True)

    def printed(self) -> AnonymousLineQuerySet:
        """What list, files and the count may show: checked, of a confirmed signature that nobody holds."""
        return self.standing().filter(
            checked_at__isnull=False,
            signature__state="confirmed",
            signature__held_reason="",
            signature__hidden_at__isnull=False,
        )

    def for_version(self, version: Version | int) -> AnonymousLineQuerySet:
        return self.filter(signature__version=version)

    def in_order(self) -> AnonymousLineQuerySet:
        """By what is printed, and among the same words by a random number: nothing of the person is in it."""
        return self.order_by("sort_text", "public_id")

    def of(self, signature: Signature) -> AnonymousLine | None:
        """The line that stands for a signature."""
        return self.standing().filter(signature=signature).first()

    def begin(self, signature: Signature, words: Words, *, at: datetime, consent_text_sha256: str) -> AnonymousLine:
        """The line of a signature that withholds its name, not checked yet."""
        line = AnonymousLine(signature=signature, asked_at=at, consent_text_sha256=consent_text_sha256)
        line.say(words)
        line.save(force_insert=True)
        return line

    def end(self, signature: Signature, at: datetime) -> int:
        """Empty the line of a signature; its number stays, so that old files can be answered. Idempotent."""
        gone = dict.fromkeys(("position", "affiliation", "sort_text", "consent_text_sha256"), "")
        return self.standing().filter(signature_id=signature.pk).update(ended_at=at, **gone)


class AnonymousLine(models.Model):
    """What is printed instead of a name that is withheld. Its public id is its own: it leads to no line with a name.

    The signature itself stays hidden, so that nothing which reads signatures can print it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    signature = models.ForeignKey(
        "signatures.Signature", on_delete=models.CASCADE, related_name="anonymous_lines", db_index=False
    )
    position = models.CharField(max_length=POSITION_MAX, blank=True)
    affiliation = models.CharField(max_length=LABEL_MAX, blank=True, help_text="As printed, with the tie to it")
    sort_text = models.CharField(max_length=600, blank=True, help_text="What is printed, folded: order and search")
    consent_text_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the consent as shown")
    asked_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, help_text="When the organisers had checked the name; empty: not yet")
    name_deleted_at = models.DateTimeField(null=True, help_text="When the name was deleted after the check")
    ended_at = models.DateTimeField(null=True)

    objects = AnonymousLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["signature"], name="anonymousline_once", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="anonymousline_ended_is_empty",
                condition=Q(ended_at__isnull=True) | Q(position="", affiliation="", sort_text=""),
            ),
            models.CheckConstraint(
                # The name may go once somebody has checked it, never before.
                name="anonymousline_deleted_is_checked",
                condition=Q(name_deleted_at__isnull=True) | Q(checked_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["signature"], name="anonymousline_of")]

    def __str__(self) -> str:
        return f"{self.public_id}"

    @property
    def label(self) -> str:
        """«Professor, University X»: all that is printed of the person."""
        return ", ".join(part for part in (self.position, self.affiliation) if part)

    @property
    def words(self) -> Words:
        return Words(self.position, self.affiliation)

    def say(self, words: Words) -> None:
        """Set what shall be printed, and with it the place in the list."""
        self.position, self.affiliation = words
        self.sort_text = typed.fold(self.label)[:600]
