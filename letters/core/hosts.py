"""Host names and network addresses: one spelling for each name, and which addresses are out in the public internet."""

import ipaddress
import re

import idna
from django.utils.translation import gettext_lazy as _

from letters.core.errors import RuleError

MAX_HOST = 253  # RFC 1035 §2.3.4, written with dots
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# What the standard library of Python 3.11 takes for global and is not. Sources: IANA special-purpose registries,
# RFC 7526 (6to4 relays), RFC 6890, RFC 8215 (local NAT64), RFC 9637 (documentation), RFC 3879 (site-local).
_NEVER = tuple(
    ipaddress.ip_network(net)
    for net in ("192.0.0.0/24", "192.88.99.0/24", "100.64.0.0/10", "64:ff9b:1::/48", "3fff::/20", "5f00::/16",
                "fec0::/10", "2001::/23")
)  # fmt: skip
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052 §2.1


class HostRefused(RuleError):
    code = "host"
    default = _("Enter a host name such as www.example.org.")


def ascii_host(typed: str) -> str:
    """The name in lower case and A-labels (IDNA 2008, after the mapping of UTS 46), without a final dot.

    Raises:
        HostRefused: no dot in it, a label that DNS does not know, longer than 253 characters, or numbers only, which
            some systems read as an address (``2130706433``, ``0x7f.1``).
    """
    text = typed.strip().lower()
    try:
        host = text if text.isascii() else idna.encode(text, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise HostRefused from error
    host = host.removesuffix(".")
    labels = host.split(".")
    if len(labels) < 2 or len(host) > MAX_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise HostRefused
    if _NUMBER.fullmatch(labels[-1]):  # how browsers tell an address from a name (WHATWG URL, «ends in a number»)
        raise HostRefused
    return host


def is_public(address: str) -> bool:
    """True when every machine in the world means the same server by this IP address.

    False for loopback, private, shared (100.64.0.0/10), link-local, multicast, reserved and documentation addresses,
    and for any of them wrapped in IPv6 (``::ffff:``, 6to4, NAT64); Teredo is never public. False for what is no
    address. Source: IANA IPv4 and IPv6 special-purpose address registries.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_global(part) for part in _unwrapped(found))


def is_loopback(address: str) -> bool:
    """True for 127.0.0.0/8 and ::1, plain or wrapped."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return _unwrapped(found)[-1].is_loopback


def _unwrapped(address: IPAddress) -> list[IPAddress]:
    """The addresses that must all be public: what is inside, and the wrapper where packets go by it."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    if address.sixtofour is not None:
        return [address, address.sixtofour]
    return [address]


def _is_global(address: IPAddress) -> bool:
    is_odd = address.is_multicast or address.is_reserved or address.is_loopback or address.is_link_local
    return address.is_global and not is_odd and not any(address in net for net in _NEVER)
