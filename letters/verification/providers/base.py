"""What every method of verification offers: five functions, and the shapes that pass between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from letters.core.errors import RuleError
from letters.signatures.counting import FRESH_FOR

if TYPE_CHECKING:
    from letters.signatures.models import Signature
    from letters.verification.models import Check, Organization

Text = str | Promise


class NotProven(RuleError):
    """A check did not prove what it was to prove; the message says why and what to do."""

    code = "not-proven"
    default = _("That did not prove anything. Nothing changed; you can try again.")


class IdentityTaken(NotProven):
    code = "identity-taken"
    default = _(
        "This account or address has already strengthened another signature under this letter. "
        "Both stay as they are, and the organisers will look at them."
    )

    def __init__(self, *, signatures: Sequence[Signature]) -> None:
        super().__init__()
        self.signatures = signatures


_HOW_LONG = _("What is printed stays as long as the signature; the hash until 30 days after the letter closes.")


@dataclass(frozen=True)
class Offer:
    """What a signatory reads before choosing a method. ``readers_see`` is an example of the sentence."""

    label: Text
    proves: Text
    readers_see: Text
    stored: Text
    for_signatories: bool = True  # False: only organisers begin it
    keeps_identity: bool = False  # True: a keyed hash by which the account is known again

    @property
    def kept(self) -> str:
        """What is stored, and for how long."""
        return f"{self.stored} {_HOW_LONG}" if self.keeps_identity else str(self.stored)

    @property
    def example(self) -> str:
        """``readers_see`` with today's date in it."""
        today = formats.date_format(timezone.now().date(), "j F Y")
        return str(self.readers_see).replace("{date}", today)


@dataclass(frozen=True)
class Ask:
    """One field of the form that begins a method. ``kind``: email, url, text, choice, file or checkbox; the answer to
    a file is an ``Attachment``."""

    name: str
    label: Text
    help: Text = ""
    kind: str = "text"
    required: bool = True
    most: int = 254
    choices: Callable[[], Sequence[tuple[str, str]]] | None = None  # of a choice: (value, label)


@dataclass(frozen=True)
class Attachment:
    """A file as it came: its name is the sender's, its content is not looked at yet."""

    name: str
    content: bytes = field(repr=False)


class Next(StrEnum):
    """What happens after ``start``."""

    MAILED = "mailed"  # a mail with link and code is on its way
    SHOW = "show"  # instructions are shown; "Check now" calls complete
    REDIRECT = "redirect"  # the door sends the browser to the provider
    QUEUED = "queued"  # the organisers look at it


@dataclass(frozen=True)
class Step:
    """``instructions`` are paragraphs, ``copy`` are texts that the signatory copies somewhere; ``login`` names the
    configured login of a REDIRECT as (allauth provider id, app id)."""

    next: Next
    check: Check | None = None
    instructions: Sequence[Text] = ()
    copy: Sequence[str] = ()
    login: str = ""


@dataclass(frozen=True)
class Login:
    """What came back from a provider's login. ``token`` is used at once and stored nowhere; the identity is
    (issuer, subject), never an address. ``claims`` is as the provider sent it."""

    provider: str
    issuer: str
    subject: str
    claims: Mapping[str, Any]
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Proof:
    """One evidence row to be. ``claim`` holds what the sentence needs and nothing else; ``subject`` is the identity
    that was proven, stored as a keyed hash alone."""

    method: str
    axis: str
    claim: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    organization: Organization | None = None
    subject: tuple[str, str] | None = field(default=None, repr=False)
    checked_at: datetime | None = None  # now, when None
    expires_at: datetime | None = None  # by the method's own rule; a year after the check, when None


@dataclass(frozen=True)
class Finding:
    """What a completed check found: facts by name, and what an organiser should look at ("" for nothing).

    ``needs_review`` is a reason of the queue, such as ``shared-mailbox`` or ``organization-differs``.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    needs_review: str = ""


class Provider(Protocol):
    """A module ``letters.verification.providers.<kind>``."""

    KIND: str
    OFFER: Offer
    ASKS: tuple[Ask, ...]

    def is_ready(self) -> bool:
        """True where the site is configured for the method."""
        ...

    def start(self, signature: Signature, given: Mapping[str, Any]) -> Step:
        """Begin; ``given`` are the cleaned answers to ASKS. Raises RuleError when they cannot be used."""
        ...

    def complete(self, check: Check, answer: Mapping[str, Any] | Login) -> Finding:
        """Test the answer. Raises NotProven; nothing is stored then but the try."""
        ...

    def evidence(self, finding: Finding) -> list[Proof]:
        """The rows to record. Pure."""
        ...

    def sentence(self, claim: Mapping[str, Any], on: date) -> str:
        """What readers see of this claim, checked on this day. Pure."""
        ...

    def expires(self, checked_at: datetime) -> datetime | None:
        """Until when the evidence is counted as recent."""
        ...


def in_a_year(checked_at: datetime) -> datetime:
    """The common answer of ``expires``."""
    return checked_at + FRESH_FOR
