"""What a printed list or text says otherwise since it was published; and who asked to be told. Parts of models."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from letters.core import sealed
from letters.documents.models import Letter, Version
from letters.press.enums import CorrectionKind
from letters.signatures.models import Signature


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def shown(self) -> CorrectionQuerySet:
        """Without the single lines of one decision about many: that has an entry of its own."""
        return self.filter(Q(batch__isnull=True) | Q(kind=CorrectionKind.COUNT))

    def newest_first(self) -> CorrectionQuerySet:
        return self.order_by("-changed_at", "-id")


class Correction(models.Model):
    """One change of what was printed, written with the change itself. Nobody is named in it: while a line stands, the
    entry leads to it, and once it ends, to nothing."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="corrections", db_index=False)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, null=True, related_name="+")
    changed_at = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=CorrectionKind.choices)
    code = models.CharField(max_length=20, blank=True, help_text="Which of the kind's sentences; a reason of a removal")
    detail = models.JSONField(default=dict, help_text="Numbers, labels and hashes of the sentence; never a name")
    signature = models.ForeignKey(
        Signature, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Only until its line ends"
    )
    batch = models.UUIDField(null=True, help_text="The decision about many that it was a part of")
    persons_after = models.PositiveIntegerField(null=True, help_text="Published count, once it was counted anew")

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                # Whatever else goes wrong: the entry about a withdrawal leads to nobody.
                name="correction_withdrawn_is_nobody",
                condition=~Q(kind="withdrawn") | Q(signature__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["batch", "code"], name="correction_of_batch_once", condition=Q(kind="count")
            ),
        ]
        indexes = [
            models.Index(fields=["letter", "-changed_at", "-id"], name="correction_of_letter"),
            models.Index(fields=["letter"], name="correction_uncounted", condition=Q(persons_after__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class CorrectionReader(models.Model):
    """An address that asked to be told of a letter's corrections, and confirmed it by mail."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="correction_readers", db_index=False)
    email_sealed = models.BinaryField(help_text="Sealed address")
    recipient_index = models.BinaryField(max_length=32, help_text="Blind index of the address, as the queue has it")
    language = models.CharField(max_length=10, help_text="Of the page on which it was asked")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    told_from = models.BigIntegerField(default=0, help_text="The newest mail is about what came after this entry")
    told_to = models.BigIntegerField(default=0, help_text="Up to this one")
    told_at = models.DateTimeField(null=True, help_text="When the newest mail was queued")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["letter", "recipient_index"], name="correctionreader_once")]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def email(self) -> str:
        return sealed.unseal(bytes(self.email_sealed), self._context)

    def set_email(self, address: str) -> None:
        self.email_sealed = sealed.seal(address, self._context)

    @property
    def _context(self) -> bytes:
        return b"press.correctionreader.email\0" + self.public_id.bytes
