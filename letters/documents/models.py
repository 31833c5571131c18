"""A letter, and the immutable versions of its text."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ku-arab", "ps", "sd", "ug", "ur", "yi"}


class LetterState(models.TextChoices):
    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


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


ADDRESS_AFTER_CLOSING = timedelta(days=30)


class LetterQuerySet(models.QuerySet["Letter"]):
    def long_closed(self, now: datetime) -> "LetterQuerySet":
        """Closed, by hand or by date, so long ago that nothing which leads to a signatory's mailbox is kept."""
        limit = now - ADDRESS_AFTER_CLOSING
        return self.filter(models.Q(state=LetterState.CLOSED, closed_at__lt=limit) | models.Q(closes_at__lt=limit))

    def public(self) -> "LetterQuerySet":
        return self.exclude(state=LetterState.DRAFT).filter(version__isnull=False).select_related("version")


class Letter(models.Model):
    """An open letter: its address, its rules and which text is current. The words are in ``Version``."""

    slug = models.SlugField(max_length=80, unique=True)
    state = models.CharField(max_length=10, choices=LetterState.choices, default=LetterState.DRAFT)
    language = models.CharField(max_length=35, default="en", help_text="BCP 47, of the authoritative text")
    ordering = models.CharField(max_length=20, choices=Ordering.choices, default=Ordering.ALPHABETICAL)
    is_sample = models.BooleanField(default=False)
    summary = models.CharField(max_length=280, blank=True)
    initiators = models.JSONField(default=list, blank=True, help_text="[{name, position, affiliation}]")
    organisers = models.JSONField(default=list, blank=True, help_text="[{name, role, funding, interests}]")
    contact = models.CharField(max_length=200, blank=True)
    methods = models.JSONField(default=list, blank=True, help_text="Kinds of evidence accepted; empty: all of the site")
    publish_from = models.CharField(
        max_length=12,
        choices=PublishFrom.choices,
        default=PublishFrom.EMAIL,
        help_text="Lowest evidence printed at once",
    )
    watched_names = models.JSONField(default=list, blank=True, help_text="Names that make news: held until checked")
    spike_per_hour = models.PositiveIntegerField(
        default=0, help_text="Hold beyond so many in an hour; 0: the site's rule"
    )
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.OneToOneField(
        "Version",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="current_of",
        help_text="Current text",
    )

    objects = LetterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="letter_public_has_text",
                condition=models.Q(state="draft") | models.Q(version__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("public:letter", args=[self.slug])

    @property
    def title(self) -> str:
        return self.version.title if self.version else self.slug

    @property
    def subtitle(self) -> str:
        return self.version.subtitle if self.version else ""

    @property
    def dateline_place(self) -> str:
        return self.version.dateline_place if self.version else ""

    @property
    def dateline_on(self) -> date | None:
        return self.version.dateline_on if self.version else None

    @property
    def direction(self) -> str:
        return "rtl" if self.language.lower().split("-")[0] in RIGHT_TO_LEFT else "ltr"

    @property
    def interface_language(self) -> str:
        """The language of everything around the letter: its own where the site speaks it, the site's elsewhere."""
        spoken = dict(settings.LANGUAGES)
        base = self.language.lower().split("-")[0]
        return next((code for code in (self.language.lower(), base) if code in spoken), settings.LANGUAGE_CODE)

    @property
    def order_label(self) -> str:
        return str(Ordering(self.ordering).label)

    @property
    def is_open(self) -> bool:
        return self.is_open_at(timezone.now())

    def is_open_at(self, now: datetime) -> bool:
        """Open by state and within its dates; both ends may be missing."""
        begun = self.opens_at is None or self.opens_at <= now
        return self.state == LetterState.OPEN and begun and not self.has_ended_at(now)

    def has_ended_at(self, now: datetime) -> bool:
        return self.state == LetterState.CLOSED or (self.closes_at is not None and self.closes_at <= now)

    @property
    def shown_state(self) -> str:
        """The state that a reader sees: open, closed, paused, or "soon" before the opening hour."""
        now = timezone.now()
        if self.has_ended_at(now):
            return "closed"
        return "soon" if self.state == LetterState.OPEN and not self.is_open_at(now) else self.state


class Version(models.Model):
    """One exact text of a letter. The database refuses to change it; ``text`` is the bytes that ``sha256`` names."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=300, blank=True)
    dateline_place = models.CharField(max_length=100, blank=True)
    dateline_on = models.DateField(null=True, blank=True)
    addressees = models.JSONField(default=list, help_text="[{name, office, organization}]")
    salutation = models.CharField(max_length=200, blank=True)
    body = models.TextField(help_text="Markdown")
    demands = models.JSONField(default=list, help_text="Inline Markdown, in order")
    closing = models.CharField(max_length=200, blank=True)
    text = models.TextField(help_text="The whole letter as one Markdown file: what signatories signed")
    sha256 = models.CharField(max_length=64, help_text="Of text in UTF-8, lower-case hexadecimal")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["letter", "number"], name="version_number"),
        ]

    def __str__(self) -> str:
        return f"{self.letter.slug} v{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("public:version", args=[self.letter.slug, self.number])

    @property
    def words(self) -> dict[str, Any]:
        """The parts that make the text; two versions with equal parts are the same text."""
        return {name: getattr(self, name) for name in WORDS}


WORDS = (
    "title", "subtitle", "dateline_place", "dateline_on", "addressees", "salutation", "body", "demands", "closing",
)  # fmt: skip
