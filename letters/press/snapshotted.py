"""Rows of snapshots: which there are, which files each has, and whose hashes changed since. Nobody is in them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from letters.documents.models import Letter, Version
from letters.signatures.models import Signature

FILE_NAME_MAX = 80


class SnapshotState(models.TextChoices):
    WAITING = "waiting", _("waits for its turn")
    RUNNING = "running", _("is being made")
    READY = "ready", _("ready")
    FAILED = "failed", _("could not be made")


class SnapshotReason(models.TextChoices):
    """Why the list was kept at that time."""

    FIRST = "first", _("the first of this text")
    DAILY = "daily", _("once a day")
    MILESTONE = "milestone", _("at a milestone")
    CLOSED = "closed", _("when the letter closed")
    ASKED = "asked", _("asked for by the organisers")


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def ready(self) -> SnapshotQuerySet:
        return self.filter(state=SnapshotState.READY)

    def kept(self) -> SnapshotQuerySet:
        """Ready, and its files are still there."""
        return self.ready().filter(files_removed_at__isnull=True)


class Snapshot(models.Model):
    """The list of one text as it was at one moment: number, time, counts and hashes stay for good. Its files do, too,
    unless it is a daily one (thinning.py)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="snapshots", db_index=False)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, null=True, related_name="+")
    number = models.PositiveIntegerField(null=True, help_text="Counts from 1 within the letter, once it is ready")
    label = models.CharField(  # noqa: DJ001 - unique, so empty cannot be ""
        max_length=16, null=True, help_text="The time as addresses have it: 2026-11-28T1400Z"
    )
    as_of = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=SnapshotState.choices, default=SnapshotState.WAITING)
    reason = models.CharField(max_length=10, choices=SnapshotReason.choices)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, help_text="Since when a worker is at it")
    done_count = models.PositiveIntegerField(default=0, help_text="Signatures written")
    total_count = models.PositiveIntegerField(default=0)
    ready_at = models.DateTimeField(null=True)
    text_label = models.CharField(max_length=12, blank=True, help_text="«2.1»: the text that stood above the list")
    text_sha256 = models.CharField(max_length=64, blank=True)
    persons = models.PositiveIntegerField(default=0)
    organizations = models.PositiveIntegerField(default=0)
    count = models.JSONField(default=dict, help_text="As count.json said at that time, with the sentence")
    looked_at = models.DateTimeField(null=True, help_text="Until when changes of its lines were looked for")
    redacted_count = models.PositiveIntegerField(default=0, help_text="Lines of it that are no longer shown")
    earlier_count = models.PositiveIntegerField(
        default=0, help_text="Lines that are empty because their signatories corrected them since and asked for it"
    )
    files_removed_at = models.DateTimeField(
        null=True, help_text="When its files were thinned out; numbers, counts and hashes stay"
    )
    is_whole = models.BooleanField(default=True, help_text="False while its files are made anew without somebody")
    failure = models.CharField(max_length=20, blank=True, help_text="Code of the rule that forbade it")

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["letter", "label"], name="snapshot_of_minute"),
            models.UniqueConstraint(fields=["letter", "number"], name="snapshot_number"),
            models.UniqueConstraint(
                fields=["letter"],
                name="snapshot_one_at_a_time",
                condition=models.Q(state__in=["waiting", "running"]),
            ),
            models.CheckConstraint(
                name="snapshot_ready_is_whole",
                condition=~models.Q(state="ready")
                | models.Q(number__isnull=False, label__isnull=False, as_of__isnull=False, version__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["letter", "-as_of"], name="snapshot_newest")]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.label or self.state}"

    def get_absolute_url(self) -> str:
        return reverse("public:snapshot", args=[self.letter.slug, self.label])


class SnapshotFile(models.Model):
    """One file of a snapshot; ``sha256`` is that of the file as it is served now."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=FILE_NAME_MAX)
    place = models.PositiveSmallIntegerField(help_text="In the table of downloads")
    rows = models.PositiveIntegerField(null=True, help_text="Of a table, without its header")
    size_bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    has_names = models.BooleanField(help_text="Made of the rows: made anew when one of them becomes a tombstone")
    is_kept = models.BooleanField(default=True, help_text="It lies in the folder; False while it is made anew")
    refusal = models.CharField(max_length=300, blank=True, help_text="Why there is no such file, for readers")
    note = models.TextField(blank=True, help_text="What it had to leave out or lacks, for readers")

    class Meta:
        ordering = ("place",)
        constraints = [models.UniqueConstraint(fields=["snapshot", "name"], name="snapshotfile_once")]

    def __str__(self) -> str:
        return f"{self.snapshot_id} {self.name}"


class Redaction(models.Model):
    """That a file was made anew because a line in it is no longer shown: the hash before and after, nobody's name."""

    file = models.ForeignKey(SnapshotFile, on_delete=models.CASCADE, related_name="redactions")
    made_at = models.DateTimeField()
    old_sha256 = models.CharField(max_length=64)
    new_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ("-made_at", "-id")

    def __str__(self) -> str:
        return f"{self.file_id} at {self.made_at:%Y-%m-%d %H:%M}"


class EarlierLine(models.Model):
    """That a signatory wants a line as it was before a correction to be empty in older files; says nothing of it."""

    signature = models.OneToOneField(Signature, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.signature_id} at {self.asked_at:%Y-%m-%d %H:%M}"
