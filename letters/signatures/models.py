"""Signatures: attempts that wait for their mail, confirmed lines, and what remains of withdrawn ones."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from letters.core import addresses, places, sealed
from letters.documents.models import Letter, Version

NAME_MAX = 120
POSITION_MAX = 150
AFFILIATION_MAX = 150
COMMENT_MAX = 500
LIST_KEY_BYTES = 160


Indexed = bytes | memoryview | None


class SignatureState(models.TextChoices):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"


class Role(models.TextChoices):
    SIGNATORY = "signatory"
    SELECTED = "selected"
    INITIATOR = "initiator"


class AffiliationStatus(models.TextChoices):
    CURRENT = "current", "current"
    FORMER = "former", "former"
    EMERITUS = "emeritus", "emeritus"
    RETIRED = "retired", "retired"
    INDEPENDENT = "independent", "independent"
    STUDENT = "student", "student"


PUBLIC = Q(state=SignatureState.CONFIRMED, hidden_at__isnull=True, held_reason="")


class SignatureQuerySet(models.QuerySet["Signature"]):
    def pending(self) -> SignatureQuerySet:
        return self.filter(state=SignatureState.PENDING)

    def confirmed(self) -> SignatureQuerySet:
        return self.filter(state=SignatureState.CONFIRMED)

    def public(self) -> SignatureQuerySet:
        """Confirmed, shown by the signatory, and not held: what page, list, count and files may print."""
        return self.filter(PUBLIC)

    def for_version(self, version: Version) -> SignatureQuerySet:
        return self.filter(version=version)

    def same_address(self, signature: Signature) -> SignatureQuerySet:
        """Rows of the same letter whose address is the same mailbox."""
        return self._indexed(signature.letter_id, signature.email_index_odd, signature.email_index_even)

    def by_address(self, letter: Letter, address: str) -> SignatureQuerySet:
        return self._indexed(letter.pk, *sealed.letter_indexes(letter.pk, addresses.canonical(address)))

    def _indexed(self, letter_id: int, odd: Indexed, even: Indexed) -> SignatureQuerySet:
        if odd is None and even is None:
            return self.none()
        same = Q(email_index_odd=odd) if odd is not None else Q()
        if even is not None:
            same |= Q(email_index_even=even)
        return self.filter(same, letter_id=letter_id)


class Signature(models.Model):
    """One act of signing one version of a letter. The public id is made of the form's nonce and content: a
    form signs once."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(
        Letter, on_delete=models.PROTECT, related_name="signatures", db_index=False, db_constraint=False
    )  # the version's key holds it: one check less on the row that all signatories of a letter share
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="signatures", db_index=False)
    state = models.CharField(max_length=10, choices=SignatureState.choices, default=SignatureState.PENDING)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.SIGNATORY)
    is_sample = models.BooleanField(default=False, help_text="Invented; nobody signed")

    display_name = models.CharField(max_length=NAME_MAX, blank=True)
    sort_name = models.CharField(max_length=NAME_MAX, blank=True, help_text="Empty: made from the name")
    position = models.CharField(max_length=POSITION_MAX, blank=True)
    affiliation = models.CharField(max_length=AFFILIATION_MAX, blank=True)
    affiliation_status = models.CharField(max_length=12, choices=AffiliationStatus.choices, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2")
    comment = models.CharField(max_length=COMMENT_MAX, blank=True)

    email_sealed = models.BinaryField(null=True, help_text="Sealed address")
    email_index_odd = models.BinaryField(max_length=32, null=True, help_text="Blind index by a key of odd id")
    email_index_even = models.BinaryField(max_length=32, null=True, help_text="The same by a key of even id")

    consent_domain = models.BooleanField(default=False)
    consent_comment = models.BooleanField(default=False)
    consent_quote = models.BooleanField(default=False)
    consent_press = models.BooleanField(default=False)
    consent_updates = models.BooleanField(default=False)
    consent_text_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the consents as shown")

    held_reason = models.CharField(max_length=20, blank=True, help_text="Why an operator must look first")
    removed_reason = models.CharField(max_length=20, blank=True)
    list_key = models.BinaryField(max_length=LIST_KEY_BYTES, null=True, help_text="Place in the letter's order")
    search_text = models.CharField(max_length=600, blank=True, help_text="Name and affiliation, folded")

    signed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(help_text="Last change that page, count or files may show")

    objects = SignatureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "email_index_odd"],
                name="signature_once_odd",
                condition=Q(state="confirmed", email_index_odd__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["version", "email_index_even"],
                name="signature_once_even",
                condition=Q(state="confirmed", email_index_even__isnull=False),
            ),
            models.CheckConstraint(
                name="signature_confirmed_is_whole",
                condition=~Q(state="confirmed")
                | (Q(confirmed_at__isnull=False, list_key__isnull=False) & ~Q(display_name="")),
            ),
            models.CheckConstraint(
                name="signature_withdrawn_is_empty",
                condition=~Q(state="withdrawn")
                | Q(
                    withdrawn_at__isnull=False,
                    display_name="",
                    sort_name="",
                    position="",
                    affiliation="",
                    affiliation_status="",
                    country="",
                    comment="",
                    search_text="",
                    list_key__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="signature_erased_has_no_address",
                condition=Q(erased_at__isnull=True)
                | Q(email_sealed__isnull=True, email_index_odd__isnull=True, email_index_even__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["letter", "email_index_odd"],
                name="signature_address_odd",
                condition=Q(email_index_odd__isnull=False),
            ),
            models.Index(
                fields=["letter", "email_index_even"],
                name="signature_address_even",
                condition=Q(email_index_even__isnull=False),
            ),
            models.Index(fields=["signed_at"], name="signature_pending", condition=Q(state="pending")),
            models.Index(fields=["version", "list_key", "id"], name="signature_list", condition=PUBLIC),
            models.Index(fields=["version", "-confirmed_at", "-id"], name="signature_newest", condition=PUBLIC),
            models.Index(
                fields=["version", "role", "list_key"],
                name="signature_selected",
                condition=PUBLIC & ~Q(role="signatory"),
            ),
            models.Index(fields=["version", "changed_at"], name="signature_changed", condition=~Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"

    @property
    def is_confirmed(self) -> bool:
        return self.state == SignatureState.CONFIRMED

    @property
    def is_pending(self) -> bool:
        return self.state == SignatureState.PENDING

    @property
    def is_public(self) -> bool:
        return self.is_confirmed and self.hidden_at is None and not self.held_reason

    @property
    def email(self) -> str:
        """The address, unsealed; empty when it was erased. Raises KeyRingError when its key is gone."""
        return sealed.unseal(bytes(self.email_sealed), self._context) if self.email_sealed else ""

    def set_email(self, address: str) -> None:
        """Seal an address into this row together with its blind index."""
        self.email_sealed = sealed.seal(address, self._context)
        self.email_index_odd, self.email_index_even = sealed.letter_indexes(
            self.letter_id, addresses.canonical(address)
        )

    @property
    def _context(self) -> bytes:
        return b"signatures.signature.email\0" + self.public_id.bytes

    @property
    def country_name(self) -> str:
        return places.name_of(self.country)

    @property
    def shown_comment(self) -> str:
        return self.comment if self.consent_comment else ""


class Tally(models.Model):
    """The counts of one version, recounted every few seconds by one job; no page and no signatory counts rows."""

    version = models.OneToOneField(Version, on_delete=models.CASCADE, related_name="tally")
    persons = models.PositiveIntegerField(default=0)
    withheld = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    samples = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=1, help_text="Grows with every change that a reader can see")
    as_of = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.version_id}: {self.persons} as of {self.as_of:%Y-%m-%d %H:%M}"
