"""Fetching what an address names, or 404; and switching to the letter's language."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from letters.documents.models import Letter, Version
from letters.signatures import counting, sentences

P = ParamSpec("P")
LONG = ("version__text", "version__body", "version__demands")
DISCLAIMER = _(
    "Signatories sign in a personal capacity. Affiliations are given for identification only and do not imply "
    "endorsement by the organisation."
)
EXCEPTED = _("Organisations listed as such signed as organisations.")


def disclaimer_for(*, has_organizations: bool) -> str:
    """The fixed line under every list; organisations that signed as such are excepted."""
    return f"{DISCLAIMER} {EXCEPTED}" if has_organizations else str(DISCLAIMER)


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


def mark_of(letter: Letter) -> tuple[object, ...]:
    """What pages print of a letter besides its texts and its count: for their ETags."""
    return (letter.shown_state, *(getattr(letter, field.attname) for field in letter._meta.concrete_fields))


def count_for(version: Version) -> sentences.Count:
    return sentences.count_of(counting.tally_for(version), version.title)


def in_letters_language(
    view: Callable[Concatenate[HttpRequest, Letter, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Resolve ``slug`` to a public letter and answer in its language: the page is the same for every reader."""

    @wraps(view)
    def wrapped(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        letter = letter_for(slug)
        with translation.override(letter.interface_language):
            return view(request, letter, *args, **kwargs)

    return wrapped
