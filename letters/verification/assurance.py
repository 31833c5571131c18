"""From evidence to the sentence that readers see. Pure: no query, no clock. The sentence never says more than was
proven, and below a review it always says that name, position and affiliation are the signatory's own statement."""

from datetime import UTC, datetime

from django.utils import formats
from django.utils.translation import gettext as _

SAMPLE = "Sample signatory, invented for demonstration. Nobody confirmed this line."
EMAIL = "Confirmed by e-mail on {date}. Name, position and affiliation as stated by the signatory."


def day(moment: datetime) -> str:
    """«23 November 2026», the day in UTC."""
    return formats.date_format(moment.astimezone(UTC).date(), "j F Y")


def email_sentence(confirmed_at: datetime) -> str:
    return _(EMAIL).format(date=day(confirmed_at))


def sentence_for(*, is_sample: bool, confirmed_at: datetime | None) -> str:
    """The one sentence of a line; empty while nothing is confirmed."""
    if is_sample:
        return _(SAMPLE)
    return email_sentence(confirmed_at) if confirmed_at else ""
