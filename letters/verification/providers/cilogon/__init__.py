"""CILogon: institutional login of thousands of institutions through one broker. It also brokers Google, GitHub, ORCID
and Microsoft, whose logins prove no affiliation; and it names no organisation, so ours must know the scope."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from letters.accounts.oidc import logins as configured
from letters.core.errors import RuleError
from letters.signatures.models import Signature
from letters.verification import assurance
from letters.verification.domains import Decision, Kind
from letters.verification.models import Axis, Check, Method
from letters.verification.providers import logins
from letters.verification.providers.base import Ask, Finding, Login, NotProven, Offer, Proof, Step, in_a_year

KIND = "cilogon"
SOURCE = "CILogon, claims idp and affiliation"
BROKERED = ("google.com", "github.com", "orcid.org", "microsoftonline.com", "live.com", "cilogon.org")
_OF_ORGANIZATIONS = (Kind.STAFF, Kind.MIXED, Kind.STUDENT, Kind.ALUMNI, Kind.MEMBERSHIP, Kind.UNMAPPED)
OFFER = Offer(
    label=_("Institutional login by CILogon"),
    proves=_("That your institution counts you among its faculty or staff today. Not your position."),
    readers_see=_("University X confirmed by institutional login that the signatory is faculty ({date})."),
    stored=_(
        "The institution, “faculty”, “staff” or “member”, the day, and a keyed hash by which the same account is "
        "known again. No name, no address, no token."
    ),
    keeps_identity=True,
)
ASKS: tuple[Ask, ...] = ()


def is_ready() -> bool:
    return bool(configured.of_kind(KIND))


def start(signature: Signature, given: Mapping[str, Any]) -> Step:
    return logins.begin(signature, KIND, KIND)


def complete(check: Check, answer: Mapping[str, Any] | Login) -> Finding:
    """Read the affiliations of the one institution that the person logged in at.

    Raises:
        NotProven: logged in somewhere that is no institution, affiliations of two institutions, or none.

    Source: CILogon, «OIDC claims» (idp, affiliation).
    """
    login, _app = logins.answered(check, answer)
    if not _is_institution(login.claims.get("idp")):
        raise NotProven(
            gettext("That was no institutional login. Choose your university or institute on CILogon's page."),
            code="no-institution",
        )
    found = logins.scoped_affiliations(login.claims)
    # Staff of a department is asserted with the scope of the department or of the whole; never of two organisations.
    decisions = {scope: decision for _name, scope in found if (decision := _known(scope)) is not None}
    organizations = {str(decision.found or scope) for scope, decision in decisions.items()}
    if len(organizations) != 1:
        raise NotProven(gettext("CILogon told nothing that counts of what you are there."), code="no-affiliation")
    scope, decision = next(iter(decisions.items()))
    affiliations = [name for name, at in found if at in decisions]
    organization = decision.found or scope
    return logins.affiliation_finding(check, login, affiliations, organization, is_known=decision.tier == "3")


def _is_institution(idp: object) -> bool:
    """An entity id (address or URN) of a host that is none of the brokered ones, compared label by label."""
    if not isinstance(idp, str) or not idp.strip():
        return False
    host = (urlsplit(idp).hostname or "").rstrip(".")
    return not any(host == broker or host.endswith(f".{broker}") for broker in BROKERED)


def _known(scope: str) -> Decision | None:
    """Whose domain it is; None where it can be nobody's, such as ``edu.cn`` or a mail service."""
    try:
        decision = logins.at_domain(scope)
    except RuleError:
        return None
    is_doubtful = decision.kind == Kind.UNMAPPED and decision.needs_review  # a public suffix, or a look-alike
    return decision if decision.kind in _OF_ORGANIZATIONS and not is_doubtful else None


def evidence(finding: Finding) -> list[Proof]:
    return logins.affiliation_proofs(Method.CILOGON, SOURCE, finding)


def sentence(claim: Mapping[str, Any], on: date) -> str:
    axis = Axis.AFFILIATION if claim.get("affiliation") in logins.PROVEN else Axis.ACCOUNT
    return assurance.sentence_of(assurance.Fact(Method.CILOGON, axis, on, claim))


def expires(checked_at: datetime) -> datetime | None:
    return in_a_year(checked_at)
