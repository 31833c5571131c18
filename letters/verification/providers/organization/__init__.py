"""Organisations: a representative signed for one; the organisers decide, and only where something ties the
representative to it: mail at its domain, a DNS record, or a link on its site.

A mailbox shows no mandate, so nobody but a person decides here, and the sentence says that the authority was stated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.signatures.models import Representation, SignatoryType, Signature
from letters.verification import assurance, domains, lists, signals
from letters.verification.models import Axis, Check, Evidence, Method
from letters.verification.providers.base import Ask, Finding, Login, Next, NotProven, Offer, Proof, Step, in_a_year

KIND = "organization"
REASON = "organization"  # of the case that the organisers decide
OFFER = Offer(
    label=gettext_lazy("Organisation signs"),
    proves=gettext_lazy(
        "That somebody tied to the organisation by mail, DNS or its site stated the authority to sign for it, and that "
        "the organisers found no reason to doubt it."
    ),
    readers_see=gettext_lazy(
        "Signed on behalf of Institute X by Suzie van der Berg, Director; authority stated by the signatory and "
        "checked by the organisers on {date}."
    ),
    stored=gettext_lazy(
        "Name and position of the representative, the organisation's website and a hash of the statement, as long as "
        "the signature stands."
    ),
    for_signatories=False,
)
ASKS: tuple[Ask, ...] = ()
METHODS = ("website", "dns", "work_email")
"""What a representative is offered to show the tie."""


def is_ready() -> bool:
    return True


def start(signature: Signature, given: Mapping[str, Any]) -> Step:
    """Ask the organisers to look; the line waits until they did. Idempotent."""
    signals.review_wanted.send(Signature, signature=signature, reason=REASON)
    return Step(Next.QUEUED)


def on_confirmed(signature: Signature) -> None:
    """A confirmed signature of an organisation goes to the organisers at once."""
    if signature.signatory_type == SignatoryType.ORGANIZATION and not signature.is_sample:
        start(signature, {})


def on_corrected(signature: Signature) -> None:
    """A line of an organisation that is not checked, or no longer, waits until it is. Nothing for a person's line."""
    is_organization = signature.signatory_type == SignatoryType.ORGANIZATION
    if is_organization and signature.is_confirmed and not is_checked(signature):
        on_confirmed(signature)


def is_checked(signature: Signature) -> bool:
    """Whether the organisers' yes stands."""
    return Evidence.objects.standing().filter(signature=signature, method=Method.ORGANIZATION).exists()


def complete(check: Check, answer: Mapping[str, Any] | Login) -> Finding:
    """No answer of the representative decides. Raises NotProven always."""
    raise NotProven(_("The organisers decide this."))


@dataclass(frozen=True)
class Tie:
    """One thing that ties the representative to the organisation. ``host`` is the domain or page concerned."""

    method: str  # "mail" for the address that confirmed the signature, else the method of the evidence
    host: str


def ties_of(signature: Signature) -> list[Tie]:
    """What ties the representative to the organisation: the confirmed mailbox and the standing evidence at hosts of
    the stated website, or at a domain that a curated row gives to an organisation of that name."""
    representation = Representation.objects.filter(signature=signature).first()
    if representation is None or not signature.is_confirmed:
        return []
    site = (urlsplit(representation.website).hostname or "").removeprefix("www.")
    rows = Evidence.objects.standing().filter(signature=signature, method__in=METHODS).order_by("id")
    shown = [Tie(row.method, str(row.claim.get("host") or row.claim.get("domain") or "")) for row in rows]
    path = urlsplit(representation.website).path.rstrip("/")
    found = [tie for tie in shown if is_same_house(_domain_of(tie.host), site) and _is_below(tie, path)]
    return [*_mail_tie(signature, site), *found]


def _mail_tie(signature: Signature, site: str) -> list[Tie]:
    if not signature.email_sealed:
        return []
    address = signature.email
    domain = address.rpartition("@")[2].lower()
    is_named = domains.decide(address, affiliation=signature.display_name).tier == "3"
    return [Tie("mail", domain)] if is_named or is_same_house(domain, site) else []


def _is_below(tie: Tie, path: str) -> bool:
    """Where the organisation's site is a part of a host, a page elsewhere on it says nothing."""
    page = tie.host.partition("/")[2]
    return tie.method != Method.WEBSITE or f"/{page}/".startswith(f"{path}/")


def _domain_of(host: str) -> str:
    return host.partition("/")[0].partition("?")[0].partition(":")[0].removeprefix("www.")


def is_same_house(domain: str, site: str) -> bool:
    """True when one of two hosts is the other or a parent of it, label by label, and the shorter one belongs to a
    single owner: no public suffix, no platform, no mail service."""
    if not domain or not site:
        return False
    shorter, longer = sorted((domain, site), key=len)
    if shorter != longer and not longer.endswith(f".{shorter}"):
        return False
    is_shared = lists.is_shared_suffix(shorter) and shorter != longer
    return bool(lists.candidates(shorter)) and not is_shared and lists.unnamed([shorter]) is None


def finding_of(signature: Signature, source: str = "") -> Finding:
    """What the organisers' yes comes to; ``source`` is where they looked.

    Raises:
        NotProven: no organisation signs here, or nothing ties the representative to it.
    """
    representation = Representation.objects.filter(signature=signature).first()
    if representation is None:
        raise NotProven(_("This is no signature of an organisation."))
    ties = ties_of(signature)
    if not ties:
        raise NotProven(
            _(
                "Nothing ties the representative to the organisation yet: a mail address at its domain, a DNS record "
                "or a link on its site is needed before you can accept."
            ),
            code="no-tie",
        )
    facts = {"organization": signature.display_name, "name": representation.name, "position": representation.position}
    return Finding({**facts, "source": source or ", ".join(f"{tie.method} {tie.host}" for tie in ties)})


def evidence(finding: Finding) -> list[Proof]:
    """One row on the name: it stands for the whole line."""
    claim = {name: str(finding.facts[name]) for name in ("organization", "name", "position")}
    return [Proof(Method.ORGANIZATION, Axis.NAME, claim, source=str(finding.facts["source"])[:300])]


def sentence(claim: Mapping[str, Any], on: date) -> str:
    return assurance.assess([assurance.Fact(Method.ORGANIZATION, Axis.NAME, on, claim)]).sentence


def expires(checked_at: datetime) -> datetime | None:
    return in_a_year(checked_at)
