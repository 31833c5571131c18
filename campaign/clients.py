"""Who is asking, as far as limits need to know: a network, never stored."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

IPV4_PREFIX = 32
IPV6_PREFIX = 64
NEIGHBOURHOOD_PREFIX = 24  # of IPv4: hosts of one lessor


def address(request: HttpRequest) -> str:
    """The caller's address: that of the connection, or what the last TRUSTED_PROXY_COUNT proxies vouch for.

    Entries that the caller wrote into X-Forwarded-For are never believed (OWASP ASVS 5.0, 15.3.4).
    """
    count = settings.TRUSTED_PROXY_COUNT
    if count:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= count:
            return str(hops[-count])
    return str(request.META.get("REMOTE_ADDR", ""))


def _bare(hop: str) -> str:
    """Without the port, brackets and zone that some proxies write: ``1.2.3.4:80``, ``[2001:db8::1]:80``."""
    if hop.startswith("["):
        return hop[1:].split("]")[0].split("%")[0]
    return (hop.split(":")[0] if hop.count(":") == 1 else hop).split("%")[0]


def network(request: HttpRequest) -> str:
    """One address in IPv4, a /64 in IPv6 (a household has that many addresses to hop through)."""
    return _within(request, IPV4_PREFIX)


def neighbourhood(request: HttpRequest) -> str:
    """A /24 in IPv4, a /64 in IPv6: what floods share; only its hash is stored, for a fortnight."""
    return _within(request, NEIGHBOURHOOD_PREFIX)


def _within(request: HttpRequest, ipv4_prefix: int) -> str:
    try:
        found = ip_address(_bare(address(request)))
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    prefix = IPV6_PREFIX if found.version == 6 else ipv4_prefix
    return str(ip_network(f"{found}/{prefix}", strict=False))
