"""Cases of the queue, the files that signatories hand in for a check, and disputes of third parties."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from letters.core import sealed
from letters.documents.models import Letter
from letters.moderation.enums import BulkState as BulkState
from letters.moderation.enums import BulkWhat as BulkWhat
from letters.moderation.enums import Decision as Decision
from letters.moderation.enums import DisputeKind as DisputeKind
from letters.moderation.enums import FileKind as FileKind
from letters.moderation.enums import ImportState as ImportState
from letters.moderation.enums import Reason as Reason
from letters.signatures.models import Signature

NOTE_MAX = 1000
URL_MAX = 500
UNDO_WITHIN = timedelta(minutes=15)
"""How long a decision can be taken back; a refusal is mailed when this time is over."""


FINAL = {Reason.CORRECTION, Reason.DOMAIN, Reason.EVIDENCE_LOST}
"""What changes line or evidence when it is decided; it is not undone but asked for anew."""


class CaseQuerySet(models.QuerySet["Case"]):
    def waiting(self) -> CaseQuerySet:
        """Open cases of signatures that still stand or were removed (appeals)."""
        return self.filter(closed_at__isnull=True)

    def holding(self) -> CaseQuerySet:
        return self.waiting().filter(is_holding=True)

    def decided(self) -> CaseQuerySet:
        """Ruled by a person, not settled by itself."""
        return self.filter(closed_at__isnull=False, decision__in=[Decision.ACCEPTED, Decision.REFUSED])


class Case(models.Model):
    """One question about one signature, and its answer. While it holds, the line is printed nowhere."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="cases", db_index=False)
    signature = models.ForeignKey(Signature, on_delete=models.CASCADE, related_name="cases", db_index=False)
    other = models.ForeignKey(
        Signature, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="The likeness"
    )
    appeal_of = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="appeals")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    detail = models.CharField(max_length=30, blank=True, help_text="A code: role asked for, kind of dispute, finding")
    is_holding = models.BooleanField(default=False)
    words = models.CharField(max_length=NOTE_MAX, blank=True, help_text="What the signatory wrote")
    source_url = models.CharField(max_length=URL_MAX, blank=True, help_text="Public source that the signatory named")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.OPEN, blank=True)
    reason_code = models.CharField(max_length=20, blank=True, help_text="Of a refusal")
    note = models.CharField(max_length=NOTE_MAX, blank=True, help_text="The reviewer's words to the signatory")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    held_before = models.BooleanField(default=False, help_text="Whether it held before the last decision, for undo")
    approved_at = models.DateTimeField(null=True, blank=True, help_text="Since when it waits for a second reviewer")
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    claimed_until = models.DateTimeField(null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["signature", "reason"], name="case_once_open", condition=Q(closed_at__isnull=True)
            ),
            models.CheckConstraint(
                name="case_closed_is_decided", condition=Q(closed_at__isnull=True) | ~Q(decision="")
            ),
            models.CheckConstraint(name="case_refused_says_why", condition=~Q(decision="refused") | ~Q(reason_code="")),
            models.CheckConstraint(
                # Four eyes are four: the database refuses one person as both.
                name="case_two_reviewers",
                condition=Q(second_by__isnull=True) | Q(decided_by__isnull=True) | ~Q(second_by=F("decided_by")),
            ),
        ]
        indexes = [
            models.Index(fields=["letter", "due_at", "id"], name="case_queue", condition=Q(closed_at__isnull=True)),
            models.Index(
                fields=["letter", "reason", "due_at", "id"], name="case_by_reason", condition=Q(closed_at__isnull=True)
            ),
            models.Index(fields=["letter", "closed_at"], name="case_closed"),
            models.Index(fields=["signature", "opened_at"], name="case_signature"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.public_id}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_late(self) -> bool:
        return self.is_open and self.due_at < timezone.now()

    @property
    def waits_for_second(self) -> bool:
        """One reviewer accepted; another one must, too."""
        return self.is_open and self.decided_by_id is not None

    def claimed_by_other(self, user_id: int) -> bool:
        """Whether a colleague is at it now."""
        until = self.claimed_until
        return self.claimed_by_id not in (None, user_id) and until is not None and until > timezone.now()

    def undo_until(self, within: timedelta = UNDO_WITHIN) -> datetime | None:
        """Until when the decision can be taken back; None where nothing can be."""
        if self.closed_at is None or self.decision == Decision.SETTLED or self.reason in FINAL or self.changed_line:
            return None
        return self.closed_at + within

    @property
    def changed_line(self) -> bool:
        """An organisation's dispute was upheld, and the affiliation is gone from the line."""
        return self.decision == Decision.REFUSED and self.detail == DisputeKind.AFFILIATION

    @property
    def can_be_undone(self) -> bool:
        until = self.undo_until()
        return until is not None and timezone.now() < until


class Upload(models.Model):
    """A file that a signatory handed in for a check: sealed, shown to reviewers alone, deleted after the decision."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="uploads")
    kind = models.CharField(max_length=4, choices=FileKind.choices)
    size_bytes = models.PositiveIntegerField()
    content_sealed = models.BinaryField()
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def content(self) -> bytes:
        """The file as it was handed in. Raises KeyRingError when its key is gone."""
        return sealed.unseal_bytes(bytes(self.content_sealed), self._context)

    def set_content(self, content: bytes) -> None:
        """Seal a file into this row."""
        self.content_sealed = sealed.seal_bytes(content, self._context)
        self.size_bytes = len(content)

    @property
    def _context(self) -> bytes:
        return b"moderation.upload.content\0" + self.public_id.bytes


class Dispute(models.Model):
    """What a third party says against a line. Nothing happens before the contact address is confirmed."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    signature = models.ForeignKey(Signature, on_delete=models.CASCADE, related_name="disputes")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="disputes")
    kind = models.CharField(max_length=12, choices=DisputeKind.choices)
    text_sealed = models.BinaryField(help_text="What the person wrote, sealed")
    email_sealed = models.BinaryField(help_text="Contact address, sealed")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def text(self) -> str:
        return sealed.unseal(bytes(self.text_sealed), b"moderation.dispute.text\0" + self.public_id.bytes)

    @property
    def email(self) -> str:
        return sealed.unseal(bytes(self.email_sealed), b"moderation.dispute.email\0" + self.public_id.bytes)

    def set_text(self, text: str) -> None:
        self.text_sealed = sealed.seal(text, b"moderation.dispute.text\0" + self.public_id.bytes)

    def set_email(self, address: str) -> None:
        self.email_sealed = sealed.seal(address, b"moderation.dispute.email\0" + self.public_id.bytes)


class Pace(models.Model):
    """How many confirmations an hour are usual for a letter; beyond the threshold new ones are held."""

    letter = models.OneToOneField(Letter, on_delete=models.CASCADE, related_name="pace")
    threshold = models.PositiveIntegerField(help_text="Confirmations an hour")
    unconfirmed_percent = models.PositiveSmallIntegerField(default=0, help_text="Of the sign-ups of the last hour")
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.letter_id}: {self.threshold} an hour"


class BulkDecision(models.Model):
    """One decision about many signatures at once: conditions, what they matched, why, and how far it got."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="bulk_decisions", db_index=False)
    what = models.CharField(max_length=10, choices=BulkWhat.choices)
    conditions = models.JSONField(default=dict, help_text="As letters.moderation.matching reads them")
    reason_code = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=NOTE_MAX, blank=True, help_text="The words that every signatory reads")
    state = models.CharField(max_length=10, choices=BulkState.choices, default=BulkState.PREVIEWED)
    counted = models.PositiveIntegerField(help_text="Rows of the preview")
    counted_at = models.DateTimeField()
    done_count = models.PositiveIntegerField(default=0)
    left_count = models.PositiveIntegerField(default=0, help_text="Rows that could not be done")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    second_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    undo_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+",
        help_text="Wants to take back what two decided; somebody else must want it, too",
    )  # fmt: skip
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(null=True, help_text="Since when it, or taking it back, waits for a second person")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="Done, stopped or taken back")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["letter"], name="bulk_one_at_a_time", condition=Q(state__in=["running", "undoing"])
            ),
            models.CheckConstraint(
                name="bulk_two_people", condition=Q(second_by__isnull=True) | Q(by__isnull=True) | ~Q(second_by=F("by"))
            ),
            models.CheckConstraint(
                name="bulk_undo_two_people",
                condition=Q(undo_asked_by__isnull=True) | Q(undone_by__isnull=True) | ~Q(undone_by=F("undo_asked_by")),
            ),
        ]
        indexes = [models.Index(fields=["letter", "-counted_at"], name="bulk_of_letter")]

    def __str__(self) -> str:
        return f"{self.what} {self.public_id}"


class BulkItem(models.Model):
    """One signature of a bulk decision: what it was before, and what became of it."""

    bulk = models.ForeignKey(BulkDecision, on_delete=models.CASCADE, related_name="items", db_index=False)
    signature = models.ForeignKey(Signature, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.SET_NULL, null=True, related_name="+")
    had_case = models.BooleanField(default=True, help_text="False: the case was opened by this decision")
    is_done = models.BooleanField(default=False)
    left_code = models.CharField(max_length=30, blank=True, help_text="Why it could not be done")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulk", "signature", "case"], name="bulk_item_once")]
        indexes = [models.Index(fields=["bulk", "is_done", "id"], name="bulk_item_next")]

    def __str__(self) -> str:
        return f"{self.bulk_id}: {self.signature_id}"


class NetworkKey(models.Model):
    """The random key of one week under which networks are hashed; destroyed with the hashes after two weeks."""

    week_on = models.DateField(unique=True, help_text="Its Monday")
    key_sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.week_on}"

    @property
    def key(self) -> bytes:
        """Shape: 32 bytes. Raises KeyRingError when the key that sealed it is gone."""
        return sealed.unseal_bytes(bytes(self.key_sealed), self._context)

    def set_key(self, key: bytes) -> None:
        self.key_sealed = sealed.seal_bytes(key, self._context)

    @property
    def _context(self) -> bytes:
        return b"moderation.networkkey\0" + self.week_on.isoformat().encode()


class Alert(models.Model):
    """How one organiser is told by mail of decisions that wait for them: whether at all, and when last."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    is_on = models.BooleanField(default=True)
    mailed_at = models.DateTimeField(null=True, help_text="When the last mail was queued")

    def __str__(self) -> str:
        return str(self.public_id)


class ListImport(models.Model):
    """An uploaded list of people to invite. Its rows are sealed, and deleted when they are sent or after a day."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="+", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.READ)
    columns = models.JSONField(default=dict, help_text="{part: number of its column}")
    source = models.CharField(max_length=200, blank=True, help_text="Where the organisers have the addresses from")
    role = models.CharField(max_length=10, blank=True)
    rows_sealed = models.BinaryField(null=True, help_text="The table as it was read, sealed")
    left_sealed = models.BinaryField(null=True, help_text="Rows that were not invited, with why; sealed")
    row_count = models.PositiveIntegerField()
    next_row = models.PositiveIntegerField(default=0, help_text="The first row that was not looked at")
    sent_count = models.PositiveIntegerField(default=0)
    left_count = models.PositiveIntegerField(default=0)
    uploaded_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["letter", "-uploaded_at"], name="listimport_of_letter")]

    def __str__(self) -> str:
        return f"{self.state} {self.public_id}"
