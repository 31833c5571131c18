"""ORCID: control of an iD, and an employment only where an organisation's own system wrote it onto the record.

Anybody registers an iD under any name, and writes any employer onto the own record: neither is believed.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.core import orcids
from letters.signatures.models import Signature
from letters.verification import assurance, checking, domains
from letters.verification.models import Axis, Check, Method, Organization, OrganizationStatus
from letters.verification.providers.base import Ask, Finding, Login, Next, NotProven, Offer, Proof, Step, in_a_year
from letters.verification.providers.logins import ANSWER_WITHIN, NotSetUp
from letters.verification.providers.orcid import employments
from letters.verification.providers.orcid.employments import Employment

KIND = "orcid"
SOURCE = "ORCID"
OFFER = Offer(
    label=gettext_lazy("ORCID"),
    proves=gettext_lazy(
        "That you can log in to an ORCID iD today. It proves your affiliation only if an organisation itself added a "
        "current, public employment there to your record, and it is the affiliation that you stated."
    ),
    readers_see=gettext_lazy("Signed in with ORCID iD 0000-0002-1825-0097 on {date}."),
    stored=gettext_lazy(
        "Your iD, the day and, where it counts, the organisation and who added it: they are printed. A keyed hash by "
        "which the same iD is known again. Nothing else of your record, and no token."
    ),
    keeps_identity=True,
)
ASKS: tuple[Ask, ...] = ()


def is_ready() -> bool:
    return bool(settings.SOCIALACCOUNT_PROVIDERS.get(KIND, {}).get("APPS"))


def start(signature: Signature, given: Mapping[str, Any]) -> Step:
    """Send the browser to ORCID. Raises NotSetUp where the site has no client."""
    if not is_ready():
        raise NotSetUp
    return Step(Next.REDIRECT, checking.open_check(signature, KIND, within=ANSWER_WITHIN), login=KIND)


def complete(check: Check, answer: Mapping[str, Any] | Login) -> Finding:
    """The iD that logged in, and the first employment on it that confirms the stated affiliation.

    Raises:
        NotProven: no login of ORCID, or what came back is no iD.
    """
    if not isinstance(answer, Login) or answer.provider != KIND:
        raise NotProven
    orcid = answer.claims.get("orcid")
    if not orcids.is_orcid(orcid) or answer.subject != orcid:
        raise NotProven(_("ORCID did not say whose record this is. Nothing changed; try again."), code="no-orcid")
    read, today = answer.claims.get("employments"), timezone.now().date()
    found = employments.vouched(read, orcid, on=today) if isinstance(read, Mapping) else []
    facts: dict[str, Any] = {"orcid": orcid, "identity": (settings.ORCID_BASE, orcid)}
    for employment in found:
        agrees, organization = _confirms(check.signature.affiliation, employment)
        if agrees:
            return Finding({**facts, "employment": employment, "organization": organization})
    return Finding(facts)


def _confirms(affiliation: str, employment: Employment) -> tuple[bool, Organization | None]:
    """Whether an employment is the stated affiliation, by its ROR row where we have it, else by its name."""
    if not affiliation.strip():  # nothing was stated, so there is nothing to confirm
        return False, None
    row = Organization.objects.filter(ror=employment.ror).first() if employment.ror else None
    if row is not None and row.status == OrganizationStatus.ACTIVE and domains.claims_match(affiliation, row):
        return True, row
    return domains.claims_match(affiliation, employment.organization), None


def evidence(finding: Finding) -> list[Proof]:
    """One row for the iD, and one for the employment where it counts. The iD stands for one person."""
    facts = finding.facts
    proofs = [Proof(Method.ORCID, Axis.ACCOUNT, {"orcid": facts["orcid"]}, source=SOURCE, subject=facts["identity"])]
    employment: Employment | None = facts.get("employment")
    if employment is not None:
        claim = {
            "orcid": facts["orcid"],
            "organization": employment.organization,
            "source_name": employment.source_name,
        }
        proofs.append(
            Proof(
                Method.ORCID_EMPLOYMENT,
                Axis.AFFILIATION,
                claim,
                source=f"{SOURCE}, {employment.source_name}",
                organization=facts.get("organization"),
            )
        )
    return proofs


def sentence(claim: Mapping[str, Any], on: date) -> str:
    method, axis = (Method.ORCID_EMPLOYMENT, Axis.AFFILIATION) if "organization" in claim else (KIND, Axis.ACCOUNT)
    return assurance.sentence_of(assurance.Fact(method, axis, on, claim))


def expires(checked_at: datetime) -> datetime | None:
    return in_a_year(checked_at)
