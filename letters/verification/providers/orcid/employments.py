"""Reading the public employments of an ORCID record: which of them an organisation vouches for today. Pure.

Source: ORCID API 3.0, ``/v3.0/{orcid}/employments``.
"""

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from letters.core import typed
from letters.core.errors import RuleError

_ROR = re.compile(r"(?:https?://ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})")
MOST_NAME = 200
MOST_READ = 200
"""How many employments of one record are looked at."""


@dataclass(frozen=True)
class Employment:
    """One employment that an organisation's system wrote onto the record. ``ror`` is ``https://ror.org/…`` or ""."""

    organization: str
    source_name: str
    ror: str = ""


def vouched(answer: Mapping[str, Any], orcid: str, *, on: date) -> list[Employment]:
    """The employments that count on that day: public, current, and asserted by an organisation, in their order.

    What is missing, malformed or doubtful does not count, and is no error.
    """
    found = []
    for summary in _summaries(answer):
        source = _mapping(summary.get("source"))
        if not _is_public(summary) or is_self_asserted(source, orcid) or not is_current(summary, on):
            continue
        organization = _mapping(summary.get("organization"))
        name, source_name = _text(organization.get("name")), _text(_mapping(source.get("source-name")).get("value"))
        if name and source_name:
            found.append(Employment(name, source_name, _ror_of(organization)))
    return found


def _summaries(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for group in _list(answer.get("affiliation-group"))[:MOST_READ]:
        for wrapped in _list(_mapping(group).get("summaries"))[:MOST_READ]:
            yield _mapping(_mapping(wrapped).get("employment-summary"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    """One clean line, or "" for what cannot be printed."""
    try:
        return typed.clean(value, most=MOST_NAME) if isinstance(value, str) else ""
    except RuleError:
        return ""


def _is_public(summary: Mapping[str, Any]) -> bool:
    return str(summary.get("visibility", "")).lower() == "public"


def is_self_asserted(source: Mapping[str, Any], orcid: str) -> bool:
    """ORCID's own rule: the owner's iD is the source, the client, or the one on whose behalf a client wrote.

    Stricter in two places: an item without a client is nobody's but a person's, and one without a source is doubtful.
    """
    client = _path(source, "source-client-id")
    own = {_path(source, "source-orcid"), client, _path(source, "assertion-origin-orcid")}
    return not client or orcid in own


def _path(source: Mapping[str, Any], name: str) -> str:
    value = _mapping(source.get(name)).get("path")
    return value if isinstance(value, str) else ""


def is_current(summary: Mapping[str, Any], on: date) -> bool:
    """False once the end has come or the beginning has not. An end without day or month ends with its month or year;
    one that cannot be read counts as past."""
    end, start = summary.get("end-date"), summary.get("start-date")
    if start is not None:
        begins = _day(start, is_end=False)
        if begins is None or begins > on:
            return False
    if end is None:
        return True
    ends = _day(end, is_end=True)
    return ends is not None and ends >= on


def _day(value: object, *, is_end: bool) -> date | None:
    parts = [_mapping(_mapping(value).get(name)).get("value") for name in ("year", "month", "day")]
    try:
        year = int(parts[0])  # type: ignore[arg-type]
        month = int(parts[1]) if parts[1] is not None else (12 if is_end else 1)
        last = calendar.monthrange(year, month)[1] if is_end else 1
        return date(year, month, int(parts[2]) if parts[2] is not None else last)
    except (TypeError, ValueError, IndexError, calendar.IllegalMonthError):
        return None


def _ror_of(organization: Mapping[str, Any]) -> str:
    named = _mapping(organization.get("disambiguated-organization"))
    if str(named.get("disambiguation-source", "")).upper() != "ROR":
        return ""
    found = _ROR.fullmatch(str(named.get("disambiguated-organization-identifier", "")).strip().lower())
    return f"https://ror.org/{found[1]}" if found else ""
