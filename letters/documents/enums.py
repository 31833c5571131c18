"""What a letter, its texts and its translations can be."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ku-arab", "ps", "sd", "ug", "ur", "yi"}
ADDRESS_AFTER_CLOSING = timedelta(days=30)
RESERVED_SLUGS = frozenset({"account", "join", "new", "people", "teams"})
"""Words of the desk's own addresses, which no letter may take."""


class LetterState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PRIVATE = "private", _("private signing")
    EMBARGOED = "embargoed", _("embargoed")
    OPEN = "open", _("open")
    PAUSED = "paused", _("paused")
    CLOSED = "closed", _("closed")
    DELIVERED = "delivered", _("delivered")
    ARCHIVED = "archived", _("archived")


ENDED = (LetterState.CLOSED, LetterState.DELIVERED, LetterState.ARCHIVED)
"""States in which a letter takes no signature for good."""
UNPUBLISHED = (LetterState.DRAFT, LetterState.PRIVATE)
"""States in which the public finds nothing at the letter's address."""


class Ordering(models.TextChoices):
    ALPHABETICAL = "alphabetical", _("in alphabetical order")
    SIGNING = "signing_order", _("in order of signing")
    ORGANIZATION = "by_organization", _("by organisation, then by name")
    COUNTRY = "by_country", _("by country, then by name")


class PublishFrom(models.TextChoices):
    """The lowest evidence with which a line is printed without an organiser's look."""

    EMAIL = "email", _("E-mail confirmed")
    ACCOUNT = "account", _("Account confirmed")
    AFFILIATION = "affiliation", _("Affiliation confirmed")
    REVIEW = "review", _("Checked by the organisers")


class TranslationStatus(models.TextChoices):
    """How far readers may rely on a translation; the letter's own language is the authoritative one."""

    REVIEWED = "reviewed", _("reviewed translation")
    COURTESY = "courtesy", _("courtesy translation")
