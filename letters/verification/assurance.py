"""From evidence to the sentence that readers see. Pure: no query, no clock. The sentence never says more than was
proven, and below a review it always says that name, position and affiliation are the signatory's own statement."""

from datetime import UTC, date, datetime
from functools import lru_cache

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

SAMPLE = "Sample signatory, invented for demonstration. Nobody confirmed this line."
EMAIL = "Confirmed by e-mail on {date}. Name, position and affiliation as stated by the signatory."


def day(on: date) -> str:
    """«23 November 2026»."""
    return formats.date_format(on, "j F Y")


def email_sentence(confirmed_at: datetime) -> str:
    return _email_sentence(confirmed_at.astimezone(UTC).date(), get_language())


@lru_cache(maxsize=1024)  # a list prints a hundred sentences of a few days
def _email_sentence(on: date, language: str | None) -> str:
    return _(EMAIL).format(date=day(on))


def sentence_for(*, is_sample: bool, confirmed_at: datetime | None) -> str:
    """The one sentence of a line; empty while nothing is confirmed."""
    if is_sample:
        return _(SAMPLE)
    return email_sentence(confirmed_at) if confirmed_at else ""
