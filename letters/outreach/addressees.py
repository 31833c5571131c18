"""Whom a letter is to, as it is printed above it; that line is how deliveries and responses name them."""

from datetime import date

from django.utils import timezone

from letters.core import moments
from letters.documents.models import Letter
from letters.outreach.enums import ADDRESSEE_MAX


def labels_of(letter: Letter) -> list[str]:
    """«Jo Doe, Minister, Ministry of Trade», one for each addressee, in the letter's order."""
    if letter.shown is None:
        return []
    found = []
    for addressee in letter.shown.addressees:
        parts = [str(addressee.get(key) or "") for key in ("name", "office", "organization")]
        if label := ", ".join(part for part in parts if part)[:ADDRESSEE_MAX]:
            found.append(label)
    return found


def today_for(letter: Letter) -> date:
    """The day that it is now where the letter is at home."""
    return timezone.now().astimezone(moments.zone(letter.time_zone)).date()
