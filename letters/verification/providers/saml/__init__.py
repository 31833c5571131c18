"""SAML: the institution itself says, today, what the person is there; for the domains alone that its metadata gives it
(shibmd:Scope). An extra: it is ready where python3-saml is installed and a provider is set up."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from letters.signatures.models import Signature
from letters.verification import assurance, checking
from letters.verification.models import Axis, Check, Method
from letters.verification.providers import logins
from letters.verification.providers.base import Ask, Finding, Login, Next, NotProven, Offer, Proof, Step, in_a_year

KIND = "saml"
AFFILIATION = ("urn:oid:1.3.6.1.4.1.5923.1.1.1.9", "eduPersonScopedAffiliation")
SUBJECT = ("urn:oasis:names:tc:SAML:attribute:pairwise-id", "urn:oasis:names:tc:SAML:attribute:subject-id")
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
OFFER = Offer(
    label=_("Institutional login (SAML)"),
    proves=_("That your institution counts you among its faculty or staff today. Not your position."),
    readers_see=_("University X confirmed by institutional login that the signatory is faculty ({date})."),
    stored=_(
        "The institution, “faculty”, “staff” or “member”, the day, and a keyed hash by which the same account is "
        "known again. No name, no address, no assertion."
    ),
    keeps_identity=True,
)


def _apps() -> list[Mapping[str, Any]]:
    return list(settings.SOCIALACCOUNT_PROVIDERS.get(KIND, {}).get("APPS", []))


def institutions() -> Sequence[tuple[str, str]]:
    """(id, name) of every institution whose login is set up here."""
    return [(str(app["provider_id"]), str(app["name"])) for app in _apps()]


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
    return bool(_apps())


def start(signature: Signature, given: Mapping[str, Any]) -> Step:
    """Open a check and send the browser to the login. Raises NotSetUp for an institution that is not here."""
    chosen = str(given.get("institution", ""))
    if chosen not in dict(institutions()):
        raise logins.NotSetUp
    check = checking.open_check(signature, KIND, within=logins.ANSWER_WITHIN)
    return Step(Next.REDIRECT, check, login=chosen)


def complete(check: Check, answer: Mapping[str, Any] | Login) -> Finding:
    """Read the affiliations whose scope is one of the provider's own, compared whole; any other value is dropped.

    Raises:
        NotProven: none that counts, no lasting identifier, or no login of this method.

    Source: eduPerson 202208 §2.2.8; SAML Subject Identifier Attributes Profile 1.0.
    """
    app = next((app for app in _apps() if isinstance(answer, Login) and app["provider_id"] == answer.provider), None)
    if not isinstance(answer, Login) or app is None:
        raise NotProven
    attributes = answer.claims.get("attributes", {})
    values = [value for name in AFFILIATION for value in attributes.get(name, []) if isinstance(value, str)]
    asserted = logins.scoped_affiliations({"affiliation": values})
    found = [name for name, scope in asserted if scope in app["settings"]["scopes"]]
    subject = _subject(answer.claims, attributes)
    if not found or not subject:
        raise NotProven(
            gettext("{name} told nothing that counts of what you are there.").format(name=app["name"]),
            code="no-affiliation",
        )
    organization = str(app["settings"]["organization_name"])
    login = replace(answer, issuer=str(answer.claims["issuer"]), subject=subject)
    finding = logins.affiliation_finding(check, login, found, organization, is_known=True)
    return replace(finding, facts={**finding.facts, "login": app["name"]})


def _subject(claims: Mapping[str, Any], attributes: Mapping[str, Any]) -> str:
    """An identifier that stays with the person; a transient one would make a new person of each login."""
    for name in SUBJECT:
        if values := [value for value in attributes.get(name, []) if isinstance(value, str) and value.strip()]:
            return str(values[0])
    return str(claims.get("name_id") or "") if claims.get("name_id_format") == PERSISTENT else ""


def evidence(finding: Finding) -> list[Proof]:
    return logins.affiliation_proofs(Method.SAML, f"{finding.facts['login']}, SAML"[:300], finding)


def sentence(claim: Mapping[str, Any], on: date) -> str:
    axis = Axis.AFFILIATION if claim.get("affiliation") in logins.PROVEN else Axis.ACCOUNT
    return assurance.sentence_of(assurance.Fact(Method.SAML, axis, on, claim))


def expires(checked_at: datetime) -> datetime | None:
    return in_a_year(checked_at)
