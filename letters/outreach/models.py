"""Updates and their mails, milestones, deliveries, and the public timeline."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from letters.documents.models import Letter, Version
from letters.outreach.enums import ADDRESSEE_MAX as ADDRESSEE_MAX
from letters.outreach.enums import BODY_MAX as BODY_MAX
from letters.outreach.enums import BY_ORGANISERS as BY_ORGANISERS
from letters.outreach.enums import NOTE_MAX as NOTE_MAX
from letters.outreach.enums import QUOTE_MAX as QUOTE_MAX
from letters.outreach.enums import SOURCE_MAX as SOURCE_MAX
from letters.outreach.enums import SUBJECT_MAX as SUBJECT_MAX
from letters.outreach.enums import SUMMARY_MAX as SUMMARY_MAX
from letters.outreach.enums import TEXT_MAX as TEXT_MAX
from letters.outreach.enums import TITLE_MAX as TITLE_MAX
from letters.outreach.enums import URL_MAX as URL_MAX
from letters.outreach.enums import Channel as Channel
from letters.outreach.enums import EventKind as EventKind
from letters.outreach.enums import MilestoneState as MilestoneState
from letters.outreach.enums import NoticeKind as NoticeKind
from letters.outreach.enums import Stance as Stance
from letters.outreach.enums import UpdateState as UpdateState


class Milestone(models.Model):
    """A published count that a letter reached, once and for good: a count that falls and rises again is no second one.
    Nothing is announced before an organiser releases it."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="milestones", db_index=False)
    number = models.PositiveIntegerField(help_text="Published natural persons, held and unconfirmed ones left out")
    state = models.CharField(max_length=10, choices=MilestoneState.choices, default=MilestoneState.DRAFT)
    persons = models.PositiveIntegerField(help_text="The count in which it was found")
    reached_at = models.DateTimeField(help_text="Time of that count")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["letter", "number"], name="milestone_once")]

    def __str__(self) -> str:
        return f"{self.letter_id}: {self.number} {self.state}"


class Update(models.Model):
    """One mail to all signatories who agreed to get some: written once, sent slowly, at most one a week."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="updates", db_index=False)
    number = models.PositiveSmallIntegerField(help_text="Within the letter; the serial of its mails")
    subject = models.CharField(max_length=SUBJECT_MAX)
    body = models.TextField(max_length=BODY_MAX, help_text="Markdown")
    milestone = models.OneToOneField(Milestone, on_delete=models.SET_NULL, null=True, related_name="update")
    is_on_timeline = models.BooleanField(default=True, help_text="Printed on the timeline when it is sent")
    state = models.CharField(max_length=10, choices=UpdateState.choices, default=UpdateState.DRAFT)
    revision = models.PositiveIntegerField(default=1, help_text="Grows with every save: the second editor is told")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, help_text="The last mail was settled, or somebody stopped it")
    cursor = models.BigIntegerField(default=0, help_text="Row up to which mails are queued")
    is_queued = models.BooleanField(default=False, help_text="Every mail is in the queue")
    counts = models.JSONField(default=dict, help_text="{sent, waiting, bounced, withheld, failed} when it ended")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["letter", "number"], name="update_number"),
            # However many organisers press at once: one runs.
            models.UniqueConstraint(fields=["letter"], name="update_one_at_a_time", condition=Q(state="sending")),
            models.CheckConstraint(
                name="update_sent_has_start", condition=Q(state="draft") | Q(started_at__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["state"], name="update_running", condition=Q(state="sending"))]

    def __str__(self) -> str:
        return f"{self.letter_id}: update {self.number} {self.state}"


class Package(models.Model):
    """What was made to be handed over: hash and numbers. The file is press.Archive's for a short time, and is made
    again from the rows as long as they are the same; whoever withdrew since is in no copy of ours."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="packages", db_index=False)
    number = models.PositiveSmallIntegerField(help_text="Within the letter, full ones and supplements together")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    supplement_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="supplements")
    supplement = models.PositiveSmallIntegerField(default=0, help_text="Number of the supplement; 0: the whole list")
    as_of = models.DateTimeField(help_text="Confirmed until then")
    persons = models.PositiveIntegerField(help_text="Named in it")
    organizations = models.PositiveIntegerField(help_text="Named in it")
    sentence = models.CharField(max_length=1500, help_text="The count sentence as printed on its cover")
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["letter", "number"], name="package_number"),
            models.CheckConstraint(
                name="package_supplement_is_numbered",
                condition=Q(supplement=0, supplement_of__isnull=True)
                | Q(supplement__gt=0, supplement_of__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id}: package {self.number}"


class Delivery(models.Model):
    """The letter was handed to one addressee: how, when, what, and what proves it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="deliveries")
    addressee = models.CharField(max_length=ADDRESSEE_MAX, help_text="As printed above the letter")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    delivered_on = models.DateField()
    package = models.ForeignKey(Package, on_delete=models.PROTECT, null=True, related_name="deliveries")
    supplement_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="supplements")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    persons = models.PositiveIntegerField(help_text="In the package; without one, published at that time")
    organizations = models.PositiveIntegerField(help_text="The same")
    file_sha256 = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=NOTE_MAX, blank=True, help_text="Printed on the timeline")
    receipt_note = models.CharField(max_length=NOTE_MAX, blank=True, help_text="What proves the delivery; not printed")
    receipt_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the receipt, which stays with them")
    receipt_at = models.DateTimeField(null=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, help_text="Recorded by mistake")

    class Meta:
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return str(self.public_id)


class EventQuerySet(models.QuerySet["Event"]):
    def shown(self) -> EventQuerySet:
        """What readers see, newest first."""
        return self.filter(removed_at__isnull=True).order_by("-happened_on", "-id")


class Event(models.Model):
    """One entry of the public timeline. Automatic ones are there once (``origin``); what people wrote can be corrected
    and taken off, and readers see that it was corrected."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=12, choices=EventKind.choices)
    stance = models.CharField(max_length=10, choices=Stance.choices, blank=True, help_text="Of a response")
    happened_on = models.DateField()
    title = models.CharField(max_length=TITLE_MAX, blank=True, help_text="Empty: the words of its kind")
    summary = models.CharField(max_length=SUMMARY_MAX, blank=True, help_text="One line")
    text = models.TextField(max_length=TEXT_MAX, blank=True, help_text="Markdown")
    url = models.CharField(max_length=URL_MAX, blank=True)
    source = models.CharField(max_length=SOURCE_MAX, blank=True, help_text="Who says so: a paper, an office")
    addressee = models.CharField(max_length=ADDRESSEE_MAX, blank=True, help_text="As printed above the letter")
    quote = models.CharField(max_length=QUOTE_MAX, blank=True)
    is_by_organisers = models.BooleanField(default=False, help_text="Their own words; printed apart and labelled")
    origin = models.CharField(max_length=60, blank=True, help_text="What made an automatic entry: made once")
    detail = models.JSONField(default=dict, help_text="Numbers of an automatic entry: count, version, channel")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, help_text="Last correction; printed")
    before = models.JSONField(default=dict, help_text="What the last correction replaced, for undo")
    removed_at = models.DateTimeField(null=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["letter", "origin"], name="event_once", condition=~Q(origin="")),
            models.CheckConstraint(name="event_stance_of_response", condition=Q(stance="") | Q(kind="response")),
            models.CheckConstraint(
                # Nobody's own words pass for the letter's.
                name="event_own_words_are_labelled",
                condition=~Q(kind__in=sorted(BY_ORGANISERS)) | Q(is_by_organisers=True),
            ),
        ]
        indexes = [models.Index(fields=["letter", "-happened_on", "-id"], name="event_timeline")]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def is_automatic(self) -> bool:
        return bool(self.origin)


class Notice(models.Model):
    """A mail to one organiser: an update as a test, or a reminder to look for a response. The address is the
    account's."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=4, choices=NoticeKind.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    update = models.ForeignKey(Update, on_delete=models.CASCADE, null=True, related_name="tests")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, null=True, related_name="reminders")
    days = models.PositiveSmallIntegerField(default=0, help_text="After the delivery")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "user", "days"], name="notice_once", condition=Q(delivery__isnull=False)
            ),
            models.CheckConstraint(
                name="notice_is_about_one",
                condition=Q(kind="test", update__isnull=False, delivery__isnull=True)
                | Q(kind="look", update__isnull=True, delivery__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"
