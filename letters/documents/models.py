"""A letter, the immutable versions of its text and their amendments; drafts, comments and translations; the teams
that stand behind it."""

import uuid
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from letters.accounts.models import Team
from letters.documents.enums import ADDRESS_AFTER_CLOSING as ADDRESS_AFTER_CLOSING
from letters.documents.enums import ENDED as ENDED
from letters.documents.enums import RESERVED_SLUGS as RESERVED_SLUGS
from letters.documents.enums import RIGHT_TO_LEFT as RIGHT_TO_LEFT
from letters.documents.enums import UNPUBLISHED as UNPUBLISHED
from letters.documents.enums import LetterState as LetterState
from letters.documents.enums import Ordering as Ordering
from letters.documents.enums import PublishFrom as PublishFrom
from letters.documents.enums import TranslationStatus as TranslationStatus
from letters.documents.words import WORDS as WORDS
from letters.documents.words import Words as Words


class LetterQuerySet(models.QuerySet["Letter"]):
    def long_closed(self, now: datetime) -> "LetterQuerySet":
        """Closed, by hand or by date, so long ago that nothing which leads to a signatory's mailbox is kept."""
        limit = now - ADDRESS_AFTER_CLOSING
        return self.filter(models.Q(state__in=ENDED, closed_at__lt=limit) | models.Q(closes_at__lt=limit))

    def public(self) -> "LetterQuerySet":
        """What readers find, from the launch on: an embargo ends by its hour, whether a worker runs or not."""
        before = models.Q(state__in=UNPUBLISHED) | models.Q(state=LetterState.EMBARGOED, opens_at__gt=timezone.now())
        return self.exclude(before).filter(version__isnull=False).select_related("version", "amendment")

    def announced(self) -> "LetterQuerySet":
        """Embargoed, before its hour: the address says when, and nothing else."""
        return self.filter(state=LetterState.EMBARGOED, opens_at__gt=timezone.now())

    def behind(self, team_ids: "list[int] | models.QuerySet[Any]") -> "LetterQuerySet":
        """Letters that one of these teams stands behind."""
        return self.filter(models.Exists(LetterTeam.objects.filter(letter=models.OuterRef("pk"), team__in=team_ids)))


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
    eligibility = models.CharField(max_length=300, blank=True, help_text="Who may sign, in words")
    faq = models.JSONField(default=list, blank=True, help_text="[{question, answer}], answers in Markdown")
    about_revision = models.PositiveIntegerField(default=0, help_text="Grows with every change beside the text")
    translations_revision = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Grows with what readers see of its translations; 0: it has none"
    )
    timeline_revision = models.PositiveIntegerField(default=0, db_default=0, help_text="Grows with the timeline")
    working_title = models.CharField(max_length=200, blank=True, help_text="Of the newest draft; shown at the desk")
    time_zone = models.CharField(max_length=50, default="UTC", help_text="IANA name; dates are typed and shown in it")
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
    locked_at = models.DateTimeField(null=True, blank=True, help_text="The text is final; launching is what is left")
    published_at = models.DateTimeField(null=True, blank=True, help_text="First seen by the public")
    delivered_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    names_hidden_at = models.DateTimeField(null=True, blank=True, help_text="Nobody is named anywhere; the count stays")
    names_noindex = models.BooleanField(default=False, db_default=False, help_text="Search engines list no name")
    offers_anonymous = models.BooleanField(
        default=False, db_default=False, help_text="People may sign by position and affiliation, the name withheld"
    )
    closing_statement = models.TextField(blank=True, help_text="Markdown; the organisers' words, not the letter's")
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.OneToOneField(
        "Version", on_delete=models.PROTECT, null=True, blank=True, related_name="current_of", help_text="Current text"
    )
    amendment = models.OneToOneField(
        "Amendment",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="current_of",
        help_text="Newest editorial fix of the current version",
    )

    objects = LetterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="letter_public_has_text",
                condition=models.Q(state="draft") | models.Q(version__isnull=False),
            ),
            models.CheckConstraint(
                name="letter_embargo_has_hour",
                condition=~models.Q(state="embargoed") | models.Q(opens_at__isnull=False, locked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("public:letter", args=[self.slug])

    @property
    def shown(self) -> "Version | Amendment | None":
        """The words that readers see now: the current version's, or its newest editorial fix."""
        return self.amendment or self.version

    @property
    def title(self) -> str:
        return self.shown.title if self.shown else self.working_title or self.slug

    @property
    def subtitle(self) -> str:
        return self.shown.subtitle if self.shown else ""

    @property
    def dateline_place(self) -> str:
        return self.shown.dateline_place if self.shown else ""

    @property
    def dateline_on(self) -> date | None:
        return self.shown.dateline_on if self.shown else None

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
        """Open by state and within its dates; both ends may be missing. An embargo ends by its hour."""
        begun = self.opens_at is None or self.opens_at <= now
        open_by_state = self.state in (LetterState.OPEN, LetterState.EMBARGOED)
        return open_by_state and begun and not self.has_ended_at(now)

    def takes_invited_at(self, now: datetime) -> bool:
        """Open to those who hold a personal invitation: also in the private round and under the embargo."""
        early = self.state in (LetterState.PRIVATE, LetterState.EMBARGOED) and not self.has_ended_at(now)
        return early or self.is_open_at(now)

    @property
    def takes_invited(self) -> bool:
        return self.takes_invited_at(timezone.now())

    def has_ended_at(self, now: datetime) -> bool:
        return self.state in ENDED or (self.closes_at is not None and self.closes_at <= now)

    @property
    def is_public(self) -> bool:
        """Readers find it at its address."""
        waits = self.state == LetterState.EMBARGOED and self.opens_at is not None and self.opens_at > timezone.now()
        return self.state not in UNPUBLISHED and not waits and self.version_id is not None

    @property
    def shows_names(self) -> bool:
        """False while the organisers hide every name; the count stays printed."""
        return self.names_hidden_at is None

    @property
    def shown_state(self) -> str:
        """The state that a reader sees: open, closed, paused, "soon" before the opening hour, delivered, archived."""
        now = timezone.now()
        if self.state in (LetterState.DELIVERED, LetterState.ARCHIVED):
            return self.state
        if self.has_ended_at(now):
            return "closed"
        if self.is_open_at(now):
            return "open"
        return "soon" if self.state == LetterState.OPEN else self.state


class Version(Words):
    """One exact text of a letter. The database refuses to change it; ``text`` is the bytes that ``sha256`` names."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()

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
    def label(self) -> str:
        """What readers and addresses call this exact text: «2.0», before any editorial fix."""
        return f"{self.number}.0"


class Amendment(Words):
    """An editorial fix of a version: the meaning stays, and so do its signatories. The database refuses to change it.

    ``number`` counts from 1 within the version; signatures remember which one they saw (0: the version itself).
    """

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="amendments")
    number = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=300, help_text="What was fixed, for readers")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="amendment_number"),
            models.CheckConstraint(name="amendment_says_what", condition=~models.Q(note="")),
        ]

    def __str__(self) -> str:
        return f"v{self.version_id}.{self.number}"

    @property
    def label(self) -> str:
        """«2.1»: version 2 with its first editorial fix."""
        return f"{self.version.number}.{self.number}"


class Succession(models.Model):
    """How a version came after another: why, and until when those who signed an earlier one are asked to sign it."""

    version = models.OneToOneField(Version, on_delete=models.CASCADE, related_name="succession")
    before = models.OneToOneField(Version, on_delete=models.PROTECT, related_name="followed_by")
    note = models.CharField(max_length=300, help_text="What changed, for readers and for those who are asked")
    deadline = models.DateTimeField(help_text="Afterwards silence means: not signed")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.before_id} to {self.version_id}"


class Draft(models.Model):
    """One saved state of a text that is being written; the newest one is the draft. Kept so that two writers can merge
    and nothing saved is ever lost."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="drafts")
    number = models.PositiveIntegerField()
    words = models.JSONField(help_text="{part of WORDS: value}; the date as YYYY-MM-DD or empty")
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ("-number",)
        constraints = [models.UniqueConstraint(fields=["letter", "number"], name="draft_number")]

    def __str__(self) -> str:
        return f"{self.letter_id} draft {self.number}"


class Comment(models.Model):
    """What somebody of the founding circle says about the draft: an organiser, or an invited person by their link."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="comments")
    draft_number = models.PositiveIntegerField(default=0, help_text="The draft that was read")
    quote = models.CharField(max_length=300, blank=True, help_text="The words of the draft that it is about")
    body = models.TextField(max_length=2000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    author_name = models.CharField(max_length=120, help_text="As shown to the circle")
    invitation = models.UUIDField(null=True, db_index=True, help_text="Public id of the invitation it came by")
    created_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.public_id}"


class Translation(models.Model):
    """A text of the letter in another language. ``version`` is the text it renders; none while that is a draft."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="translations")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, null=True, related_name="translations")
    language = models.CharField(max_length=35, help_text="BCP 47")
    title = models.CharField(max_length=200, blank=True)
    subtitle = models.CharField(max_length=300, blank=True)
    dateline_place = models.CharField(max_length=100, blank=True)
    addressees = models.JSONField(default=list, help_text="As of the text, in its order")
    salutation = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True, help_text="Markdown")
    demands = models.JSONField(default=list, help_text="As of the text, in its order")
    closing = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=TranslationStatus.choices, default=TranslationStatus.COURTESY)
    translator = models.CharField(max_length=200, blank=True, help_text="As printed")
    of_sha256 = models.CharField(max_length=64, blank=True, help_text="The text it was made from; another: it is older")
    is_public = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    edited_at = models.DateTimeField()

    class Meta:
        ordering = ("language",)
        constraints = [
            models.UniqueConstraint(
                fields=["version", "language"],
                name="translation_once",
                condition=models.Q(version__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["letter", "language"],
                name="translation_of_draft_once",
                condition=models.Q(version__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.language}"

    @property
    def direction(self) -> str:
        return "rtl" if self.language.lower().split("-")[0] in RIGHT_TO_LEFT else "ltr"


class LetterTeam(models.Model):
    """A team that stands behind a letter. One owns it; each has its own line of consent and its own right to export
    those who ticked that line."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="teams")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="letters")
    is_owner = models.BooleanField(default=False)
    may_work = models.BooleanField(default=False, help_text="Its members act by their roles; else they only read")
    may_export = models.BooleanField(default=False, help_text="Addresses of those who ticked its line")
    consent_line = models.CharField(max_length=300, blank=True, help_text="Asked on the form; empty: nothing is asked")
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["letter", "team"], name="letterteam_once"),
            models.UniqueConstraint(fields=["letter"], name="letterteam_one_owner", condition=models.Q(is_owner=True)),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.team_id}"


class TeamOffer(models.Model):
    """What the owning team offers another one: to stand behind the letter on these terms, or to own it. Gone as soon
    as it is answered or taken back."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="offers")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="offers")
    is_transfer = models.BooleanField(default=False, help_text="The letter itself is offered")
    may_work = models.BooleanField(default=False)
    may_export = models.BooleanField(default=False)
    consent_line = models.CharField(max_length=300, blank=True)
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    offered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["letter", "team"], name="teamoffer_once")]

    def __str__(self) -> str:
        return str(self.public_id)
