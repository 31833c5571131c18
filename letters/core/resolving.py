"""Asking DNS, with an end to the waiting. Nothing is kept: each question is asked anew."""

from collections.abc import Callable

import dns.exception
import dns.resolver
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from letters.core.errors import RuleError


class NameUnknown(RuleError):
    """DNS answered: there is nothing of this kind under this name."""

    code = "name-unknown"
    default = _("DNS knows no such name. Check the spelling.")


class DnsFailed(RuleError):
    """The servers of the name gave no usable answer."""

    code = "dns-failed"
    default = _("The name servers of this domain answered with an error. Try again, or ask who runs them.")


class DnsTimeout(RuleError):
    code = "dns-timeout"
    default = _("The name servers of this domain did not answer in time. Try again in some minutes.")


Resolver = Callable[[str, float], list[str]]
"""(host in A-labels, seconds) → its IP addresses; raises one of the errors above."""


def addresses_of(host: str, within: float | None = None) -> list[str]:
    """All IP addresses of a host, IPv4 first. Never reads /etc/hosts and never appends a search domain. ``within`` is
    in seconds, for all servers and tries together; the setting DNS_SECONDS when not given.

    Raises:
        NameUnknown, DnsFailed, DnsTimeout: neither an IPv4 nor an IPv6 address was found.
    """
    found, failures = [], []
    for kind in ("A", "AAAA"):
        try:
            found += [record.address for record in _ask(host, kind, (within or settings.DNS_SECONDS) / 2)]
        except RuleError as error:
            failures.append(error)
    if not found:
        # A timeout or an error says more than the other family's "no such record".
        raise next((error for error in failures if not isinstance(error, NameUnknown)), failures[0])
    return found


def texts_of(name: str, within: float | None = None) -> list[str]:
    """The TXT records under a name, the strings of each joined (RFC 7208 §3.3); bytes that are no ASCII become «?».

    Raises:
        NameUnknown: the name does not exist, or has no TXT record.
        DnsFailed: SERVFAIL, REFUSED, or an answer that is none.
        DnsTimeout: no answer in ``within`` seconds, as above.
    """
    joined = (b"".join(record.strings) for record in _ask(name, "TXT", within or settings.DNS_SECONDS))
    return [text.decode("ascii", "replace").replace("\ufffd", "?") for text in joined]


def _ask(name: str, kind: str, within: float) -> dns.resolver.Answer:
    try:
        return _resolver().resolve(name, kind, lifetime=within, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
        raise NameUnknown from error
    except dns.exception.Timeout as error:
        raise DnsTimeout from error
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise DnsFailed from error


def _resolver() -> dns.resolver.Resolver:
    """The system's name servers, or those of the setting DNS_SERVERS."""
    if not settings.DNS_SERVERS:
        return dns.resolver.Resolver()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [address for address, _port in settings.DNS_SERVERS]
    resolver.nameserver_ports = dict(settings.DNS_SERVERS)
    return resolver
