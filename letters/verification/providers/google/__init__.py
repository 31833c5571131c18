"""Google Workspace: an account that an organisation manages. A mail address alone shows none; ``hd`` does."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from letters.accounts.oidc import logins as configured
from letters.core import addresses
from letters.core.errors import RuleError
from letters.signatures.models import Signature
from letters.verification import assurance
from letters.verification.models import Axis, Check, Method
from letters.verification.providers import logins
from letters.verification.providers.base import Ask, Finding, Login, NotProven, Offer, Proof, Step, in_a_year

KIND = "google"
SOURCE = "Google, claim hd of the id_token"
OFFER = Offer(
    label=_("Google Workspace"),
    proves=_("That you can log in today to an account that an organisation manages at Google. Not your position."),
    readers_see=_("Signed in with a work account of uni.example (Google Workspace) on {date}."),
    stored=_("The domain, the day, and a keyed hash by which the same account is known again. No address, no token."),
    keeps_identity=True,
)
ASKS: tuple[Ask, ...] = (logins.SHOW_DOMAIN,)


def is_ready() -> bool:
    return bool(configured.of_kind(KIND))


def start(signature: Signature, given: Mapping[str, Any]) -> Step:
    return logins.begin(signature, KIND, KIND, asked=logins.asked(given))


def complete(check: Check, answer: Mapping[str, Any] | Login) -> Finding:
    """Accept an account of a Workspace whose address is at the Workspace's own domain.

    Raises:
        NotProven: a private account (no ``hd``), or an address that Google does not vouch for.

    Source: Google, «OpenID Connect», claims hd, email, email_verified, sub.
    """
    login, _app = logins.answered(check, answer)
    email, hosted = login.claims.get("email"), login.claims.get("hd")
    if not isinstance(hosted, str) or not hosted:
        raise NotProven(
            gettext("That is a private Google account: no organisation manages it. Use the account of your work."),
            code="no-workspace",
        )
    if login.claims.get("email_verified") is not True or not isinstance(email, str):
        raise NotProven(gettext("Google has not checked the address of this account."), code="unverified-address")
    try:
        address, domain = addresses.parse(email), addresses.parse(f"x@{hosted}").rpartition("@")[2]
    except RuleError as error:
        raise NotProven from error
    if address.rpartition("@")[2] != domain:
        raise NotProven(
            gettext("The address of this account is not at the domain of the organisation that manages it."),
            code="domain-differs",
        )
    return logins.work_account(check, login, login.subject, address)


def evidence(finding: Finding) -> list[Proof]:
    return logins.work_account_proofs(Method.GOOGLE, SOURCE, finding)


def sentence(claim: Mapping[str, Any], on: date) -> str:
    axis = Axis.AFFILIATION if "organization" in claim else Axis.ACCOUNT
    return assurance.sentence_of(assurance.Fact(Method.GOOGLE, axis, on, claim))


def expires(checked_at: datetime) -> datetime | None:
    return in_a_year(checked_at)
