"""What a signature and an invitation can be, and how long their texts may be; ``models`` hands all of it on."""

from django.db import models
from django.utils.translation import gettext_lazy as _

NAME_MAX = 120
POSITION_MAX = 150
AFFILIATION_MAX = 150
COMMENT_MAX = 500
HONORIFIC_MAX = 40
ORCID_MAX = 19
WEBSITE_MAX = 200
LIST_KEY_BYTES = 160


class SignatureState(models.TextChoices):
    PENDING = "pending", _("Pending")
    CONFIRMED = "confirmed", _("Confirmed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REMOVED = "removed", _("Removed")


class Role(models.TextChoices):
    SIGNATORY = "signatory", _("Signatory")
    SELECTED = "selected", _("Selected")
    INITIATOR = "initiator", _("Initiator")


class Sector(models.TextChoices):
    """Where somebody works; the words of the column in the files."""

    ACADEMIA = "academia", _("Academia")
    INDUSTRY = "industry", _("Industry")
    GOVERNMENT = "government", _("Government")
    HEALTHCARE = "healthcare", _("Healthcare")
    CIVIL_SOCIETY = "civil society", _("Civil society")
    MEDIA = "media", _("Media")
    INDEPENDENT = "independent", _("Independent")
    OTHER = "other", _("Other")


class AffiliationStatus(models.TextChoices):
    CURRENT = "current", _("current")
    FORMER = "former", _("former")
    EMERITUS = "emeritus", _("emeritus")
    RETIRED = "retired", _("retired")
    INDEPENDENT = "independent", _("independent")
    STUDENT = "student", _("student")


class SignatoryType(models.TextChoices):
    PERSON = "person"
    ORGANIZATION = "organization"


class Verification(models.TextChoices):
    """What is proven in short, for filters and files; the sentence says it exactly."""

    NONE = "", _("nothing yet")
    EMAIL = "email", _("E-mail confirmed")
    ACCOUNT = "account", _("Account confirmed")
    AFFILIATION = "affiliation", _("Affiliation confirmed")


class Basis(models.TextChoices):
    """What the confirmation of an affiliation rests on."""

    NONE = "none"
    WORK_EMAIL = "work_email"
    INSTITUTIONAL_LOGIN = "institutional_login"
    ORCID = "orcid"
    WORK_ACCOUNT = "work_account"
    REVIEW = "review"


class InvitationState(models.TextChoices):
    SENT = "sent", _("sent")
    OPENED = "opened", _("opened the form")
    SIGNED = "signed", _("signed")
    DECLINED = "declined", _("declined")
    BOUNCED = "bounced", _("mail came back")
    REVOKED = "revoked", _("taken back")
    EXPIRED = "expired", _("no answer")
