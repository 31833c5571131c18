"""The words that cases, disputes, bulk decisions and imported lists are told by."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """Why somebody must look; also what ``Signature.held_reason`` says of the oldest case that holds."""

    POLICY = "policy", _("Less evidence than this letter asks for")
    WATCHED = "watched-name", _("A name that makes news")
    MIXED = "mixed-script", _("Letters of several scripts in one word")
    DUPLICATE = "duplicate", _("Perhaps the same person twice")
    SPIKE = "spike", _("Part of a sudden wave")
    ORGANIZATION = "organization", _("An organisation signs")
    REVIEW = "review-asked", _("The signatory asked for a check")
    CORRECTION = "correction", _("A checked line shall change")
    DISPUTE = "dispute", _("Somebody disputes it")
    DOMAIN = "domain", _("The mail domain raises a question")
    EVIDENCE_LOST = "evidence-lost", _("Evidence may no longer hold")
    PLACEMENT = "placement", _("A place above the list")
    APPEAL = "appeal", _("The signatory appeals")
    ANONYMOUS = "anonymous", _("The name shall be withheld")
    OPERATOR = "operator", _("An operator looked by themselves")


class Decision(models.TextChoices):
    OPEN = "", _("open")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")
    SETTLED = "settled", _("settled by itself")  # evidence arrived, the change was taken back, the signature ended


class FileKind(models.TextChoices):
    PDF = "pdf", "PDF"
    PNG = "png", "PNG"
    JPEG = "jpeg", "JPEG"


class DisputeKind(models.TextChoices):
    NOT_ME = "not-me", _("This is my name, and I did not sign")
    NOT_THEM = "not-them", _("I know that this person did not sign")
    AFFILIATION = "affiliation", _("I speak for the organisation: this person does not belong to it")


class BulkWhat(models.TextChoices):
    REFUSE = "refuse", _("Refuse cases that wait")
    REMOVE = "remove", _("Remove signatures that are printed")
    ACCEPT = "accept", _("Accept cases that wait")


class BulkState(models.TextChoices):
    PREVIEWED = "previewed", _("looked at, not started")
    SECOND = "second", _("waits for a second person")
    LAPSED = "lapsed", _("over: nobody else agreed in time")
    RUNNING = "running", _("under way")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("stopped")
    UNDOING = "undoing", _("being taken back")
    UNDONE = "undone", _("taken back")


class ImportState(models.TextChoices):
    READ = "read", _("looked at, nothing sent")
    RUNNING = "running", _("under way")
    DONE = "done", _("done")
    STOPPED = "stopped", _("stopped")
