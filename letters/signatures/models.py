"""Signatures: attempts that wait for their mail, confirmed lines, and what remains of withdrawn ones."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from letters.core import addresses, places, sealed
from letters.documents.models import Letter, LetterTeam, Version
from letters.signatures.anonymous_lines import AnonymousLine as AnonymousLine
from letters.signatures.blind import Indexed, context_of, indexes_of
from letters.signatures.blind import email_in as email_in
from letters.signatures.details import DETAILS as DETAILS
from letters.signatures.details import LineDetails
from letters.signatures.enums import AFFILIATION_MAX as AFFILIATION_MAX
from letters.signatures.enums import COMMENT_MAX as COMMENT_MAX
from letters.signatures.enums import LIST_KEY_BYTES as LIST_KEY_BYTES
from letters.signatures.enums import NAME_MAX as NAME_MAX
from letters.signatures.enums import POSITION_MAX as POSITION_MAX
from letters.signatures.enums import AffiliationStatus as AffiliationStatus
from letters.signatures.enums import Basis as Basis
from letters.signatures.enums import InvitationState as InvitationState
from letters.signatures.enums import Role as Role
from letters.signatures.enums import Sector as Sector
from letters.signatures.enums import SignatoryType as SignatoryType
from letters.signatures.enums import SignatureState as SignatureState
from letters.signatures.enums import Verification as Verification
from letters.signatures.renewals import Renewal as Renewal
from letters.signatures.renewals import RenewalState as RenewalState
from letters.signatures.tallies import Tally as Tally

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
        return self._indexed(signature.letter_id, [(signature.email_index_odd, signature.email_index_even)])

    def by_address(self, letter: Letter, address: str) -> SignatureQuerySet:
        """The person's signature and the one that they gave for an organisation."""
        return self._indexed(letter.pk, [indexes_of(letter.pk, address, kind) for kind in SignatoryType.values])

    def _indexed(self, letter_id: int, indexes: list[tuple[Indexed, Indexed]]) -> SignatureQuerySet:
        same = Q(pk__in=[])
        for odd, even in indexes:
            same |= Q(email_index_odd=odd) if odd is not None else Q(pk__in=[])
            same |= Q(email_index_even=even) if even is not None else Q(pk__in=[])
        return self.filter(same, letter_id=letter_id)


class Signature(LineDetails):
    """One act of signing one version of a letter. The public id is made of the form's nonce and content: a
    form signs once."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(
        Letter, on_delete=models.PROTECT, related_name="signatures", db_index=False, db_constraint=False
    )  # the version's key holds it: one check less on the row that all signatories of a letter share
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="signatures", db_index=False)
    amendment = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Editorial fix of the version that was shown; 0: none"
    )
    carried_from = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, related_name="carried_to",
        help_text="The same person's line under the version before, which they were asked to carry over",
    )  # fmt: skip
    state = models.CharField(max_length=10, choices=SignatureState.choices, default=SignatureState.PENDING)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.SIGNATORY)
    signatory_type = models.CharField(
        max_length=12, choices=SignatoryType.choices, default=SignatoryType.PERSON, db_default=SignatoryType.PERSON
    )
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

    network = models.BinaryField(
        max_length=16, null=True, help_text="Keyed hash of the network it came from, under the key of the week"
    )

    consent_domain = models.BooleanField(default=False)
    consent_comment = models.BooleanField(default=False)
    consent_quote = models.BooleanField(default=False)
    consent_press = models.BooleanField(default=False)
    consent_updates = models.BooleanField(default=False)
    consent_text_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the consents as shown")
    team_ticks = models.JSONField(
        default=list, db_default=[], blank=True, help_text="[[team, hash of its line]] ticked by an attempt that waits"
    )

    # The summary of the evidence, written by letters.verification.assuring alone.
    verification = models.CharField(max_length=12, choices=Verification.choices, default="", db_default="", blank=True)
    affiliation_basis = models.CharField(
        max_length=20, choices=Basis.choices, default=Basis.NONE, db_default=Basis.NONE
    )
    is_invited = models.BooleanField(default=False, db_default=False)
    is_reviewed = models.BooleanField(default=False, db_default=False)
    checked_at = models.DateTimeField(null=True, help_text="Newest evidence")
    proven_domain = models.CharField(max_length=253, default="", db_default="", blank=True)
    organization_ref = models.CharField(max_length=200, default="", db_default="", blank=True, help_text="URI")
    organization_name = models.CharField(max_length=300, default="", db_default="", blank=True)
    proofs = models.JSONField(default=list, db_default=[], blank=True, help_text="Facts of the public sentence")
    sentence = models.CharField(
        max_length=1500, default="", db_default="", blank=True,
        help_text="In English, for files; empty: confirmed by e-mail alone",
    )  # fmt: skip

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
                # Nobody reaches the top of a list by filling in a form.
                name="signature_prominent_is_checked",
                condition=Q(role="signatory") | Q(is_invited=True) | Q(is_reviewed=True),
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
                    **dict.fromkeys(DETAILS, ""),
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
            models.Index(
                fields=["version", "verification", "list_key", "id"], name="signature_by_evidence", condition=PUBLIC
            ),
            models.Index(
                fields=["version", "list_key", "id"], name="signature_invited", condition=PUBLIC & Q(is_invited=True)
            ),
            models.Index(
                fields=["version", "list_key", "id"], name="signature_reviewed", condition=PUBLIC & Q(is_reviewed=True)
            ),
            models.Index(
                fields=["letter", "id"],
                name="signature_updates",
                condition=Q(state="confirmed", consent_updates=True, email_sealed__isnull=False),
            ),
            models.Index(fields=["version", "changed_at"], name="signature_changed", condition=~Q(state="pending")),
            models.Index(fields=["version", "search_text"], name="signature_same_line", condition=Q(state="confirmed")),
            models.Index(fields=["version", "search_text"], name="signature_gone_line", condition=Q(state="removed")),
            models.Index(
                fields=["letter", "confirmed_at"], name="signature_pace", condition=Q(confirmed_at__isnull=False)
            ),
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
        return email_in(self.public_id, self.email_sealed)

    def set_email(self, address: str) -> None:
        """Seal an address into this row together with its blind index; ``signatory_type`` is set before."""
        self.email_sealed = sealed.seal(address, context_of(self.public_id))
        self.email_index_odd, self.email_index_even = self.indexes_of(address)

    def indexes_of(self, address: str) -> tuple[Indexed, Indexed]:
        """The blind indexes that an address has in a row of this letter and type."""
        return indexes_of(self.letter_id, address, self.signatory_type)

    @property
    def country_name(self) -> str:
        return places.name_of(self.country)

    @property
    def shown_comment(self) -> str:
        return self.comment if self.consent_comment else ""


class Representation(models.Model):
    """Who signs for an organisation, and the wording with which they said that they may."""

    signature = models.OneToOneField(Signature, on_delete=models.CASCADE, related_name="representation")
    name = models.CharField(max_length=NAME_MAX)
    position = models.CharField(max_length=POSITION_MAX, blank=True)
    website = models.CharField(max_length=300, blank=True)
    statement_sha256 = models.CharField(max_length=64, help_text="Of the statement of authority as shown")

    def __str__(self) -> str:
        return f"for {self.signature_id}"


class Invitation(models.Model):
    """A personal invitation to an address that the organisers already had. Only one that waits holds the address."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="invitations", db_index=False)
    name = models.CharField(max_length=NAME_MAX, blank=True)
    email_sealed = models.BinaryField(null=True, help_text="Sealed address; dropped as soon as it is answered")
    email_index = models.BinaryField(max_length=32, null=True, help_text="Keyed hash within the letter: asked once")
    address_source = models.CharField(max_length=200, blank=True, help_text="Where the organisers had the address from")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.SIGNATORY)
    state = models.CharField(max_length=10, choices=InvitationState.choices, default=InvitationState.SENT)
    attempt = models.UUIDField(null=True, db_index=True, help_text="Public id of the signature that came by it")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="Signed, declined, came back, taken back or expired")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["letter", "email_index"], name="invitation_once"),
            models.CheckConstraint(
                name="invitation_over_holds_no_address",
                condition=Q(state__in=["sent", "opened"], ended_at__isnull=True)
                | Q(email_sealed__isnull=True, ended_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["sent_at"], name="invitation_waits", condition=Q(ended_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"

    @property
    def email(self) -> str:
        """The address, unsealed; empty when it was dropped. Raises KeyRingError when its key is gone."""
        return sealed.unseal(bytes(self.email_sealed), self._context) if self.email_sealed else ""

    def set_email(self, address: str) -> None:
        """Seal the address into this row; the hash is keyed for good, so that it outlives the address."""
        self.email_sealed = sealed.seal(address, self._context)
        self.email_index = sealed.identity_index(self.letter_id, "invited", addresses.canonical(address))

    @property
    def _context(self) -> bytes:
        return b"signatures.invitation.email\0" + self.public_id.bytes


class WaitingChange(models.Model):
    """What a signatory wants printed instead of a line whose parts were checked; until it is decided the old line
    stays."""

    signature = models.OneToOneField(Signature, on_delete=models.CASCADE, related_name="waiting_change")
    changes = models.JSONField(help_text="{field of the line: new text}, only those that wait")
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"for {self.signature_id}"


class TeamConsent(models.Model):
    """A ticked line of one team behind the letter: it may write to this signatory by itself."""

    signature = models.ForeignKey(Signature, on_delete=models.CASCADE, related_name="team_consents")
    letter_team = models.ForeignKey(LetterTeam, on_delete=models.CASCADE, related_name="consents")
    text_sha256 = models.CharField(max_length=64, help_text="Of the line as shown")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["signature", "letter_team"], name="teamconsent_once")]

    def __str__(self) -> str:
        return f"{self.signature_id} {self.letter_team_id}"
