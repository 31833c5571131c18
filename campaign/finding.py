"""Fetching what an address names, or 404: the same letters, texts and counts at every door for readers."""

import time

from django.conf import settings
from django.http import Http404
from django.utils import timezone

from letters.documents import texts
from letters.documents.models import Letter, Version, Words
from letters.signatures import counting, sentences

_LONG = ("text", "body", "demands")
LONG = (*(f"version__{part}" for part in _LONG), *(f"amendment__{part}" for part in _LONG))

_kept: dict[str, tuple[float, Letter]] = {}


def letter_for(slug: str) -> Letter:
    """A letter that the public may read, with its current version and its count, at most a second old.

    Nobody is confirmed by it: confirming reads the letter afresh under a lock. Raises Http404.
    """
    until, letter = _kept.get(slug, (0.0, None))
    if letter is None or time.monotonic() >= until:
        letter = _fetched(slug)
        _kept[slug] = (time.monotonic() + settings.LETTER_KEPT_SECONDS, letter)
    return letter


def _fetched(slug: str) -> Letter:
    """The long text is fetched only where it is shown. One query."""
    letters = Letter.objects.public().select_related("version__tally").defer(*LONG)
    letter = letters.filter(slug=slug).first()
    if letter is None or letter.version is None:
        raise Http404
    letter.version.letter = letter
    return letter


def version_for(letter: Letter, number: int | None) -> Version:
    """The named version of a letter, the current one for None. Raises Http404."""
    current = letter.version
    if current is not None and (number is None or number == current.number):
        return current
    version = Version.objects.filter(letter=letter, number=number or 0).first()
    if version is None:
        raise Http404
    version.letter = letter
    return version


def text_for(letter: Letter, label: str) -> tuple[Version, Words]:
    """The version and the exact text that an address names («2», «2.0», «2.1»). Raises Http404."""
    found = texts.find(letter, label)
    if found is None:
        raise Http404
    return found


def mark_of(letter: Letter) -> tuple[object, ...]:
    """What pages print of a letter besides its texts and its count: for their ETags."""
    today = timezone.now().date() if letter.timeline_revision > 1 else ""  # days since a delivery are printed
    return (letter.shown_state, today, *(getattr(letter, field.attname) for field in letter._meta.concrete_fields))


def count_for(version: Version) -> sentences.Count:
    return sentences.count_of(counting.tally_for(version), texts.shown_of(version).title)
