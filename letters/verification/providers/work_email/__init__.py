"""Work e-mail: a mail to an address at an organisation's domain is answered; the address is then forgotten and only
its domain, and a keyed hash that knows the mailbox again, remain."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.core import addresses, tokens
from letters.outbox import queueing, suppressing
from letters.outbox.models import SuppressionReason
from letters.signatures.models import Signature
from letters.verification import assurance, checking, domains
from letters.verification.models import Axis, Check, Method, Organization
from letters.verification.providers.base import (
    Ask,
    Finding,
    Login,
    Next,
    NotProven,
    Offer,
    Proof,
    Step,
    in_a_year,
)

KIND = "work_email"
MAIL = "work_email"  # kind of the mail and purpose of its link
ISSUER = "mailto"
ANSWER_WITHIN = timedelta(days=3)
OFFER = Offer(
    label=_("Work e-mail"),
    proves=_("That you read mail at a domain of your organisation today. Not your name, your position or a contract."),
    readers_see=_("Confirmed by e-mail at uni.example, a mail domain of University X, on {date}."),
    stored=_(
        "The address is used once and deleted with your answer, after three days in any case. Its domain stays, and "
        "a keyed hash by which the same mailbox is known again until 30 days after the letter closes."
    ),
)
ASKS: tuple[Ask, ...] = (
    Ask(
        "email",
        _("Work e-mail address"),
        help=_("One mail with a link and a code goes there. It may differ from the address you signed with."),
        kind="email",
    ),
    Ask(
        "consent_domain",
        _("Show the domain, such as “uni.example”"),
        help=_("Without it readers see the organisation alone, where the domain is known to belong to one."),
        kind="checkbox",
        required=False,
    ),
)
_REFUSALS = {
    "disposable": _("{domain} gives out addresses for a few minutes. Use the address you have at work."),
    "free": _("{domain} is a free mail service: it proves no workplace. Use the address you have at work."),
    "relay": _("{domain} forwards mail to a hidden address and proves no workplace. Use the address itself."),
    "isp": _("{domain} belongs to an internet provider and proves no workplace. Use the address you have at work."),
    "hosting": _("Anybody can rent an address at {domain}: it proves no workplace. Use the address you have at work."),
}


def is_ready() -> bool:
    return True


def start(signature: Signature, given: Mapping[str, Any]) -> Step:
    """Mail a link and a code to the work address; the caps of all mails hold.

    Raises:
        NotProven: the domain could prove nothing, whoever answers.
        AddressRefused: that is no address.
    """
    address = addresses.parse(str(given["email"]))
    decision = domains.decide(address, affiliation=signature.affiliation)
    if decision.kind in _REFUSALS:
        raise NotProven(str(_REFUSALS[decision.kind]).format(domain=decision.domain), code="no-workplace")
    agreed = "1" if given.get("consent_domain") else "0"
    check = checking.open_check(signature, KIND, f"{agreed}{address}", within=ANSWER_WITHIN)
    queueing.queue(MAIL, check.public_id, scope=str(signature.letter_id), recipient_index=suppressing.index_of(address))
    return again(check)


def again(check: Check) -> Step:
    """What the page of a waiting check says."""
    return Step(
        Next.MAILED,
        check,
        instructions=[
            _("A mail is on its way to the address you gave. Press the button behind its link, or type its code here."),
            _("No mail after five minutes? Look into the spam folder, or start again below."),
        ],
    )


def asked_in(check: Check) -> tuple[str, bool]:
    """(address, whether its domain may be shown) of a waiting check."""
    asked = checking.asked_in(check)
    return asked[1:], asked[:1] == "1"


def complete(check: Check, answer: Mapping[str, Any] | Login) -> Finding:
    """Accept the code of the mail, or the pressed button behind its link (``{"pressed": True}``).

    Raises:
        NotProven: the code is not the one in the mail.
    """
    if isinstance(answer, Login):
        raise NotProven
    if not answer.get("pressed") and not tokens.is_code_for(check.public_id, str(answer.get("code", ""))):
        raise NotProven(_("That is not the code in the mail. It has eight letters and digits."), code="code")
    address, agreed = asked_in(check)
    return found(address, check.signature.affiliation, agreed=agreed)


def promised(check: Check) -> str:
    """The sentence that readers will see when this check is answered; empty when they will see nothing new."""
    address, agreed = asked_in(check)
    finding = found(address, check.signature.affiliation, agreed=agreed)
    proofs = evidence(finding)
    if not proofs:
        return ""
    claim = {name: value for name, value in proofs[0].claim.items() if agreed or name != "domain"}
    return sentence(claim, timezone.now().date())


def disown(check: Check) -> None:
    """«This was not me»: forget the address at once and never mail it again. The signature stays as it is."""
    address, _agreed = asked_in(check)
    suppressing.suppress(address, SuppressionReason.NOT_ME)
    queueing.forget(check.public_id)
    check.delete()


def found(address: str, affiliation: str, *, agreed: bool, at: datetime | None = None) -> Finding:
    """What a read mailbox at this address comes to, given the affiliation as stated."""
    decision = domains.decide(address, affiliation=affiliation)
    facts = {
        "domain": decision.domain,
        "kind": decision.kind,
        "tier": decision.tier,
        "organization": decision.organization,
        "source": decision.source,
        "mailbox": addresses.canonical(address),
        "consent_domain": agreed,
        "at": at,
    }
    return Finding(facts, needs_review=decision.needs_review)


def evidence(finding: Finding) -> list[Proof]:
    """One row: on the affiliation where the domain is an organisation's, else on the address; none for a shared
    mailbox, which shows no person."""
    facts = finding.facts
    if facts["kind"] == "role" or facts["tier"] in ("0", "1"):
        return []
    organization = facts["organization"]
    claim = {"domain": facts["domain"], "kind": facts["kind"]}
    is_affiliation = facts["tier"] == "3"
    if is_affiliation:
        claim["organization"] = str(organization)
    return [
        Proof(
            Method.WORK_EMAIL,
            Axis.AFFILIATION if is_affiliation else Axis.ADDRESS,
            claim,
            source=str(facts["source"])[:300],
            organization=organization if is_affiliation and isinstance(organization, Organization) else None,
            subject=(ISSUER, str(facts["mailbox"])),
            checked_at=facts.get("at"),
        )
    ]


def sentence(claim: Mapping[str, Any], on: date) -> str:
    axis = Axis.AFFILIATION if "organization" in claim else Axis.ADDRESS
    return assurance.sentence_of(assurance.Fact(Method.WORK_EMAIL, axis, on, claim))


def expires(checked_at: datetime) -> datetime | None:
    return in_a_year(checked_at)


def from_contact(signature: Signature) -> Finding | None:
    """What confirming the signature has proven already: the mailbox was read, and its domain may be a workplace's.

    None when nothing may be printed: no organisation was stated and the domain may not be shown.
    """
    if not signature.email_sealed or not (signature.affiliation or signature.consent_domain):
        return None
    at = signature.confirmed_at or timezone.now()
    finding = found(signature.email, signature.affiliation, agreed=signature.consent_domain, at=at)
    may_be_shown = signature.consent_domain or finding.facts["tier"] == "3"
    return finding if may_be_shown else None
