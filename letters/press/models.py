"""Numbers of a letter by day, exports, archives, snapshots and corrections; no row here names a signatory."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from letters.documents.models import Letter, LetterTeam
from letters.outreach.models import Package
from letters.press.asked import Question as Question
from letters.press.committed import Commitment as Commitment
from letters.press.committed import LoggedText as LoggedText
from letters.press.committed import Scan as Scan
from letters.press.corrected import Correction as Correction
from letters.press.corrected import CorrectionReader as CorrectionReader
from letters.press.embargoed import EmbargoAccess as EmbargoAccess
from letters.press.embargoed import EmbargoVisit as EmbargoVisit
from letters.press.enums import HOST_MAX as HOST_MAX
from letters.press.enums import PURPOSE_MAX as PURPOSE_MAX
from letters.press.enums import ArchiveKind as ArchiveKind
from letters.press.enums import ArchiveState as ArchiveState
from letters.press.enums import CorrectionKind as CorrectionKind
from letters.press.enums import EmbargoPart as EmbargoPart
from letters.press.enums import Page as Page
from letters.press.enums import Purpose as Purpose
from letters.press.snapshotted import EarlierLine as EarlierLine
from letters.press.snapshotted import Redaction as Redaction
from letters.press.snapshotted import Snapshot as Snapshot
from letters.press.snapshotted import SnapshotFile as SnapshotFile
from letters.press.snapshotted import SnapshotReason as SnapshotReason
from letters.press.snapshotted import SnapshotState as SnapshotState


class VisitCount(models.Model):
    """How often a page of a letter was opened on a day by way of one other site. Nothing about anybody is in it."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="visit_counts", db_index=False)
    day = models.DateField(help_text="UTC")
    page = models.CharField(max_length=6, choices=Page.choices)
    source = models.CharField(max_length=HOST_MAX, blank=True, help_text="Host of the page before; empty: none or ours")
    visits = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["letter", "day", "page", "source"], name="visitcount_once"),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.day} {self.page} {self.source}: {self.visits}"


class DayCount(models.Model):
    """What happened under a letter on one day. Forms and mails stay counted when their rows are deleted."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="day_counts", db_index=False)
    day = models.DateField(help_text="UTC")
    forms = models.PositiveIntegerField(default=0, help_text="Attempts that were stored")
    mails = models.PositiveIntegerField(default=0, help_text="Of those, asked by a mail that left")
    bounced = models.PositiveIntegerField(default=0, help_text="Of those, came back")
    confirmed = models.PositiveIntegerField(default=0, help_text="Confirmed on this day, also withdrawn since")
    published = models.PositiveIntegerField(default=0, help_text="Of those, printed now")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["letter", "day"], name="daycount_once")]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.day}: {self.confirmed}"


class Figures(models.Model):
    """What else the numbers page shows of a letter, and when all of it was counted."""

    letter = models.OneToOneField(Letter, on_delete=models.CASCADE, related_name="figures")
    as_of = models.DateTimeField()
    first_hour_at = models.DateTimeField(null=True, help_text="Begin of the hour of the first confirmation")
    first_hours = models.JSONField(default=list, help_text="Confirmations in each hour from then on, for three days")
    mail_seconds = models.PositiveIntegerField(null=True, help_text="Median from the form to the mail")
    confirm_seconds = models.PositiveIntegerField(null=True, help_text="Median from the form to the confirmation")
    decision_seconds = models.PositiveIntegerField(null=True, help_text="Median from the question to its decision")

    def __str__(self) -> str:
        return f"{self.letter_id} as of {self.as_of:%Y-%m-%d %H:%M}"


class Export(models.Model):
    """That somebody took addresses out of the site: who, when, under which consent, how many, and what for."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="exports", db_index=False)
    letter_team = models.ForeignKey(
        LetterTeam, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Whose line; none: updates"
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    reason = models.CharField(max_length=PURPOSE_MAX, help_text="What for, in the organiser's words")
    people = models.PositiveIntegerField(help_text="Addresses in the file")

    class Meta:
        indexes = [models.Index(fields=["letter", "-made_at"], name="export_of_letter")]

    def __str__(self) -> str:
        return f"{self.letter_id}: {self.people} at {self.made_at:%Y-%m-%d %H:%M}"


class Archive(models.Model):
    """One file that was asked for at the desk, a static copy of a letter or a delivery package: how far it is, and
    until when it is kept."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="archives")
    kind = models.CharField(max_length=8, choices=ArchiveKind.choices, default=ArchiveKind.ARCHIVE)
    is_supplement = models.BooleanField(default=False, help_text="Of a new package: who came since the last delivery")
    package = models.ForeignKey(
        Package, on_delete=models.CASCADE, null=True, related_name="+", help_text="Whose file it is, once it is made"
    )
    state = models.CharField(max_length=8, choices=ArchiveState.choices, default=ArchiveState.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    done_count = models.PositiveIntegerField(default=0, help_text="Signatures written")
    total_count = models.PositiveIntegerField(default=0)
    ready_at = models.DateTimeField(null=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True, help_text="When the file is deleted")
    failure = models.CharField(max_length=20, blank=True, help_text="Code of the rule that forbade it")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "kind"],
                name="archive_one_at_a_time",
                condition=models.Q(state__in=["waiting", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.state}"
