"""Which row ties a domain to an organisation: longest domain first, then the strongest source; one query.

Sources, strongest first: an operator's row, a row that ships with the software, the supplement, ROR's domains, the
host of the website in ROR, swot. Nothing else makes a match.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TypedDict

from letters.core import typed
from letters.verification import affiliations, lists, lookalikes
from letters.verification.lists import School
from letters.verification.models import Organization, OrganizationDomain, OrganizationStatus, Source

RECHECK = timedelta(days=366)
"""How long a row gives new evidence after the day on which it was checked."""
_BY_HAND = (Source.ORGANISER, Source.CURATED)
_IMPORTED = (Source.ROR, Source.ROR_WEBSITE)
MAX_EMBEDDED = 40
_COUNTRY = re.compile(r" \([^()]+\)$")  # as ROR parts the branches of a company: «Siemens (Germany)»


class Review(StrEnum):
    """Why an organiser should look at an address; reasons of the queue."""

    SHARED_MAILBOX = "shared-mailbox"
    LOOK_ALIKE = "look-alike"
    ORGANIZATION_DIFFERS = "organization-differs"
    SEVERAL_ORGANIZATIONS = "several-organizations"
    ORGANIZATION_CLOSED = "organization-closed"
    ROW_EXPIRED = "domain-row-expired"
    STOP_LISTED = "stop-listed"
    PUBLIC_SUFFIX = "public-suffix"


class Step(TypedDict):
    """One line of the explanation: what was asked, what came out, who says so."""

    step: str
    result: str
    source: str


def step(name: str, result: str, source: str) -> Step:
    return {"step": name, "result": result, "source": source}


@dataclass(frozen=True)
class Match:
    """What was found for a domain; ``kind`` is one of ``domains.Kind``. What decided is the last step."""

    kind: str
    organization: Organization | str | None = None
    steps: tuple[Step, ...] = ()
    needs_review: str = ""

    @property
    def source(self) -> str:
        return self.steps[-1]["source"] if self.steps else ""


@dataclass(frozen=True)
class _Asked:
    """What the search is about, and the rows that the one query brought."""

    names: list[str]
    rows: dict[str, list[OrganizationDomain]]
    affiliation: str
    on: date


def names_of(organization: Organization | str) -> list[str]:
    """Every name an organisation goes by."""
    if isinstance(organization, str):
        return [organization]
    names = [organization.name, *(str(alias) for alias in organization.aliases)]
    return [*names, *(_COUNTRY.sub("", name) for name in names if _COUNTRY.search(name))]


def find(domain: str, names: list[str], *, affiliation: str, on: date) -> Match:
    """The row that speaks for a domain, if one does; ``names`` are its candidates, longest first, not empty."""
    imitated = [name for name in _imitated(domain, names) if name not in names]
    rows: dict[str, list[OrganizationDomain]] = {}
    for row in OrganizationDomain.objects.filter(domain__in=[*names, *imitated]).select_related("organization"):
        rows.setdefault(row.domain, []).append(row)
    note = f"compared as whole labels, longest first: {', '.join(names)}"
    first = step("candidates", note, lists.suffix_source())
    match = _search(_Asked(names, rows, affiliation, on))
    if match.kind == "unmapped" and (seen := _look_alike(domain, imitated, rows)):
        match = replace(match, steps=(*match.steps, seen), needs_review=match.needs_review or Review.LOOK_ALIKE)
    return replace(match, steps=(first, *match.steps))


def _imitated(domain: str, names: list[str]) -> list[str]:
    """Domains that this one could be taken for: by its letters, or because it holds them (``uni.edu.evil.com``)."""
    labels = domain.split(".")
    embedded = [".".join(labels[n : n + size]) for size in (2, 3, 4) for n in range(len(labels) - size)]
    return [*lookalikes.spellings(names[-1]), *embedded[:MAX_EMBEDDED]]


def _look_alike(domain: str, imitated: Iterable[str], rows: dict[str, list[OrganizationDomain]]) -> Step | None:
    if lookalikes.is_mixed(domain):
        note = f"{domain} mixes letters of several scripts in one label; it is shown in its ASCII form only"
        return step("look-alike", note, "UTS 39 §5")
    known = next((name for name in imitated if name in rows or lists.is_school(name)), None)
    if known is None:
        return None
    return step("look-alike", f"{domain} can be taken for {known}, which is another domain", "UTS 39 §4")


def _search(asked: _Asked) -> Match:
    """Walk from the longest candidate to the registrable domain; the first that anything is known of decides."""
    is_stopped = False
    steps: list[Step] = []
    for name in asked.names:
        by_hand = _by_hand(asked.rows.get(name, ()), asked.on)
        if match := _of_rows(by_hand, asked) or _of_words(name, asked.names):
            return _after(steps, match)
        imported = [row for row in asked.rows.get(name, ()) if row.source in _IMPORTED]
        if is_stopped and (imported or lists.is_school(name)):
            return _after(steps, Match("unmapped", needs_review=Review.STOP_LISTED))
        if match := _of_rows(imported, asked):
            return _after(steps, match)
        if lists.stopped([name]):
            is_stopped = True
            steps.append(step("stop list", f"{name}: accounts there are sold, or people left", lists.school_source()))
        elif match := _of_school(lists.school([name]), asked.affiliation):
            return _after(steps, match)
    note = "no row and no list ties one of them to an organisation; the domain alone is printed"
    return _after(steps, Match("unmapped", steps=(step("organisations", note, "rows of this site; swot"),)))


def _by_hand(rows: Iterable[OrganizationDomain], on: date) -> list[OrganizationDomain]:
    """Rows entered by a person; none where they are too old and an imported one is not."""
    rows = list(rows)
    found = [row for row in rows if row.source in _BY_HAND]
    is_old = all(_objection(row, on) == Review.ROW_EXPIRED for row in found)
    return [] if is_old and any(not _objection(row, on) for row in rows) else found


def _after(steps: list[Step], match: Match) -> Match:
    return replace(match, steps=(*steps, *match.steps))


def _of_words(name: str, names: list[str]) -> Match | None:
    """The supplement's entry for this very domain, or what its first label gives away."""
    listed = lists.special([name]) or lists.labelled(name, is_registrable=name == names[-1])
    if listed is None:
        return None
    note = f"{listed.domain} is for {_NOT_STAFF[listed.kind]}: no affiliation follows from it"
    return Match(listed.kind, steps=(step(f"list: {listed.kind}", note, listed.source),))


_NOT_STAFF = {
    "alumni": "people who left",
    "membership": "members of an association",
    "student": "students",
}


def _of_rows(rows: list[OrganizationDomain], asked: _Asked) -> Match | None:
    """The strongest rows of one domain that may still speak; None when there are none at all."""
    if not rows:
        return None
    steps = tuple(_told(row, asked.on) for row in sorted(rows, key=_strength, reverse=True))
    speaking = [row for row in rows if not _objection(row, asked.on)]
    if not speaking:
        reason = _objection(min(rows, key=_strength), asked.on)
        return Match("unmapped", steps=steps, needs_review=reason)
    row = _meant(speaking, asked.affiliation)
    if row is None:
        note = f"several organisations use {rows[0].domain}, and the stated affiliation names not exactly one of them"
        unclear = step("affiliation", note, "names and aliases of the rows")
        return Match("unmapped", steps=(*steps, unclear), needs_review=Review.SEVERAL_ORGANIZATIONS)
    told = _told(row, asked.on)
    return Match(row.kind, row.organization, steps=(*(other for other in steps if other != told), told))


def _meant(rows: list[OrganizationDomain], affiliation: str) -> OrganizationDomain | None:
    """The row that speaks: of the organisation that the signatory names, else of the strongest source; None when
    that leaves several organisations, as with the branches of one company.

    A university that shares its domain with a laboratory of its own is told by the name that swot has for the domain.
    """
    named = [row for row in rows if affiliation and affiliations.agree(affiliation, names_of(row.organization))]
    exact = [row for row in named if typed.fold(affiliation) == typed.fold(row.organization.name)]
    named = exact or named
    left = named or [row for row in rows if _strength(row) == min(map(_strength, rows))]
    if not named and (school := lists.school([rows[0].domain])):
        left = [
            row for row in left if any(affiliations.agree(n, names_of(row.organization)) for n in school.names)
        ] or left
    return min(left, key=_strength) if len({row.organization_id for row in left}) == 1 else None


def _strength(row: OrganizationDomain) -> int:
    return (*_BY_HAND, *_IMPORTED).index(Source(row.source))


def _objection(row: OrganizationDomain, on: date) -> str:
    """Why a row gives no new evidence: its organisation ended, or nobody looked at the row for a year."""
    if row.organization.status != OrganizationStatus.ACTIVE:
        return Review.ORGANIZATION_CLOSED
    return Review.ROW_EXPIRED if row.checked_on + RECHECK < on else ""


def _told(row: OrganizationDomain, on: date) -> Step:
    owner, objection = row.organization, _objection(row, on)
    who = f"{owner} ({owner.uri})" if owner.uri else str(owner)
    note = f"{row.domain} is {row.kind} of {who}"
    if objection == Review.ORGANIZATION_CLOSED:
        note += f", but the organisation is {owner.status}: no new evidence"
    elif objection == Review.ROW_EXPIRED:
        note += ", but nobody has looked at that for more than a year"
    source = f"{row.get_source_display()}: {row.source_note}".removesuffix(": ")
    return step("organisation", note, f"{source}, checked {row.checked_on}")


def _of_school(school: School | None, affiliation: str) -> Match | None:
    """Schools of swot: staff and students alike, never more; the name that the signatory uses where it has several."""
    if school is None or not school.names:
        return None
    stated = (name for name in school.names if affiliation and affiliations.agree(affiliation, [name]))
    name = next(stated, school.names[0])
    note = f"{school.domain} is a school's: {name}; staff and students have addresses there"
    return Match("mixed", name, steps=(step("schools", note, lists.school_source()),))
