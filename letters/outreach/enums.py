"""What an entry of the timeline, an update and a delivery can be, and how long their texts may be."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

TITLE_MAX = 200
SUMMARY_MAX = 200  # the shape in which parliaments publish an answer: a line, then the whole
TEXT_MAX = 20_000
QUOTE_MAX = 500
SOURCE_MAX = 200
URL_MAX = 500
ADDRESSEE_MAX = 400
SUBJECT_MAX = 150
BODY_MAX = 20_000
NOTE_MAX = 500
EVERY = timedelta(days=7)
"""Between two updates of one letter."""
RESUME_WITHIN = timedelta(days=14)
"""How long a stopped update can go on; the queue still knows then who had it."""
REMIND_AFTER = (14, 30, 90)
"""Days after a delivery on which the organisers are asked to look for an answer."""
MILESTONES = (10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)


class EventKind(models.TextChoices):
    """What happened; the first five and ``milestone`` come by themselves."""

    PUBLISHED = "published", _("Published")
    REOPENED = "reopened", _("Open for signatures again")
    VERSION = "version", _("New version of the text")
    DELIVERED = "delivered", _("Delivered")
    CLOSED = "closed", _("Closed for signatures")
    MILESTONE = "milestone", _("Milestone")
    ACKNOWLEDGED = "acknowledged", _("Receipt acknowledged")
    RESPONSE = "response", _("Response")
    MEETING = "meeting", _("Meeting")
    QUESTION = "question", _("Parliamentary question")
    MEDIA = "media", _("In the media")
    ACTION = "action", _("Action by the organisers")
    STATEMENT = "statement", _("Statement by the organisers")
    UPDATE = "update", _("Update by the organisers")


AUTOMATIC = frozenset(
    {
        EventKind.PUBLISHED,
        EventKind.REOPENED,
        EventKind.VERSION,
        EventKind.DELIVERED,
        EventKind.CLOSED,
        EventKind.MILESTONE,
    }
)
BY_ORGANISERS = frozenset({EventKind.ACTION, EventKind.STATEMENT, EventKind.UPDATE})
"""Their own words: printed apart and labelled as theirs, never as the letter's or the signatories'."""
BY_HAND = tuple(kind for kind in EventKind if kind not in AUTOMATIC and kind != EventKind.UPDATE)


class Stance(models.TextChoices):
    """How an addressee answered what the letter asks for."""

    NONE = "", _("not known")
    DECLINED = "declined", _("Declined")
    PARTIAL = "partial", _("Agreed in part")
    FULL = "full", _("Agreed in full")


class ResponseState(models.TextChoices):
    """Where an addressee stands."""

    NONE = "none", _("No response known")
    ACKNOWLEDGED = "acknowledged", _("Receipt acknowledged")
    DECLINED = "declined", _("Declined")
    PARTIAL = "partial", _("Agreed in part")
    FULL = "full", _("Agreed in full")


class UpdateState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SENDING = "sending", _("being sent")
    STOPPED = "stopped", _("stopped")
    SENT = "sent", _("sent")


class MilestoneState(models.TextChoices):
    DRAFT = "draft", _("waits for you")
    RELEASED = "released", _("released")
    DISMISSED = "dismissed", _("not announced")
    PASSED = "passed", _("passed at once with a higher one")


class Channel(models.TextChoices):
    POST = "post", _("By post")
    EMAIL = "email", _("By e-mail")
    HAND = "hand", _("Handed over in person")
    MEETING = "meeting", _("At a meeting")
    FORM = "form", _("By a form on their site")
    OTHER = "other", _("In another way")


class NoticeKind(models.TextChoices):
    """Mails to organisers."""

    TEST = "test", _("an update as it will look")
    LOOK = "look", _("look for a response")
