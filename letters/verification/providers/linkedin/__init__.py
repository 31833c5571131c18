"""LinkedIn: control of an account, and nothing professional. LinkedIn itself says that it verifies no identities."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from letters.accounts.oidc import logins as configured
from letters.signatures.models import Signature
from letters.verification import assurance
from letters.verification.models import Axis, Check, Method
from letters.verification.providers import logins
from letters.verification.providers.base import Ask, Finding, Login, Offer, Proof, Step, in_a_year

KIND = "linkedin"
SOURCE = "LinkedIn, id_token"
OFFER = Offer(
    label=_("LinkedIn"),
    proves=_("That you can log in to a LinkedIn account today. Neither your name nor any employment."),
    readers_see=_("Signed in with a LinkedIn account on {date}, which proves no name and no employment."),
    stored=_("The day, and a keyed hash by which the same account is known again. No name, no address, no token."),
    keeps_identity=True,
)
ASKS: tuple[Ask, ...] = ()


def is_ready() -> bool:
    return bool(configured.of_kind(KIND))


def start(signature: Signature, given: Mapping[str, Any]) -> Step:
    return logins.begin(signature, KIND, KIND)


def complete(check: Check, answer: Mapping[str, Any] | Login) -> Finding:
    """Accept any account; what LinkedIn tells of it is not read. Raises NotProven for another login's answer."""
    login, _app = logins.answered(check, answer)
    return Finding({"identity": (login.issuer, login.subject)})


def evidence(finding: Finding) -> list[Proof]:
    return [Proof(Method.LINKEDIN, Axis.ACCOUNT, {}, source=SOURCE, subject=finding.facts["identity"])]


def sentence(claim: Mapping[str, Any], on: date) -> str:
    return assurance.sentence_of(assurance.Fact(Method.LINKEDIN, Axis.ACCOUNT, on, claim))


def expires(checked_at: datetime) -> datetime | None:
    return in_a_year(checked_at)
