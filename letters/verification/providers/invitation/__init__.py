"""Personal invitation: the organisers reached this person at an address that they already had.

Proves that the person whom the organisers meant wanted to sign, as well as that address is the person's. Begun by
organisers alone; the way of an invitation is in ``letters/signatures/inviting.py`` and ``answering.py``.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy

from letters.signatures.models import Signature
from letters.verification import assurance
from letters.verification.models import Axis, Check, Method
from letters.verification.providers.base import Ask, Finding, Login, NotProven, Offer, Proof, Step, in_a_year

KIND = "invitation"
OFFER = Offer(
    label=gettext_lazy("Personal invitation"),
    proves=gettext_lazy(
        "That the person whom the organisers invited, at an address that they already had, wanted to sign. It proves "
        "no position and no employer."
    ),
    readers_see=gettext_lazy("Invited personally by the organisers and confirmed on {date}."),
    stored=gettext_lazy(
        "The address, encrypted, until it is answered, sixty days at most. The name, where the organisers had the "
        "address from, and a keyed hash of it, until 30 days after the letter closes."
    ),
    for_signatories=False,
)
ASKS: tuple[Ask, ...] = ()


def is_ready() -> bool:
    return True


def start(signature: Signature, given: Mapping[str, Any]) -> Step:
    """Nobody invites oneself. Raises NotProven always."""
    raise NotProven


def complete(check: Check, answer: Mapping[str, Any] | Login) -> Finding:
    """There is no check to complete. Raises NotProven always."""
    raise NotProven


def evidence(finding: Finding) -> list[Proof]:
    """One row on the name; the sentence needs its day alone."""
    return [Proof(Method.INVITATION, Axis.NAME)]


def sentence(claim: Mapping[str, Any], on: date) -> str:
    return assurance.assess([assurance.Fact(Method.INVITATION, Axis.NAME, on, claim)]).sentence


def expires(checked_at: datetime) -> datetime | None:
    return in_a_year(checked_at)
