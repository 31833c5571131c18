"""Fetching: the one guard of every request that this site sends to an address somebody gave it.

https to public servers only, connected by the very IP address that was checked, with an end to time, size and
redirects. No cookies, no proxies, no credentials. Source: OWASP ASVS 5.0, 1.3.6 (SSRF).
"""

import http.client
import io
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.core import hosts, resolving
from letters.core.errors import RuleError

WITHIN = 5.0  # seconds for all of it: names, redirects, the last byte
MOST_BYTES = 1_000_000
REDIRECTS = 3
MAX_URL = 2000
HEAD_BYTES = 65_536  # status line and headers, beside the body
TRIED = 3  # addresses of one host
_REDIRECTS = {301, 302, 303, 307, 308}
_PATH = "/%:@!$&'()*+,;=-._~"


class FetchRefused(RuleError):
    """What ``safe_fetch`` raises; the sentence never names an address inside our network."""

    code = "fetch"
    default = gettext_lazy("This page was not opened.")


class UrlRefused(FetchRefused):
    code = "fetch-url"
    default = gettext_lazy("Give the address of a public page that begins with https://, without user name or port.")


class Unreachable(FetchRefused):
    code = "fetch-unreachable"
    default = gettext_lazy("The page did not open. Check the address, and try again in some minutes.")


class NotSecure(FetchRefused):
    code = "fetch-certificate"
    default = gettext_lazy("The page has no valid certificate for its name, so nobody can tell whose it is.")


class TooSlow(FetchRefused):
    code = "fetch-slow"
    default = gettext_lazy("The page did not arrive within five seconds. Try again in some minutes.")


class TooLarge(FetchRefused):
    code = "fetch-large"
    default = gettext_lazy("The page is larger than one megabyte. Use a smaller page.")


class TooManyRedirects(FetchRefused):
    code = "fetch-redirects"
    default = gettext_lazy("The address leads on more than three times. Give the address where it ends.")


@dataclass(frozen=True)
class Fetched:
    """``url`` is where the body came from after all redirects; ``content_type`` is lower case, without parameters."""

    status: int
    url: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str  # with the query

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


_PORTS = {"https": 443, "http": 80}


def safe_fetch(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    most_bytes: int = MOST_BYTES,
    within: float = WITHIN,
    redirects: int = REDIRECTS,
    resolver: resolving.Resolver = resolving.addresses_of,
    tls: ssl.SSLContext | None = None,
) -> Fetched:
    """GET a public page. Any status is an answer; with ``redirects=0`` a redirect is one, too.

    ``headers`` are sent to the host of ``url`` alone, never to where it redirects. ``within`` is in seconds for the
    whole call. Each redirect is checked like the first address. The setting FETCH_ALLOW_LOCAL (tests) also takes
    ``http``, any port, and loopback.

    Raises:
        UrlRefused: no https, a user name, a port, or a host that is not public.
        NotSecure, Unreachable, TooSlow, TooLarge, TooManyRedirects: as they say; all are FetchRefused.
    """
    deadline = _Deadline(within)
    target = first = _target(url)
    for hop in range(redirects + 1):
        is_ours = (target.scheme, target.authority) == (first.scheme, first.authority)
        sent = _headers(target, (headers or {}) if is_ours else {})
        answer, onward = _once(target, sent, most_bytes, deadline, resolver, tls)
        if not onward or redirects == 0:
            return answer
        if hop < redirects:
            target = _target(urljoin(target.url, onward))
    raise TooManyRedirects


def safe_post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    most_bytes: int = MOST_BYTES,
    within: float = WITHIN,
    resolver: resolving.Resolver = resolving.addresses_of,
    tls: ssl.SSLContext | None = None,
) -> Fetched:
    """POST to a public server, by the rules of ``safe_fetch``; it follows no redirect, so a redirect is the answer.

    Raises FetchRefused as ``safe_fetch``.
    """
    target = _target(url)
    sent = _headers(target, headers)
    return _once(target, sent, most_bytes, _Deadline(within), resolver, tls, body=body)[0]


def host_of(url: str) -> str:
    """The host of an address as ``normal_url`` writes it."""
    return _target(url).host


def normal_url(url: str) -> str:
    """One spelling for each address: A-labels, lower-case host, no default port, percent-encoding where needed, no
    fragment. Raises UrlRefused for what ``safe_fetch`` would not open."""
    return _target(url).url


def _target(url: str) -> _Target:
    if len(url) > MAX_URL or any(char <= " " or char in "\x7f\\" for char in url):
        raise UrlRefused
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UrlRefused from error
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        raise UrlRefused
    if not _is_local_allowed() and (parts.scheme != "https" or port not in (None, 443)):
        raise UrlRefused
    path = quote(parts.path or "/", safe=_PATH) + (f"?{quote(parts.query, safe=_PATH + '?')}" if parts.query else "")
    port = _PORTS[parts.scheme] if port is None else port
    return _Target(parts.scheme, _host(parts.hostname), port, path)


def _is_local_allowed() -> bool:
    return bool(settings.FETCH_ALLOW_LOCAL)


def _host(typed: str) -> str:
    if _is_local_allowed() and (typed == "localhost" or hosts.is_loopback(typed)):
        return typed
    try:
        return hosts.ascii_host(typed)
    except hosts.HostRefused as error:  # a name of one label or an address in numbers: nobody's public page
        raise UrlRefused from error


def _headers(target: _Target, given: Mapping[str, str]) -> dict[str, str]:
    site = settings.SITE_URL.encode("ascii", "ignore").decode()
    return {
        "Host": target.authority,
        "User-Agent": f"Undersigned (+{site})",
        "Accept": "*/*",
        **given,
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }


class _Deadline:
    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TooSlow
        return left


def _once(
    target: _Target,
    headers: Mapping[str, str],
    most_bytes: int,
    deadline: _Deadline,
    resolver: resolving.Resolver,
    tls: ssl.SSLContext | None,
    *,
    body: bytes | None = None,
) -> tuple[Fetched, str]:
    """(answer, address where it redirects to or ""). A POST when there is a ``body``."""
    try:
        with closing(_connected(target, deadline, resolver, tls)) as sock:
            connection = http.client.HTTPConnection(target.host)
            connection.sock = _Wire(sock, deadline, most_bytes + HEAD_BYTES)
            connection.request("GET" if body is None else "POST", target.path, body=body, headers=dict(headers))
            with connection.getresponse() as response:
                return _read(target, response, most_bytes)
    except ssl.SSLCertVerificationError as error:
        raise NotSecure from error
    except TimeoutError as error:
        raise TooSlow from error
    except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
        raise Unreachable from error


def _connected(
    target: _Target, deadline: _Deadline, resolver: resolving.Resolver, tls: ssl.SSLContext | None
) -> socket.socket:
    """A socket to the first of the checked addresses that answers; no name is asked for again."""
    failure: OSError = ConnectionError()
    for address in _checked_addresses(target.host, deadline, resolver)[:TRIED]:
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.settimeout(deadline.left())
            sock.connect((address, target.port))
            if target.scheme == "http":
                return sock
            sock.settimeout(deadline.left())
            return (tls or _public_tls()).wrap_socket(sock, server_hostname=target.host)
        except OSError as error:
            sock.close()
            failure = error
    raise failure


def _checked_addresses(host: str, deadline: _Deadline, resolver: resolving.Resolver) -> list[str]:
    if _is_local_allowed() and hosts.is_loopback(host):
        return [host]
    within = min(deadline.left(), settings.DNS_SECONDS)
    try:
        found = resolver(host, within)
    except resolving.DnsTimeout as error:
        raise TooSlow from error
    except RuleError as error:
        raise Unreachable(_("No server was found under {host}. Check the address.").format(host=host)) from error
    local = _is_local_allowed()
    if not found or not all(hosts.is_public(address) or (local and hosts.is_loopback(address)) for address in found):
        raise UrlRefused
    return found


@lru_cache(maxsize=1)
def _public_tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Wire:
    """What http.client takes for a socket: each read waits for what is left of the deadline and no longer, so that a
    server that sends a byte a second ends with it."""

    def __init__(self, sock: socket.socket, deadline: _Deadline, most: int) -> None:
        self._sock, self._deadline, self._most = sock, deadline, most

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._sock, self._deadline, self._most))

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(data)

    def close(self) -> None:
        """http.client closes after the headers; whoever connected closes after the body."""


class _Reader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: _Deadline, most: int) -> None:
        self._sock, self._deadline, self._room = sock, deadline, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._deadline.left())
        count = self._sock.recv_into(buffer)
        self._room -= count
        if self._room < 0:
            raise TooLarge
        return count


def _read(target: _Target, response: http.client.HTTPResponse, most: int) -> tuple[Fetched, str]:
    onward = response.headers.get("Location", "") if response.status in _REDIRECTS else ""
    content_type = response.headers.get_content_type() if "Content-Type" in response.headers else ""
    body = b"" if onward else _body(response, most)
    return Fetched(response.status, target.url, content_type, body), onward


def _body(response: http.client.HTTPResponse, most: int) -> bytes:
    if (response.length or 0) > most:
        raise TooLarge
    body = response.read(most + 1)
    if len(body) > most:
        raise TooLarge
    if response.length:
        raise Unreachable  # the server announced more than it sent
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        return _unpacked(body, most)
    if encoding not in ("", "identity"):
        raise Unreachable
    return body


def _unpacked(body: bytes, most: int) -> bytes:
    """Unpacks no further than ``most`` bytes, however small the packed ones were."""
    unpacker = zlib.decompressobj(wbits=31)
    data = unpacker.decompress(body, most + 1)
    if len(data) > most:
        raise TooLarge
    if not unpacker.eof:
        raise Unreachable
    return data
