"""From a mail address to what its domain proves: one decision, with every step that led to it.

A domain is compared label by label with rows of organisations, longest first; never by its beginning or end. The
decision claims no more than a dated row says, and what only a person can judge goes to review.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from letters.core import addresses
from letters.verification import affiliations, assurance, lists, matching
from letters.verification.matching import Match, Review, Step, step
from letters.verification.models import Organization

__all__ = ["Decision", "Kind", "Review", "Step", "claims_match", "decide"]


class Kind(StrEnum):
    """What a mailbox at a domain tells of the person who reads it."""

    STAFF = "staff"
    MIXED = "mixed"  # staff and students
    STUDENT = "student"
    ALUMNI = "alumni"
    MEMBERSHIP = "membership"
    ISP = "isp"
    HOSTING = "hosting"
    FREE = "free"
    RELAY = "relay"
    DISPOSABLE = "disposable"
    ROLE = "role"
    UNMAPPED = "unmapped"


TIERS = {
    Kind.STAFF: "3", Kind.MIXED: "3", Kind.ALUMNI: "1a", Kind.MEMBERSHIP: "1a", Kind.STUDENT: "1b",
    Kind.UNMAPPED: "1b", Kind.ISP: "1", Kind.HOSTING: "1", Kind.FREE: "1", Kind.RELAY: "1", Kind.ROLE: "1",
    Kind.DISPOSABLE: "0",
}  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """What an address proves. ``tier`` is "0" (refused), "1", "1a", "1b" or "3"; ``needs_review`` a ``Review`` or "".

    ``organization`` is set at tier 3 alone: a row, or a name that only a list of schools knows. ``found`` is what the
    domain is tied to whatever the tier, for those who review. The address itself is not in it.
    """

    domain: str
    organization: Organization | str | None
    kind: str
    tier: str
    sentence: str
    steps: tuple[Step, ...]
    needs_review: str = ""
    found: Organization | str | None = None

    @property
    def source(self) -> str:
        """Who says what the decision rests on."""
        return self.steps[-1]["source"]

    @property
    def organization_name(self) -> str:
        return str(self.organization or "")

    @property
    def organization_row(self) -> Organization | None:
        return self.organization if isinstance(self.organization, Organization) else None

    @property
    def axis(self) -> str:
        """Which axis the evidence is about: the affiliation at tier 3, else the address."""
        return "affiliation" if self.tier == "3" else "address"

    @property
    def method(self) -> str:
        """``email`` where the domain says nothing, so that nothing is printed of it."""
        return "work_email" if self.tier in ("1a", "1b", "3") else "email"

    def claim(self) -> dict[str, str]:
        """What the public sentence needs, and nothing else."""
        if self.method == "email":
            return {}
        claim = {"domain": self.domain, "kind": self.kind}
        return {**claim, "organization": self.organization_name} if self.organization else claim

    def as_json(self) -> dict[str, Any]:
        """The decision as ``explain_address --json`` prints it."""
        return {
            "domain": self.domain,
            "organization": self.organization_name or None,
            "kind": self.kind,
            "tier": self.tier,
            "sentence": self.sentence,
            "needs_review": self.needs_review,
            "steps": [dict(each) for each in self.steps],
        }


def claims_match(affiliation: str, organization: Organization | str) -> bool:
    """Whether a stated affiliation and an organisation agree by name, alias or acronym; an empty one contradicts
    nothing."""
    return affiliations.agree(affiliation, matching.names_of(organization))


def decide(
    address: str, *, affiliation: str = "", on: date | None = None, takes_shared_mailbox: bool = False
) -> Decision:
    """What a confirmed mailbox at this address proves on that day (today by default); one query at most.

    ``takes_shared_mailbox``: an office may act for its organisation, so ``press@`` is no objection.

    Raises:
        AddressRefused: not one plain address.

    Source: publicsuffix.org (ICANN section), RFC 5890 (A-labels), RFC 2142 (role mailboxes).
    """
    on = on or datetime.now(UTC).date()
    local, _, domain = addresses.parse(address.strip().removesuffix(".")).rpartition("@")
    steps = [step("address", f"one plain address; its domain is {domain}", "RFC 5321; IDNA 2008, A-labels")]
    names = lists.candidates(domain)
    match = _of_lists(domain, names) or _of_role(local, takes_shared_mailbox)
    if match is None:
        match = matching.find(domain, names, affiliation=affiliation, on=on)
    return _decision(domain, steps, match, affiliation=affiliation, on=on)


def _of_lists(domain: str, names: list[str]) -> Match | None:
    """What is settled before any organisation is looked for."""
    if not names:
        note = f"{domain} is a public suffix: names below it belong to many, so no row speaks for it"
        found = step("public suffix", note, lists.suffix_source())
        return Match(Kind.UNMAPPED, steps=(found,), needs_review=Review.PUBLIC_SUFFIX)
    if listed := lists.unnamed(names):
        note = f"{listed.domain} is {_UNNAMED[listed.kind]}"
        return Match(listed.kind, steps=(step(f"list: {listed.kind}", note, listed.source),))
    return None


_UNNAMED: Mapping[str, str] = {
    "disposable": "a disposable domain: mail there can be read by anybody, or is gone in an hour; refused",
    "relay": "a forwarding service: it hides the real mailbox and names no workplace",
    "free": "open to everybody: a mailbox there names no workplace",
    "isp": "an internet provider's domain for its customers: it names no workplace",
    "hosting": "a hosting service: anybody can have a name below it",
}


def _of_role(local: str, takes_shared_mailbox: bool) -> Match | None:
    if takes_shared_mailbox or not lists.is_role(local):
        return None
    note = "the part before the @ names an office: a shared mailbox, which proves no person"
    office = step("role mailbox", note, lists.supplement().role_source)
    return Match(Kind.ROLE, steps=(office,), needs_review=Review.SHARED_MAILBOX)


def _decision(domain: str, steps: Iterable[Step], match: Match, *, affiliation: str, on: date) -> Decision:
    tier, organization, review = TIERS[Kind(match.kind)], match.organization, str(match.needs_review)
    steps = [*steps, *match.steps]
    if tier == "3" and organization and affiliation and not review:
        agrees = claims_match(affiliation, organization)
        steps.append(_agreement(agrees, organization))
        review = "" if agrees else Review.ORGANIZATION_DIFFERS
    if tier == "3" and (review or not organization):
        tier = "1b"
    decision = Decision(
        domain=domain,
        organization=organization if tier == "3" else None,
        kind=str(match.kind),
        tier=tier,
        sentence="",
        steps=(),
        needs_review=str(review),
        found=organization,
    )
    steps.append(step("decision", _summary(decision), match.source))
    return replace(decision, sentence=_sentence(decision, on), steps=tuple(steps))


def _agreement(agrees: bool, organization: Organization | str) -> Step:
    said = "agrees with" if agrees else "is not"
    return step("affiliation", f"the stated affiliation {said} {organization}", "names and aliases of the row")


def _summary(decision: Decision) -> str:
    parts = [f"kind {decision.kind}, tier {decision.tier}"]
    if decision.needs_review:
        parts.append(f"an organiser should look: {decision.needs_review}")
    return "; ".join(parts)


def _sentence(decision: Decision, on: date) -> str:
    """The words of the one table; empty where nothing is published."""
    if decision.tier == "0":
        return ""
    return assurance.sentence_of(assurance.Fact(decision.method, decision.axis, on, decision.claim()))
