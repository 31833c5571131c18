"""Reading the environment: every value is checked when the site starts, and refused with a sentence."""

import ipaddress
import os
import re
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

DATABASES = ("postgres", "postgresql", "sqlite")
# A name, a dot and a name for it with all below it, or an IP address; Django strips the port before it compares.
_HOST = re.compile(r"\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]", re.IGNORECASE | re.ASCII)
LOG_LEVELS = ("INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def beginning_with(prefix: str) -> dict[str, str]:
    """All variables of a family, without the prefix."""
    return {name.removeprefix(prefix): text(name) for name in os.environ if name.startswith(prefix)}


def required(name: str, why: str) -> str:
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {why} (docs/configuration.md).")
    return value


def whole(name: str, default: int, *, least: int = 0, most: int = 1_000_000_000) -> int:
    value = text(name, str(default))
    if not value.isdecimal() or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name} is “{value}”: it must be a whole number from {least} to {most}.")
    return int(value)


def whole_list(name: str, default: tuple[int, ...]) -> tuple[int, ...]:
    value = text(name)
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise ImproperlyConfigured(f"{name} is “{value}”: it must be whole numbers parted by commas.")
    return tuple(sorted(int(part) for part in parts)) if value else default


def one_of(name: str, choices: tuple[str, ...]) -> str:
    value = text(name, choices[0])
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is “{value}”: it must be one of {', '.join(choices)}.")
    return value


def some_of(name: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    """Those of ``choices`` that the variable names, parted by commas; all of them when it is not set."""
    wanted = words(name)
    if unknown := [word for word in wanted if word not in choices]:
        raise ImproperlyConfigured(f"{name} names “{unknown[0]}”: known are {', '.join(choices)}.")
    return tuple(choice for choice in choices if not wanted or choice in wanted)


def words(name: str) -> list[str]:
    return [part.strip() for part in text(name).split(",") if part.strip()]


def hosts(name: str, *, default: str) -> list[str]:
    """Host names that requests may carry. ``*`` is refused: whoever can choose the host chooses where links lead."""
    found = words(name)
    for host in found:
        if not _HOST.fullmatch(host):
            raise ImproperlyConfigured(
                f"{name} names “{host}”: it must be a host name such as letters.example.org, without https://, port or "
                "*; leave it out to answer for the host of SITE_URL alone."
            )
    return found or [default]


def name_servers(name: str) -> list[tuple[str, int]]:
    """(IP address, port) of each: ``192.0.2.1``, ``192.0.2.1:5353``, ``2001:db8::1``, ``[2001:db8::1]:5353``."""
    return [_name_server(name, server) for server in words(name)]


def _name_server(name: str, server: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//[{server}]" if server.count(":") > 1 and "[" not in server else f"//{server}")
        address, port = parts.hostname or "", parts.port or 53
        ipaddress.ip_address(address)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} names “{server}”: it must be an IP address, perhaps with a port, such as 192.0.2.1:53."
        ) from error
    return address, port


def web_address(name: str, default: str, *, secure: bool) -> str:
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    is_bare = value.isascii() and f"{parts.scheme}://{parts.netloc}" == value and "@" not in value
    if parts.scheme not in (("https",) if secure else ("http", "https")) or not parts.hostname or not is_bare:
        kind = "https://" if secure else "http:// or https://"
        raise ImproperlyConfigured(f"{name} is “{value}”: it must begin with {kind} and hold a host and no path.")
    return value


def contacts(name: str) -> list[str]:
    """Comma-separated ``mailto:``, ``https:`` or ``tel:`` addresses, the preferred one first (RFC 9116 §2.5.3)."""
    found = words(name)
    for contact in found:
        if not contact.startswith(("mailto:", "https://", "tel:")) or any(char <= " " for char in contact):
            raise ImproperlyConfigured(f"{name}: “{contact}” must begin with mailto:, https:// or tel:.")
    return found


def sender(name: str, default: str) -> str:
    """``Name <address>`` or an address, on one line: what else stands there, no mail leaves with."""
    value = text(name, default)
    if not parseaddr(value)[1].rpartition("@")[0] or not value.isprintable():
        raise ImproperlyConfigured(f"{name} is “{value}”: it must be one line such as Letters <letters@example.org>.")
    return value


def server(name: str, *schemes: str, default: str = "") -> str:
    """The address of a server, which begins with one of the schemes."""
    value = text(name, default)
    if value and urlsplit(value).scheme not in schemes:
        begins = " or ".join(f"{scheme}://" for scheme in schemes)
        raise ImproperlyConfigured(f"{name} must begin with {begins}.")
    return value


def folder(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().resolve()


def make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR {path} cannot be made: {error.strerror}. Choose another folder."
        ) from error


def mail_server(url: str) -> dict[str, object]:
    """Django's EMAIL_* settings from ``smtp://user:password@host:port/?tls=1`` (or ``?ssl=1``)."""
    parts = urlsplit(url)
    if parts.scheme != "smtp" or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL must look like smtp://user:password@host:587/?tls=1.")
    try:
        port = parts.port or 25
    except ValueError as error:
        raise ImproperlyConfigured("EMAIL_URL has a port that is not a number from 1 to 65535.") from error
    query = parse_qs(parts.query)
    if query.get("tls") == query.get("ssl") == ["1"]:
        raise ImproperlyConfigured(
            "EMAIL_URL has tls=1 and ssl=1: leave out the one that the mail server does not speak."
        )
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": query.get("tls") == ["1"],
        "EMAIL_USE_SSL": query.get("ssl") == ["1"],
    }
