"""What ties a printed line, a text and a log together: indexes and salts, beside the signature. Parts of models."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from letters.documents.models import Letter, Version
from letters.ledger.models import Log
from letters.signatures.models import Signature


class Commitment(models.Model):
    """One sign entry of a letter's log and what opens it. Without the salt nobody opens it, and neither do we: it goes
    in the transaction that ends the signature, or when the line is corrected."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveBigIntegerField(help_text="Index of its entry")
    signature = models.ForeignKey(
        Signature, on_delete=models.SET_NULL, null=True, related_name="commitments", db_index=False
    )
    salt = models.BinaryField(max_length=32, null=True)
    commitment = models.BinaryField(max_length=32, help_text="As in the entry")
    basis = models.CharField(max_length=12, blank=True, help_text="As in the entry")
    text = models.CharField(max_length=11, help_text="As in the entry")
    as_of = models.DateTimeField(help_text="The row's changed_at when it was read")
    retracted_by = models.PositiveBigIntegerField(null=True, help_text="Index of the entry that ended it")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "number"], name="commitment_number"),
            models.UniqueConstraint(
                fields=["signature", "log"], name="commitment_stands_once", condition=Q(retracted_by__isnull=True)
            ),
            models.CheckConstraint(
                name="commitment_retracted_is_closed", condition=Q(retracted_by__isnull=True) | Q(salt__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["signature"], name="commitment_of_signature")]

    def __str__(self) -> str:
        return f"{self.log_id}/{self.number}"


class LoggedText(models.Model):
    """That an exact text of a letter stands in its log."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveBigIntegerField(help_text="Index of its entry")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    amendment = models.PositiveSmallIntegerField(default=0, help_text="0: the version itself")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "version", "amendment"], name="loggedtext_once")]

    def __str__(self) -> str:
        return f"{self.log_id}/{self.number}"


class Scan(models.Model):
    """Which log a letter has, and how far the changes of its lines were looked at. A pass may take several runs."""

    letter = models.OneToOneField(Letter, on_delete=models.CASCADE, related_name="scan")
    log = models.OneToOneField(Log, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, help_text="When the last whole pass began")
    pass_started_at = models.DateTimeField(null=True, help_text="When the pass under way began")
    cursor_at = models.DateTimeField(null=True, help_text="changed_at of the last row of the pass under way")
    cursor_id = models.BigIntegerField(default=0, help_text="Row number of it")

    def __str__(self) -> str:
        return f"{self.letter_id}: {self.settled_at}"
