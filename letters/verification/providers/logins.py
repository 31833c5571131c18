"""What the methods with a login share: sending off, taking the answer, and reading affiliations. Claims are believed
only in the exact shape that their specification gives them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from letters.accounts.oidc import logins
from letters.accounts.oidc.logins import LoginApp
from letters.core.errors import RuleError
from letters.signatures.models import Signature
from letters.verification import checking, domains
from letters.verification.models import Axis, Check, Organization
from letters.verification.providers.base import Ask, Finding, Login, Next, NotProven, Proof, Step

ANSWER_WITHIN = timedelta(minutes=15)
SHOW_DOMAIN = Ask(
    "consent_domain",
    _("Show the domain, such as “uni.example”"),
    help=_("Without it readers see the organisation alone, where the domain is known to belong to one."),
    kind="checkbox",
    required=False,
)
PROVEN = ("faculty", "staff", "employee")  # strongest first
MEMBERS = ("member", "student")
"""Affiliations of eduPerson that show a login of the institution and nothing professional."""
_AFFILIATION_CLAIMS = (
    "eduperson_scoped_affiliation", "voperson_external_affiliation", "eduPersonScopedAffiliation", "affiliation",
)  # fmt: skip
MOST_VALUES = 50


class NotSetUp(RuleError):
    code = "login-not-set-up"
    default = _("This login is not set up on this site. Choose another way.")


def begin(signature: Signature, kind: str, app_id: str, *, asked: str = "") -> Step:
    """Open a check of fifteen minutes and send the browser to the login.

    Raises:
        NotSetUp: this site has no such login for the method.
    """
    app = logins.find(app_id)
    if app is None or app.kind != kind:
        raise NotSetUp
    check = checking.open_check(signature, kind, asked, within=ANSWER_WITHIN)
    return Step(Next.REDIRECT, check, login=app.id)


def answered(check: Check, answer: Mapping[str, Any] | Login) -> tuple[Login, LoginApp]:
    """The login that came back for this check.

    Raises:
        NotProven: no login, or that of another method.
    """
    app = logins.find(answer.provider) if isinstance(answer, Login) else None
    if not isinstance(answer, Login) or app is None or app.kind != check.kind:
        raise NotProven
    return answer, app


def asked(given: Mapping[str, Any]) -> str:
    """Whether the domain may be shown, as a check keeps it."""
    return "1" if given.get("consent_domain") else "0"


def work_account(check: Check, login: Login, subject: str, email: str) -> Finding:
    """What a work account comes to whose address the provider vouches for; its domain is all that is kept of it."""
    decision = domains.decide(email, affiliation=check.signature.affiliation)
    facts = {
        "identity": (login.issuer, subject),
        "domain": decision.domain,
        "kind": str(decision.kind),
        "organization": decision.organization,
        "consent_domain": checking.asked_in(check) == "1",
    }
    return Finding(facts, needs_review=decision.needs_review)


def work_account_proofs(method: str, source: str, finding: Finding) -> list[Proof]:
    """On the affiliation where the domain is an organisation's, else on the account alone."""
    facts, claim = finding.facts, {}
    organization = facts.get("organization")
    if facts.get("domain"):
        claim = {"domain": facts["domain"], "kind": facts["kind"]}
    if organization:
        claim["organization"] = str(organization)
    return [
        Proof(
            method,
            Axis.AFFILIATION if organization else Axis.ACCOUNT,
            claim,
            source=source,
            organization=organization if isinstance(organization, Organization) else None,
            subject=facts["identity"],
        )
    ]


def scoped_affiliations(claims: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(affiliation, scope) of every well-formed value, lower case. A value without exactly one @ is dropped.

    Source: eduPerson 202208 §2.2.8; REFEDS «OpenID Connect for research and education», claim names.
    """
    found = []
    for value in _values(claims):
        affiliation, at, scope = value.strip().lower().partition("@")
        if affiliation and at and scope and "@" not in scope:
            found.append((affiliation, scope))
    return found


def _values(claims: Mapping[str, Any]) -> Iterable[str]:
    for name in _AFFILIATION_CLAIMS:
        value = claims.get(name)
        if isinstance(value, str):
            yield from value.replace(",", ";").replace(" ", ";").split(";")[:MOST_VALUES]
        elif isinstance(value, list):
            yield from (item for item in value[:MOST_VALUES] if isinstance(item, str))


def strongest(affiliations: Sequence[str]) -> str:
    """The one to print of several: faculty before staff before employee before member; "" where none counts."""
    if found := next((name for name in PROVEN if name in affiliations), ""):
        return found
    return "member" if any(name in MEMBERS for name in affiliations) else ""


def affiliation_finding(
    check: Check, login: Login, affiliations: Sequence[str], organization: Organization | str, *, is_known: bool
) -> Finding:
    """What an institution's word comes to. It confirms the affiliation where the organisation is known for certain
    (``is_known``) and is the one that the signatory stated; otherwise it shows a login, and an organiser looks.

    Raises:
        NotProven: it says nothing that counts, such as ``alum`` or ``affiliate`` alone.
    """
    best = strongest(affiliations)
    if not best:
        raise NotProven(
            gettext(
                "The institution did not say that you belong to its staff or members today; alumni and guests do not "
                "count. Nothing was changed."
            ),
            code="no-affiliation",
        )
    agrees = domains.claims_match(check.signature.affiliation, organization)
    facts = {
        "identity": (login.issuer, login.subject),
        "affiliation": best,
        "organization": organization,
        "is_affiliation": is_known and agrees and best in PROVEN,
    }
    return Finding(facts, needs_review="" if agrees else str(domains.Review.ORGANIZATION_DIFFERS))


def affiliation_proofs(method: str, source: str, finding: Finding) -> list[Proof]:
    """One row: on the affiliation, or on the account alone."""
    facts = finding.facts
    organization, name = facts["organization"], facts.get("name") or str(facts["organization"])
    return [
        Proof(
            method,
            Axis.AFFILIATION if facts["is_affiliation"] else Axis.ACCOUNT,
            {"organization": name, "affiliation": facts["affiliation"]},
            source=source,
            organization=organization if isinstance(organization, Organization) else None,
            subject=facts["identity"],
        )
    ]


def at_domain(domain: str) -> domains.Decision:
    """Which organisation a domain belongs to, whoever is asked about. Raises AddressRefused for no domain."""
    return domains.decide(f"login@{domain}", takes_shared_mailbox=True)
