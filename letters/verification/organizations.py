"""Organisations and their mail domains from a file in CSV: the set that ships with the software, or an operator's own.

Every complaint names the line and the column, and nothing is stored unless the whole file is right.
"""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any, TypeVar

from django.db import transaction

from letters.core import hosts, places
from letters.core.errors import RuleError
from letters.documents.loading import FileRefused, refuse
from letters.verification import lists
from letters.verification.models import DomainKind, Organization, OrganizationDomain, OrganizationStatus, Source

SHIPPED = lists.DATA / "organizations.csv"
COLUMNS = ("name", "country", "ror", "kind", "domains", "aliases", "source", "checked_on")
MAX_FILE_BYTES = 10_000_000
MAX_NAME = 300
ROR_ID = re.compile(r"https://ror\.org/0[a-hj-km-np-tv-z0-9]{6}[0-9]{2}")
T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """One line of the file: one organisation with its domains of one kind."""

    number: int
    name: str
    country: str
    ror: str
    kind: str
    domains: tuple[str, ...]
    aliases: tuple[str, ...]
    source: str
    checked_on: date

    @property
    def key(self) -> tuple[str, str]:
        """What lines of one organisation share."""
        return (self.ror, "") if self.ror else (self.name, self.country)


@dataclass
class Loaded:
    """What a load changed; all zero when the file was loaded before."""

    organizations_added: int = 0
    organizations_changed: int = 0
    domains_added: int = 0
    domains_changed: int = 0
    domains_removed: int = 0
    lines: int = field(default=0, compare=False)

    @property
    def is_unchanged(self) -> bool:
        return self == Loaded()


def parse(source: str) -> list[Line]:
    """Read a file of organisations.

    Raises:
        FileRefused: a column is missing, or a cell is malformed; names line and column.
    """
    if len(source.encode("utf-8", "replace")) > MAX_FILE_BYTES:
        raise refuse(1, "file", f"is larger than {MAX_FILE_BYTES} bytes.")
    lines: list[Line] = []
    owners: dict[str, Line] = {}
    for number, row in _rows(source):
        line = _line(number, row)
        for domain in line.domains:
            if (first := owners.setdefault(domain, line)) is not line:
                raise refuse(number, "domains", f"{domain} stands here a second time (first on line {first.number}).")
        lines.append(line)
    return lines


def load_shipped() -> Loaded:
    """Store the set that ships with this software; idempotent."""
    return load(parse(SHIPPED.read_text(encoding="utf-8")), source=Source.CURATED)


def _rows(source: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(StringIO(source.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise refuse(1, "header", f"must be {','.join(COLUMNS)}.")
        for row in reader:
            if None in row or None in row.values():
                raise refuse(reader.line_num, "row", f"must have {len(COLUMNS)} cells.")
            yield reader.line_num, row
    except csv.Error as error:
        raise refuse(reader.line_num + 1, "row", f"is not CSV: {error}.") from error


def _line(number: int, row: dict[str, str]) -> Line:
    def cell(name: str, read: Callable[[str], T]) -> T:
        try:
            return read(row[name].strip())
        except RuleError as error:
            raise refuse(number, name, error.message) from error

    return Line(
        number=number,
        name=cell("name", _name),
        country=cell("country", _country),
        ror=cell("ror", _ror),
        kind=cell("kind", _kind),
        domains=cell("domains", _domains),
        aliases=cell("aliases", _aliases),
        source=cell("source", _page),
        checked_on=cell("checked_on", _day),
    )


def _name(value: str) -> str:
    if not value or len(value) > MAX_NAME:
        raise RuleError(f"must be a name of at most {MAX_NAME} characters.")
    return " ".join(value.split())


def _country(value: str) -> str:
    if value and not places.name_of(value):
        raise RuleError("must be a country code of two capital letters, such as DE, or empty.")
    return value


def _ror(value: str) -> str:
    if value and not is_ror_id(value):
        raise RuleError("must be an identifier such as https://ror.org/05a28rw58 with a right check sum, or empty.")
    return value


def is_ror_id(value: object) -> bool:
    """Whether a text is a ROR identifier whose check sum is right. Source: ROR, identifier pattern; ISO 7064 mod 97-10
    over Crockford's base 32."""
    if not isinstance(value, str) or not ROR_ID.fullmatch(value):
        return False
    body = value.rpartition("/")[2]
    number = 0
    for char in body[:7]:
        number = number * 32 + "0123456789abcdefghjkmnpqrstvwxyz".index(char)
    return 98 - (number * 100) % 97 == int(body[7:])


def _kind(value: str) -> str:
    if value not in DomainKind.values:
        raise RuleError(f"must be one of {', '.join(DomainKind.values)}.")
    return value


def _domains(value: str) -> tuple[str, ...]:
    found = tuple(_domain(part.strip()) for part in value.split(";") if part.strip())
    if not found:
        raise RuleError("needs at least one mail domain; part several by semicolons.")
    return found


def _domain(value: str) -> str:
    try:
        domain = hosts.ascii_host(value)
    except RuleError as error:
        raise RuleError(f"“{value}” is not a domain.") from error
    if objection := objection_to(domain):
        raise RuleError(f"{domain} cannot belong to an organisation: {objection}.")
    return domain


def objection_to(domain: str) -> str:
    """Why no row may tie this domain to an organisation; empty when one may."""
    if lists.is_public_suffix(domain):
        return "it is a public suffix, below which anybody registers names"
    if listed := lists.unnamed(lists.candidates(domain)):
        return f"it is listed as {listed.kind} ({listed.domain})"
    return ""


def _aliases(value: str) -> tuple[str, ...]:
    found = tuple(" ".join(part.split()) for part in value.split(";") if part.strip())
    if any(len(alias) > MAX_NAME for alias in found):
        raise RuleError(f"has an alias of more than {MAX_NAME} characters; part several by semicolons.")
    return found


def _page(value: str) -> str:
    if not value.startswith("https://") or len(value) > MAX_NAME:
        raise RuleError("must be the address of a public page that shows the domain, such as https://www.example.org/.")
    return value


def _day(value: str) -> date:
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise RuleError("must be a day such as 2026-11-23.") from error
    if day > datetime.now(UTC).date():
        raise RuleError(f"{day} has not come yet; enter the day on which somebody looked at the source.")
    return day


@transaction.atomic
def load(lines: list[Line], *, source: str) -> Loaded:
    """Store organisations and their domains; idempotent. ``source`` is CURATED for the shipped file, ORGANISER for an
    operator's.

    An organisation that ROR brought becomes the file's: name and country are taken over, aliases are kept. The
    domains of an organisation from this source are those of the file afterwards; the shipped file also takes back
    what an earlier one said. Rows of other sources stay as they are.
    """
    loaded = Loaded(lines=len(lines))
    grouped: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        grouped.setdefault(line.key, []).append(line)
    kept = set()
    for group in grouped.values():
        organization = _organization(group, source, loaded)
        kept.add(organization.pk)
        _set_domains(organization, group, source, loaded)
    if source == Source.CURATED:
        gone = OrganizationDomain.objects.filter(source=source).exclude(organization__in=kept)
        loaded.domains_removed += gone.delete()[0]
    return loaded


def _organization(group: list[Line], source: str, loaded: Loaded) -> Organization:
    first = group[0]
    by_hand = Organization.objects.filter(source__in=(Source.CURATED, Source.ORGANISER))
    known = (
        Organization.objects.filter(ror=first.ror)
        if first.ror
        else by_hand.filter(name=first.name, country=first.country)
    ).first()
    aliases = [alias for line in group for alias in line.aliases]
    wanted: dict[str, Any] = {
        "name": first.name,
        "country": first.country,
        "aliases": list(dict.fromkeys([*(known.aliases if known else ()), *aliases])),
        "status": OrganizationStatus.ACTIVE,
        "source": source,
        "source_note": first.source,
        "checked_on": max(line.checked_on for line in group),
    }
    if known is None:
        loaded.organizations_added += 1
        return Organization.objects.create(ror=first.ror or None, **wanted)
    if source == Source.CURATED and known.source == Source.ORGANISER:
        return known  # the operator's word stands
    if any(getattr(known, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(known, name, value)
        known.save()
        loaded.organizations_changed += 1
    return known


def _set_domains(organization: Organization, group: list[Line], source: str, loaded: Loaded) -> None:
    old = {row.domain: row for row in OrganizationDomain.objects.filter(organization=organization, source=source)}
    for line in group:
        wanted = {"kind": line.kind, "source_note": line.source, "checked_on": line.checked_on}
        for domain in line.domains:
            row = old.pop(domain, None)
            if row is None:
                OrganizationDomain.objects.create(organization=organization, domain=domain, source=source, **wanted)
                loaded.domains_added += 1
            elif any(getattr(row, name) != value for name, value in wanted.items()):
                for name, value in wanted.items():
                    setattr(row, name, value)
                row.save()
                loaded.domains_changed += 1
    loaded.domains_removed += OrganizationDomain.objects.filter(pk__in=[row.pk for row in old.values()]).delete()[0]


__all__ = ["COLUMNS", "SHIPPED", "FileRefused", "Line", "Loaded", "is_ror_id", "load", "objection_to", "parse"]
