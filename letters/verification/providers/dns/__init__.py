"""DNS: a TXT record below a domain, which only those can write who run its name servers.

Proves control of the domain's records today; a domain of one's own is no employer.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.core import hosts, resolving, tokens
from letters.signatures.models import Signature
from letters.verification import assurance, checking, lists
from letters.verification.models import Axis, Check, Method
from letters.verification.providers.base import Ask, Finding, Login, Next, NotProven, Offer, Proof, Step, in_a_year

KIND = "dns"
LABEL = "_open-letter"
PREFIX = "open-letter="
OFFER = Offer(
    label=gettext_lazy("Record in your domain (DNS)"),
    proves=gettext_lazy(
        "That you can change the DNS records of a domain today. It never proves your name, your position or a contract."
    ),
    readers_see=gettext_lazy("Controls the domain institute.example (checked {date})."),
    stored=gettext_lazy("The domain and the day, as long as the signature stands."),
)
ASKS: tuple[Ask, ...] = (
    Ask(
        "domain",
        gettext_lazy("Domain"),
        help=gettext_lazy("For example institute.example. Readers will see it."),
        most=hosts.MAX_HOST,
    ),
)


def is_ready() -> bool:
    return True


def start(signature: Signature, given: Mapping[str, Any]) -> Step:
    """Show the record that shall stand in DNS; nobody is asked yet.

    Raises:
        NotProven: that is no domain, or one below which anybody registers names.
    """
    domain = domain_in(str(given["domain"]))
    check = checking.open_check(signature, KIND, domain)
    return again(check)


def again(check: Check) -> Step:
    """What a waiting check shows whenever its page is opened."""
    domain = checking.asked_in(check)
    return Step(
        Next.SHOW,
        check,
        instructions=[
            _("Add a TXT record with this name and this text to the DNS of {domain}, and come back.").format(
                domain=domain
            ),
            _("Some panels add the domain by themselves: type {label} as the name there.").format(label=LABEL),
            _("It can take some minutes until the record is seen. You may remove it after the check."),
        ],
        copy=[f"{LABEL}.{domain}", PREFIX + tokens.marks_for(KIND, check.public_id)[0]],
    )


def domain_in(typed: str) -> str:
    """The domain in A-labels; of an address such as https://www.example.org/x its host is taken, less ``www.``.

    Raises:
        NotProven: no domain, longer than DNS takes with our label before it, or a public suffix such as co.uk.
    """
    try:
        text = urlsplit(typed.strip()).hostname or "" if "://" in typed else typed
        domain = hosts.ascii_host(text)
    except (hosts.HostRefused, ValueError) as error:
        raise NotProven(_("Enter a domain such as institute.example."), code="domain") from error
    domain = domain.removeprefix("www.") if "://" in typed else domain
    if len(f"{LABEL}.{domain}") > hosts.MAX_HOST:
        raise NotProven(_("Enter a domain such as institute.example."), code="domain")
    if not lists.candidates(domain):
        raise NotProven(
            _("Anybody can register names below {domain}. Enter the domain that is yours.").format(domain=domain),
            code="public-suffix",
        )
    return domain


def complete(check: Check, answer: Mapping[str, Any] | Login) -> Finding:
    """Ask DNS for the record.

    Raises:
        NotProven: no record there, another text, or the name servers fail or are silent; each with its sentence.
    """
    if isinstance(answer, Login):
        raise NotProven
    domain = checking.asked_in(check)
    name = f"{LABEL}.{domain}"
    try:
        texts = resolving.texts_of(name)
    except resolving.NameUnknown as error:
        raise NotProven(
            _("There is no TXT record under {name} yet. New records can take some minutes; check again then.").format(
                name=name
            ),
            code="no-record",
        ) from error
    except (resolving.DnsFailed, resolving.DnsTimeout) as error:
        raise NotProven(error.message, code=error.code) from error
    wanted = {PREFIX + mark for mark in tokens.marks_for(KIND, check.public_id)}
    if not wanted & {text.strip() for text in texts}:
        raise NotProven(
            _("There is a TXT record under {name}, but its text is another one. Copy the text above whole.").format(
                name=name
            ),
            code="other-text",
        )
    return Finding({"host": domain})


def evidence(finding: Finding) -> list[Proof]:
    """One row on the account. No identity is in it: all who work at a firm may show that its domain is theirs."""
    host = str(finding.facts["host"])
    return [Proof(Method.DNS, Axis.ACCOUNT, {"host": host}, source=f"TXT {LABEL}.{host}")]


def sentence(claim: Mapping[str, Any], on: date) -> str:
    return assurance.sentence_of(assurance.Fact(Method.DNS, Axis.ACCOUNT, on, claim))


def expires(checked_at: datetime) -> datetime | None:
    return in_a_year(checked_at)
