"""The count sentence: the one number that may be printed, with its time and what it is made of.

Rules: published natural persons alone are the headline; persons, withheld names and organisations are never added
together; every number carries its time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from letters.signatures.models import Tally

DISCLAIMER = gettext_lazy(
    "Signatories sign in a personal capacity. Affiliations are given for identification only and do not imply "
    "endorsement by the organisation."
)
EXCEPTED = gettext_lazy("Organisations listed as such signed as organisations.")


def disclaimer_for(*, has_organizations: bool) -> str:
    """Say what affiliations under a list mean: one fixed line; organisations that signed as such are excepted."""
    return f"{DISCLAIMER} {EXCEPTED}" if has_organizations else str(DISCLAIMER)


@dataclass(frozen=True)
class Count:
    """What page, JSON and files say of a version's signatures; ``as_of`` is in UTC. Everything from ``account`` to
    ``older`` counts persons among ``persons``; ``by_basis`` parts ``affiliation`` by what it rests on."""

    sentence: str
    short: str
    persons: int
    organizations: int
    withheld: int
    anonymised: int
    held: int
    withdrawn: int
    removed: int
    samples: int
    account: int
    affiliation: int
    by_basis: dict[str, int]
    invited: int
    reviewed: int
    older: int
    revision: int
    as_of: datetime

    @property
    def email(self) -> int:
        """Persons of whom nothing beyond the confirmation by e-mail is proven."""
        return self.persons - self.account - self.affiliation

    @property
    def as_of_text(self) -> str:
        return moment(self.as_of)


def moment(at: datetime) -> str:
    """«14:00 UTC, 23 November 2026»."""
    return formats.date_format(at.astimezone(UTC), "H:i") + " UTC, " + formats.date_format(at.astimezone(UTC), "j F Y")


_COPIED = (
    "persons", "organizations", "withheld", "anonymised", "held", "withdrawn", "removed", "samples", "account",
    "affiliation", "invited", "reviewed", "older", "revision",
)  # fmt: skip
_BASES = ("work_email", "institutional_login", "orcid", "work_account", "review")


def count_of(tally: Tally, title: str) -> Count:
    """The count of a version under the title that its sentence names."""
    return Count(
        sentence=" ".join(_parts(tally, title)),
        short=_short(tally),
        by_basis={basis: getattr(tally, f"by_{basis}") for basis in _BASES},
        as_of=tally.as_of.astimezone(UTC),
        **{name: getattr(tally, name) for name in _COPIED},
    )


def _short(tally: Tally) -> str:
    """«412 published, 37 being checked»."""
    published = _("{count} published").format(count=_number(tally.persons))
    if not tally.held:
        return published
    return published + ", " + _("{count} being checked").format(count=_number(tally.held))


def _parts(tally: Tally, title: str) -> list[str]:
    parts = [_headline(tally, title)]
    if tally.samples:
        text = ngettext(
            "{count} of them is an invented sample that nobody confirmed.",
            "{count} of them are invented samples that nobody confirmed.",
            tally.samples,
        )
        parts.append(text.format(count=_number(tally.samples)))
    if proven := _proven(tally):
        parts.extend([_("A real letter would go on:"), *proven] if tally.samples else proven)
    if also := _also(tally):
        parts.append(also)
    if tally.anonymised:
        parts.append(_listed(tally))
    if tally.held:
        text = ngettext("{count} signature is being checked.", "{count} signatures are being checked.", tally.held)
        parts.append(text.format(count=_number(tally.held)))
    if tally.withdrawn or tally.removed:
        parts.append(_ended(tally))
    return parts


def _proven(tally: Tally) -> list[str]:
    """«For 112 of them the affiliation was confirmed (94 by e-mail …); 58 were checked by the organisers.»"""
    parts = []
    if tally.affiliation:
        text = ngettext(
            "For {count} of them the affiliation was confirmed ({methods}).",
            "For {count} of them the affiliation was confirmed ({methods}).",
            tally.affiliation,
        )
        parts.append(text.format(count=_number(tally.affiliation), methods=_methods(tally)))
    if tally.reviewed:
        text = ngettext(
            "{count} was checked by the organisers.", "{count} were checked by the organisers.", tally.reviewed
        )
        parts.append(text.format(count=_number(tally.reviewed)))
    if tally.older:
        text = ngettext(
            "{count} was last checked more than 12 months ago.",
            "{count} were last checked more than 12 months ago.",
            tally.older,
        )
        parts.append(text.format(count=_number(tally.older)))
    return parts


def _methods(tally: Tally) -> str:
    texts = {
        "by_work_email": _("{count} by e-mail at an organisation's domain"),
        "by_institutional_login": _("{count} by institutional login"),
        "by_orcid": _("{count} through ORCID"),
        "by_work_account": _("{count} by a work account"),
        "by_review": _("{count} by review alone"),
    }
    found = [(text, getattr(tally, name)) for name, text in texts.items()]
    return ", ".join(text.format(count=_number(amount)) for text, amount in found if amount)


def _also(tally: Tally) -> str:
    """«4 organisations and 6 people whose names are withheld have also signed.»"""
    organizations = ngettext("{count} organisation", "{count} organisations", tally.organizations).format(
        count=_number(tally.organizations)
    )
    withheld = ngettext(
        "{count} person whose name is withheld", "{count} people whose names are withheld", tally.withheld
    ).format(count=_number(tally.withheld))
    if tally.organizations and tally.withheld:
        return _("{organizations} and {withheld} have also signed.").format(
            organizations=organizations, withheld=withheld
        )
    if tally.organizations or tally.withheld:
        amount = tally.organizations or tally.withheld
        text = ngettext("{who} has also signed.", "{who} have also signed.", amount)
        return text.format(who=organizations if tally.organizations else withheld)
    return ""


def _listed(tally: Tally) -> str:
    """Of the people whose names are withheld."""
    if tally.anonymised == tally.withheld == 1:
        return _("This person is listed by position and affiliation, the name checked by the organisers.")
    text = ngettext(
        "{count} of these people is listed by position and affiliation, the name checked by the organisers.",
        "{count} of these people are listed by position and affiliation, the names checked by the organisers.",
        tally.anonymised,
    )
    return text.format(count=_number(tally.anonymised))


def _headline(tally: Tally, title: str) -> str:
    if not tally.persons:
        return _("As of {time}, nobody has signed “{title}” yet.").format(time=moment(tally.as_of), title=title)
    text = ngettext(
        "As of {time}, {count} person has signed “{title}” and confirmed it by e-mail.",
        "As of {time}, {count} people have signed “{title}” and confirmed it by e-mail.",
        tally.persons,
    )
    return text.format(time=moment(tally.as_of), count=_number(tally.persons), title=title)


def _ended(tally: Tally) -> str:
    text = ngettext(
        "{withdrawn} signature was withdrawn and {removed} removed since publication.",
        "{withdrawn} signatures were withdrawn and {removed} removed since publication.",
        tally.withdrawn,
    )
    return text.format(withdrawn=_number(tally.withdrawn), removed=_number(tally.removed))


def _number(value: int) -> str:
    return f"{value:,}"
