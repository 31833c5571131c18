"""What a token may do, what a webhook is told, and how far a call is."""

from django.db import models
from django.utils.translation import gettext_lazy as _

NAME_MAX = 80


class Scope(models.TextChoices):
    """Each is one address of the read interface, for one letter."""

    NUMBERS = "read:numbers", _("Read the numbers of the desk, before the launch as well")
    SIGNATORIES = "export:signatories", _("Download the published lines, also while names are hidden from readers")
    CONTACTS = "export:contacts", _("Download one list of addresses of those who agreed to it")


class Happening(models.TextChoices):
    """What a webhook can be told; ids and public facts, never words that somebody typed."""

    COUNTS = "counts.changed", _("The count changed (at most once a minute)")
    PUBLISHED = "letter.published", _("The letter was launched")
    REOPENED = "letter.reopened", _("The letter takes signatures again")
    CLOSED = "letter.closed", _("The letter was closed")
    DELIVERED = "letter.delivered", _("The letter was delivered")
    VERSION = "version.published", _("A new version of the text was published")
    AMENDED = "text.amended", _("The text got an editorial fix")
    MILESTONE = "milestone.reached", _("A milestone was announced")
    RESPONSE = "response.recorded", _("An addressee responded")
    TIMELINE = "timeline.added", _("Something else came onto the timeline")
    CORRECTION = "correction.recorded", _("Something printed was corrected")
    SNAPSHOT = "snapshot.made", _("A snapshot of the files was made")


PING = "ping"
"""The test that the button of the desk sends; every webhook gets it."""


class HookState(models.TextChoices):
    ACTIVE = "active", _("active")
    PAUSED = "paused", _("paused")


class Why(models.TextChoices):
    """Why a webhook is paused."""

    BY_HAND = "by-hand", _("Paused by an organiser")
    FAILING = "failing", _("Paused by itself: every call failed for three days")
    GONE = "gone", _("Paused by itself: the receiver answered 410, gone")


class CallState(models.TextChoices):
    DUE = "due", _("waits")
    SENDING = "sending", _("under way")
    SENT = "sent", _("taken")
    DEAD = "dead", _("given up")
