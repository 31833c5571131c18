"""From evidence to the sentence that readers see: one pure table; no query, no clock.

A sentence never says more than was proven. Its head tells what was checked and when; its tail tells what nobody
checked. Below a review the position is always "as stated". An organisation is named only where its own domain, login
or record stands behind it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, gettext_noop, pgettext
from django.utils.translation import gettext as _

from letters.signatures.models import Basis, Verification

SAMPLE = gettext_noop("Sample signatory, invented for demonstration. Nobody confirmed this line.")
SAMPLE_AS = gettext_noop("Invented sample, confirmed by nobody. A real line would read: “{sentence}”")
EMAIL = gettext_noop("Confirmed by e-mail on {date}. Name, position and affiliation as stated by the signatory.")

WITHHELD = gettext_noop("Name known to and checked by the organisers on {date}; withheld at the signatory's request.")
WITHHELD_AND_DELETED = gettext_noop(
    "Name known to and checked by the organisers on {date}; withheld at the signatory's request; name deleted after "
    "the check."
)


@dataclass(frozen=True)
class Fact:
    """One standing piece of evidence as the table reads it."""

    method: str
    axis: str
    on: date
    claim: Mapping[str, Any] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """As JSON, for the summary in the signature's row."""
        return {"method": self.method, "axis": self.axis, "on": self.on.isoformat(), "claim": dict(self.claim)}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Fact":
        return cls(stored["method"], stored["axis"], date.fromisoformat(stored["on"]), stored.get("claim", {}))


@dataclass(frozen=True)
class Row:
    """One row of the table: tier 1, 1a, 1b, 2 or 3 of the public scale, and what it is in short."""

    tier: str
    verification: str
    basis: str
    head: str
    unproven: tuple[str, ...] = ("name", "position", "affiliation")


_E, _AC, _AF = Verification.EMAIL, Verification.ACCOUNT, Verification.AFFILIATION
_STATED = ("affiliation", "position")
_POSITION = ("position",)

# The English master of every sentence. Which row a fact takes is decided in ``row_of``.
TABLE: dict[str, Row] = {
    "email": Row("1", _E, Basis.NONE, gettext_noop("Confirmed by e-mail on {date}.")),
    "address-alumni": Row("1a", _E, Basis.NONE, gettext_noop(
        "Confirmed by e-mail at {domain}, an alumni or membership address, on {date}."), _STATED),
    "address-unmapped": Row("1b", _E, Basis.NONE, gettext_noop("Confirmed by e-mail at {domain} on {date}.")),
    "orcid": Row("2", _AC, Basis.NONE, gettext_noop("Signed in with ORCID iD {orcid} on {date}."), _STATED),
    "website": Row("2", _AC, Basis.NONE, gettext_noop("Controls the website {host} (checked {date})."), _STATED),
    "dns": Row("2", _AC, Basis.NONE, gettext_noop("Controls the domain {host} (checked {date})."), _STATED),
    "github": Row("2", _AC, Basis.NONE, gettext_noop("Controls the GitHub account {login} (checked {date})."), _STATED),
    "github_member": Row("2", _AC, Basis.NONE, gettext_noop(
        "Public member of {org} on GitHub (checked {date})."), _STATED),
    "linkedin": Row("2", _AC, Basis.NONE, gettext_noop(
        "Signed in with a LinkedIn account on {date}, which proves no name and no employment."), _STATED),
    "member": Row("2", _AC, Basis.NONE, gettext_noop(
        "Signed in by the institutional login of {organization} as “{affiliation}” on {date}."), _STATED),
    "account-google": Row("2", _AC, Basis.NONE, gettext_noop(
        "Signed in with a work account of {domain} (Google Workspace) on {date}."), _STATED),
    "account-microsoft": Row("2", _AC, Basis.NONE, gettext_noop(
        "Signed in with a work account of {domain} (Microsoft) on {date}."), _STATED),
    "account-google-unnamed": Row("2", _AC, Basis.NONE, gettext_noop(
        "Signed in with a work account (Google Workspace) on {date}."), _STATED),
    "account-microsoft-unnamed": Row("2", _AC, Basis.NONE, gettext_noop(
        "Signed in with a work account (Microsoft) on {date}."), _STATED),
    "domain-staff": Row("3", _AF, Basis.WORK_EMAIL, gettext_noop(
        "Confirmed by e-mail at {domain}, a mail domain of {organization}, on {date}."), _POSITION),
    "domain-mixed": Row("3", _AF, Basis.WORK_EMAIL, gettext_noop(
        "Confirmed by e-mail at {domain}, used by staff and students of {organization}, on {date}."), _POSITION),
    "domain-staff-unnamed": Row("3", _AF, Basis.WORK_EMAIL, gettext_noop(
        "Confirmed by e-mail at a mail domain of {organization} on {date}."), _POSITION),
    "domain-mixed-unnamed": Row("3", _AF, Basis.WORK_EMAIL, gettext_noop(
        "Confirmed by e-mail at a mail domain used by staff and students of {organization} on {date}."), _POSITION),
    "institution": Row("3", _AF, Basis.INSTITUTIONAL_LOGIN, gettext_noop(
        "{organization} confirmed by institutional login that the signatory is {affiliation} ({date})."), _POSITION),
    "orcid_employment": Row("3", _AF, Basis.ORCID, gettext_noop(
        "Affiliation with {organization} was added to ORCID iD {orcid} by {source_name} (read {date})."), _POSITION),
    "work-google": Row("3", _AF, Basis.WORK_ACCOUNT, gettext_noop(
        "Signed in with a work account of {domain} (Google Workspace) on {date}."), _POSITION),
    "work-microsoft": Row("3", _AF, Basis.WORK_ACCOUNT, gettext_noop(
        "Signed in with a work account of {domain} (Microsoft) on {date}."), _POSITION),
    "work-google-unnamed": Row("3", _AF, Basis.WORK_ACCOUNT, gettext_noop(
        "Signed in with a work account of {organization} (Google Workspace) on {date}."), _POSITION),
    "work-microsoft-unnamed": Row("3", _AF, Basis.WORK_ACCOUNT, gettext_noop(
        "Signed in with a work account of {organization} (Microsoft) on {date}."), _POSITION),
}  # fmt: skip

TAILS = {
    ("name", "position", "affiliation"): gettext_noop("Name, position and affiliation as stated by the signatory."),
    ("affiliation", "position"): gettext_noop(
        "Affiliation as stated by the signatory. Position as stated by the signatory."
    ),
    ("position",): gettext_noop("Position as stated by the signatory."),
    ("affiliation",): gettext_noop("Affiliation as stated by the signatory."),
    ("name",): gettext_noop("Name as stated by the signatory."),
    ("name", "position"): gettext_noop("Name and position as stated by the signatory."),
    ("name", "affiliation"): gettext_noop("Name and affiliation as stated by the signatory."),
}
INVITED = gettext_noop("Invited personally by the organisers and confirmed on {date}.")
REVIEWED = {
    ("name", "position", "affiliation"): gettext_noop(
        "Name, position and affiliation checked by the organisers on {date} against {source}."
    ),
    ("name", "position"): gettext_noop("Name and position checked by the organisers on {date} against {source}."),
    ("name", "affiliation"): gettext_noop("Name and affiliation checked by the organisers on {date} against {source}."),
    ("position", "affiliation"): gettext_noop(
        "Position and affiliation checked by the organisers on {date} against {source}."
    ),
    ("name",): gettext_noop("Name checked by the organisers on {date} against {source}."),
    ("position",): gettext_noop("Position checked by the organisers on {date} against {source}."),
    ("affiliation",): gettext_noop("Affiliation checked by the organisers on {date} against {source}."),
}
ON_BEHALF = gettext_noop(
    "Signed on behalf of {organization} by {representative}; authority stated by the signatory and checked by the "
    "organisers on {date}."
)
# Who is what, as institutions say it (eduPersonAffiliation); anything else stays a bare account.
AFFILIATIONS = {"faculty": gettext_lazy("faculty"), "staff": gettext_lazy("staff"), "employee": gettext_lazy("staff")}
_REVIEW_AXES = ("name", "position", "affiliation")

# Short labels of the filters; never printed without their sentence.
LABELS: dict[str, Promise | str] = {
    "email": gettext_lazy("E-mail confirmed"),
    "account": gettext_lazy("Account confirmed"),
    "affiliation": gettext_lazy("Affiliation confirmed"),
    "invited": gettext_lazy("Invited"),
    "reviewed": gettext_lazy("Checked by the organisers"),
}


def day(on: date) -> str:
    """«23 November 2026»."""
    return formats.date_format(on, "j F Y")


def utc_day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def row_of(fact: Fact) -> Row | None:
    """The row of the table for one fact; None for the flags (invitation, review, representation)."""
    name = _row_name(fact)
    return TABLE[name] if name else None


def _row_name(fact: Fact) -> str:
    named = "" if fact.claim.get("domain") else "-unnamed"
    if fact.method == "work_email":
        return _work_email(fact, named)
    if fact.method in ("google", "microsoft"):
        return f"{'work' if fact.axis == 'affiliation' else 'account'}-{fact.method}{named}"
    if fact.method in ("institution", "cilogon", "saml"):
        return "institution" if fact.axis == "affiliation" else "member"
    return fact.method if fact.method in TABLE else ""


def _work_email(fact: Fact, named: str) -> str:
    kind = fact.claim.get("kind", "")
    if fact.axis == "affiliation":
        return f"domain-{'staff' if kind == 'staff' else 'mixed'}{named}"
    if named:  # nothing may be shown beyond the confirmation itself
        return "email"
    return "address-alumni" if kind in ("alumni", "membership") else "address-unmapped"


def head_of(fact: Fact) -> str:
    """The part of the sentence that tells what was checked; in the active language."""
    row = row_of(fact)
    if row is None:
        raise ValueError(f"{fact.method} is a flag, it has no head.")
    values = {name: str(value) for name, value in fact.claim.items()}
    if "affiliation" in values:
        values["affiliation"] = str(AFFILIATIONS.get(values["affiliation"], values["affiliation"]))
    return _(row.head).format(date=day(fact.on), **values)


def tail_for(unproven: Iterable[str]) -> str:
    """«Position as stated by the signatory.»; empty when nothing is left unproven."""
    wanted = set(unproven)
    return next((_(text) for axes, text in TAILS.items() if set(axes) == wanted), "")


def sentence_of(fact: Fact) -> str:
    """The whole sentence of one fact alone, as it is promised before a check."""
    row = row_of(fact)
    return " ".join(filter(None, (head_of(fact), tail_for(row.unproven if row else ()))))


_RANK = {"1": 0, "1a": 1, "1b": 2, "2": 3, "3": 4}
# Between equals: what an institution says of a person today before what a mailbox shows.
_BASIS_RANK = [Basis.NONE, Basis.WORK_ACCOUNT, Basis.ORCID, Basis.WORK_EMAIL, Basis.INSTITUTIONAL_LOGIN]


def strongest(facts: Iterable[Fact]) -> Fact | None:
    """The fact with the highest tier, the newest among equals; None when there is no graded one."""
    graded = [(row, fact) for fact in facts if (row := row_of(fact)) is not None]
    if not graded:
        return None
    order = lambda pair: (_RANK[pair[0].tier], _BASIS_RANK.index(Basis(pair[0].basis)), pair[1].on)  # noqa: E731
    return max(graded, key=order)[1]


@dataclass(frozen=True)
class Assurance:
    """What all standing evidence of one signature comes to; ``sentence`` is in the active language."""

    tier: str
    verification: str
    basis: str
    is_invited: bool
    is_reviewed: bool
    sentence: str
    checked_on: date | None
    domain: str
    organization: str


def assess(facts: Iterable[Fact]) -> Assurance:
    """From the standing facts of one signature to its sentence, its tier and its flags. Pure."""
    facts = list(facts)
    best = strongest(facts)
    row = row_of(best) if best else None
    reviewed = {f.axis: f for f in facts if f.method == "review"}
    invited = next((f for f in facts if f.method == "invitation"), None)
    behalf = next((f for f in facts if f.method == "organization"), None)
    affiliation_reviewed = "affiliation" in reviewed
    verification = str(row.verification) if row else ""
    basis = str(row.basis) if row else str(Basis.NONE)
    if affiliation_reviewed and verification != Verification.AFFILIATION:
        verification, basis = str(Verification.AFFILIATION), str(Basis.REVIEW)
    return Assurance(
        tier=row.tier if row else "0",
        verification=verification,
        basis=basis,
        is_invited=invited is not None,
        is_reviewed=bool(reviewed) or behalf is not None,
        sentence=_whole(best, row, invited, reviewed, behalf),
        checked_on=max((f.on for f in facts), default=None),
        domain=next((str(f.claim["domain"]) for f in _best_first(facts, best) if f.claim.get("domain")), ""),
        organization=str(best.claim.get("organization", "")) if best and row and row.tier == "3" else "",
    )


def _best_first(facts: list[Fact], best: Fact | None) -> list[Fact]:
    return [best, *facts] if best else facts


def _whole(
    best: Fact | None, row: Row | None, invited: Fact | None, reviewed: Mapping[str, Fact], behalf: Fact | None
) -> str:
    if behalf is not None:
        return _on_behalf(behalf)
    parts = [head_of(best)] if best else []
    if invited is not None:
        parts.append(_(INVITED).format(date=day(invited.on)))
    if reviewed:
        parts.append(_review(reviewed))
    if row is not None:
        parts.append(tail_for(axis for axis in row.unproven if axis not in reviewed))
    return " ".join(filter(None, parts))


def _review(reviewed: Mapping[str, Fact]) -> str:
    axes = tuple(axis for axis in _REVIEW_AXES if axis in reviewed)
    newest = max(reviewed.values(), key=lambda fact: fact.on)
    source = str(newest.claim.get("source") or pgettext("checked against", "a public source"))
    return _(REVIEWED[axes]).format(date=day(newest.on), source=source)


def _on_behalf(fact: Fact) -> str:
    claim = fact.claim
    representative = ", ".join(filter(None, (str(claim.get("name", "")), str(claim.get("position", "")))))
    return _(ON_BEHALF).format(
        organization=claim.get("organization", ""), representative=representative, date=day(fact.on)
    )


def email_sentence(confirmed_at: datetime) -> str:
    """The sentence of a line with no other evidence than its confirmation."""
    return _email_sentence(utc_day(confirmed_at), get_language())


@lru_cache(maxsize=1024)  # a list prints a hundred sentences of a few days
def _email_sentence(on: date, language: str | None) -> str:
    return _(EMAIL).format(date=day(on))


def withheld(checked_at: datetime | None, *, is_deleted: bool) -> str:
    """What stands behind a line without a name, in the active language; empty while nobody checked it."""
    if checked_at is None:
        return ""
    return _(WITHHELD_AND_DELETED if is_deleted else WITHHELD).format(date=day(utc_day(checked_at)))


def sentence_for(*, is_sample: bool, confirmed_at: datetime | None, proofs: Iterable[Mapping[str, Any]] = ()) -> str:
    """The one sentence of a line in the active language; empty while nothing is confirmed.

    ``proofs`` are the stored facts of a line that has more evidence than its confirmation.
    """
    facts = [Fact.read(proof) for proof in proofs]
    if facts:
        sentence = assess(facts).sentence
        return _(SAMPLE_AS).format(sentence=sentence) if is_sample else sentence
    if is_sample:
        return _(SAMPLE)
    return email_sentence(confirmed_at) if confirmed_at else ""
