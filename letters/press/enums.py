"""Words of this room."""

from django.db import models
from django.utils.translation import gettext_lazy as _

HOST_MAX = 253
PURPOSE_MAX = 300


class Page(models.TextChoices):
    LETTER = "letter", _("the letter")
    FORM = "form", _("the form")


class Purpose(models.TextChoices):
    """What a file of addresses is for; the audit trail holds this code."""

    UPDATE = "update", _("To write to them about this letter from another system")
    EVENT = "event", _("To invite them to a meeting about this letter")
    CHECK = "check", _("To check signatures")
    HANDOVER = "handover", _("To hand the work over to another system")


class ArchiveKind(models.TextChoices):
    ARCHIVE = "archive", _("static copy")
    PACKAGE = "package", _("delivery package")


class ArchiveState(models.TextChoices):
    WAITING = "waiting", _("waits for its turn")
    RUNNING = "running", _("is being made")
    READY = "ready", _("ready")
    FAILED = "failed", _("could not be made")
    EXPIRED = "expired", _("deleted")


class EmbargoPart(models.TextChoices):
    """What a journalist opened under embargo."""

    PAGES = "pages", _("the pages")
    PDF = "pdf", _("the PDF")


class CorrectionKind(models.TextChoices):
    """What of a printed letter or list is otherwise than it was; the column ``kind`` of corrections.csv."""

    WITHDRAWN = "withdrawn", _("Withdrawn")
    REMOVED = "removed", _("Taken off the list")
    RESTORED = "restored", _("Back on the list")
    NAME = "name", _("Name corrected")
    AFFILIATION = "affiliation", _("Position or affiliation corrected")
    COMMENT = "comment", _("Comment changed")
    LETTER_EDITORIAL = "letter_editorial", _("Editorial fix of the text")
    LETTER_VERSION = "letter_version", _("New version of the text")
    COUNT = "count", _("Several lines at once")
    REDACTION = "redaction", _("Line emptied in older files")
