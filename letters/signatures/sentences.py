"""The count sentence: the one number that may be printed, with its time and what it is made of.

Rules: published natural persons alone are the headline; persons, withheld names and organisations are never added
together; every number carries its time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from letters.signatures.models import Tally


@dataclass(frozen=True)
class Count:
    """What page, JSON and files say of a version's signatures; ``as_of`` is in UTC."""

    sentence: str
    persons: int
    withheld: int
    held: int
    withdrawn: int
    removed: int
    samples: int
    revision: int
    as_of: datetime

    @property
    def as_of_text(self) -> str:
        return moment(self.as_of)


def moment(at: datetime) -> str:
    """«14:00 UTC, 23 November 2026»."""
    return formats.date_format(at.astimezone(UTC), "H:i") + " UTC, " + formats.date_format(at.astimezone(UTC), "j F Y")


def count_of(tally: Tally, title: str) -> Count:
    return Count(
        sentence=" ".join(_parts(tally, title)),
        persons=tally.persons,
        withheld=tally.withheld,
        held=tally.held,
        withdrawn=tally.withdrawn,
        removed=tally.removed,
        samples=tally.samples,
        revision=tally.revision,
        as_of=tally.as_of.astimezone(UTC),
    )


def _parts(tally: Tally, title: str) -> list[str]:
    parts = [_headline(tally, title)]
    if tally.samples:
        parts.append(
            ngettext(
                "{count} of them is an invented sample that nobody confirmed.",
                "{count} of them are invented samples that nobody confirmed.",
                tally.samples,
            )
            .format(count=_number(tally.samples))
        )  # fmt: skip
    if tally.withheld:
        parts.append(
            ngettext(
                "{count} person whose name is withheld has also signed.",
                "{count} people whose names are withheld have also signed.",
                tally.withheld,
            ).format(count=_number(tally.withheld))
        )
    if tally.held:
        parts.append(
            ngettext("{count} signature is being checked.", "{count} signatures are being checked.", tally.held)
            .format(count=_number(tally.held))
        )  # fmt: skip
    if tally.withdrawn or tally.removed:
        parts.append(_ended(tally))
    return parts


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
