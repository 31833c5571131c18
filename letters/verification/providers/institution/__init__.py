"""Institutional login: the institution itself says, today, what the person is there. It may speak for its own domains
alone (the scopes that the operator wrote down), so no university vouches for another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from letters.accounts.oidc import logins as configured
from letters.accounts.oidc.logins import LoginApp
from letters.core.errors import RuleError
from letters.signatures.models import Signature
from letters.verification import assurance, domains
from letters.verification.models import Axis, Check, Method, Organization
from letters.verification.providers import logins
from letters.verification.providers.base import Ask, Finding, Login, NotProven, Offer, Proof, Step, in_a_year

KIND = "institution"
OFFER = Offer(
    label=_("Institutional login"),
    proves=_("That your institution counts you among its faculty or staff today. Not your position."),
    readers_see=_("University X confirmed by institutional login that the signatory is faculty ({date})."),
    stored=_(
        "The institution, “faculty”, “staff” or “member”, the day, and a keyed hash by which the same account is "
        "known again. No name, no address, no token."
    ),
    keeps_identity=True,
)


def institutions() -> Sequence[tuple[str, str]]:
    """(id, name) of every institution whose login is set up here."""
    return [(app.id, app.name) for app in configured.of_kind(KIND)]


ASKS: tuple[Ask, ...] = (
    Ask(
        "institution",
        _("Your institution"),
        help=_("You log in on its own page; your password never comes here."),
        kind="choice",
        choices=institutions,
    ),
)


def is_ready() -> bool:
    return bool(configured.of_kind(KIND))


def start(signature: Signature, given: Mapping[str, Any]) -> Step:
    return logins.begin(signature, KIND, str(given.get("institution", "")))


def complete(check: Check, answer: Mapping[str, Any] | Login) -> Finding:
    """Read the affiliations that the institution may assert: those whose scope is one of its own, compared whole.

    Raises:
        NotProven: none that counts, or none of this institution.

    Source: eduPerson 202208 §2.2.8 (eduPersonScopedAffiliation).
    """
    login, app = logins.answered(check, answer)
    found = [name for name, scope in logins.scoped_affiliations(login.claims) if scope in app.scopes]
    if not found:
        raise NotProven(
            gettext("{name} told nothing that counts of what you are there.").format(name=app.name),
            code="no-affiliation",
        )
    finding = logins.affiliation_finding(check, login, found, _row_of(app) or app.organization, is_known=True)
    return replace(finding, facts={**finding.facts, "name": app.organization, "login": app.name})


def _row_of(app: LoginApp) -> Organization | None:
    """Our row of the organisation, where one of its domains has one that bears its name."""
    for domain in (*app.settings.get("domains", ()), *app.scopes):
        try:
            found = logins.at_domain(domain).found
        except RuleError:
            continue
        if isinstance(found, Organization) and domains.claims_match(app.organization, found):
            return found
    return None


def evidence(finding: Finding) -> list[Proof]:
    return logins.affiliation_proofs(Method.INSTITUTION, f"{finding.facts['login']}, OpenID Connect"[:300], finding)


def sentence(claim: Mapping[str, Any], on: date) -> str:
    axis = Axis.AFFILIATION if claim.get("affiliation") in logins.PROVEN else Axis.ACCOUNT
    return assurance.sentence_of(assurance.Fact(Method.INSTITUTION, axis, on, claim))


def expires(checked_at: datetime) -> datetime | None:
    return in_a_year(checked_at)
