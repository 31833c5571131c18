"""Evidence rows: each check is one dated statement about one axis; it is voided, never rewritten. Beside them the
checks that are under way, and the organisations whose domains we know."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from letters.documents.models import Letter
from letters.signatures.models import Signature


class Method(models.TextChoices):
    EMAIL = "email", _("confirmed by e-mail")
    WORK_EMAIL = "work_email", _("work e-mail")
    ORCID = "orcid", _("ORCID sign-in")
    ORCID_EMPLOYMENT = "orcid_employment", _("employment on ORCID, added by an organisation")
    GOOGLE = "google", _("Google Workspace")
    MICROSOFT = "microsoft", _("Microsoft Entra")
    INSTITUTION = "institution", _("institutional login")
    CILOGON = "cilogon", _("institutional login by CILogon")
    SAML = "saml", _("institutional login by SAML")
    LINKEDIN = "linkedin", _("LinkedIn account")
    GITHUB = "github", _("GitHub account")
    GITHUB_MEMBER = "github_member", _("public membership on GitHub")
    WEBSITE = "website", _("link on a website")
    DNS = "dns", _("DNS record")
    INVITATION = "invitation", _("personal invitation")
    REVIEW = "review", _("checked by the organisers")
    ORGANIZATION = "organization", _("signed on behalf of an organisation")


class Axis(models.TextChoices):
    ADDRESS = "address", _("Address")
    ACCOUNT = "account", _("Account")
    NAME = "name", _("Name")
    POSITION = "position", _("Position")
    AFFILIATION = "affiliation", _("Affiliation")


class Source(models.TextChoices):
    """Where a row of an organisation or domain comes from, strongest first."""

    CURATED = "curated", "shipped with this software"
    ORGANISER = "organiser", "entered by an operator"
    ROR = "ror", "ROR, domains"
    ROR_WEBSITE = "ror_website", "ROR, host of the website"


class DomainKind(models.TextChoices):
    STAFF = "staff"
    MIXED = "mixed"
    STUDENT = "student"
    ALUMNI = "alumni"
    MEMBERSHIP = "membership"
    ISP = "isp"
    HOSTING = "hosting"


class OrganizationStatus(models.TextChoices):
    ACTIVE = "active"
    INACTIVE = "inactive"
    WITHDRAWN = "withdrawn"


class Organization(models.Model):
    """An organisation that mail domains are tied to. Public facts with their source and day; no person is in it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=300)
    aliases = models.JSONField(default=list, blank=True, help_text="Other names and acronyms")
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2")
    types = models.JSONField(default=list, blank=True)
    ror = models.CharField(max_length=30, unique=True, null=True, blank=True, help_text="https://ror.org/…")
    lei = models.CharField(max_length=20, blank=True)
    wikidata = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=10, choices=OrganizationStatus.choices, default=OrganizationStatus.ACTIVE)
    source = models.CharField(max_length=12, choices=Source.choices)
    source_note = models.CharField(max_length=300, blank=True, help_text="Page or release that says so")
    checked_on = models.DateField()

    def __str__(self) -> str:
        return self.name

    @property
    def uri(self) -> str:
        """The identifier that files print: ROR, else LEI, else Wikidata, else nothing."""
        if self.ror:
            return self.ror
        if self.lei:
            return f"https://search.gleif.org/#/record/{self.lei}"
        return f"https://www.wikidata.org/entity/{self.wikidata}" if self.wikidata else ""


class OrganizationDomain(models.Model):
    """«This mail domain is used by that organisation», with kind, source and day."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=253, help_text="A-label form, lower case")
    kind = models.CharField(max_length=10, choices=DomainKind.choices)
    source = models.CharField(max_length=12, choices=Source.choices)
    source_note = models.CharField(max_length=300, blank=True)
    checked_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "source", "organization"], name="organization_domain_once"),
        ]

    def __str__(self) -> str:
        return f"{self.domain} {self.kind} ({self.source})"


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def standing(self) -> "EvidenceQuerySet":
        return self.filter(voided_at__isnull=True)


class Evidence(models.Model):
    """What one check proved. ``claim`` holds no personal data beyond what the public sentence prints."""

    signature = models.ForeignKey(Signature, on_delete=models.CASCADE, related_name="evidence")
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="+", db_index=False)
    method = models.CharField(max_length=20, choices=Method.choices)
    axis = models.CharField(max_length=12, choices=Axis.choices)
    claim = models.JSONField(default=dict, blank=True, help_text="What the sentence needs, nothing else")
    source = models.CharField(max_length=300, blank=True, help_text="Where the fact comes from")
    organization = models.ForeignKey(Organization, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    subject_index = models.BinaryField(
        max_length=32, null=True, help_text="Keyed hash of (issuer, subject) within the text"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    checked_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text="Afterwards counted apart; the sentence keeps its date")
    voided_at = models.DateTimeField(null=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["signature", "method", "axis"],
                name="evidence_once",
                condition=Q(voided_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["letter", "subject_index", "method", "axis"],
                name="evidence_one_identity",
                condition=Q(voided_at__isnull=True, subject_index__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["letter", "method"],
                name="evidence_beyond_email",
                condition=Q(voided_at__isnull=True) & ~Q(method="email"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method}/{self.axis} of {self.signature_id}"


class CheckState(models.TextChoices):
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class Check(models.Model):
    """One attempt to prove something, from ``start`` until its answer; used once, deleted when it is over."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    signature = models.ForeignKey(Signature, on_delete=models.CASCADE, related_name="checks")
    kind = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=CheckState.choices, default=CheckState.WAITING)
    asked_sealed = models.BinaryField(null=True, help_text="What is to be proven, sealed; dropped when over")
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="check_over_holds_nothing", condition=Q(state="waiting") | Q(asked_sealed__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["signature", "kind"], name="check_one_waiting", condition=Q(state="waiting")
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="check_expires")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
