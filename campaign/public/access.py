"""Fetching what an address names, or 404; and switching to the letter's language."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import translation

from campaign.finding import LONG as LONG
from campaign.finding import count_for as count_for
from campaign.finding import letter_for as letter_for
from campaign.finding import mark_of as mark_of
from campaign.finding import text_for as text_for
from campaign.finding import version_for as version_for
from letters.documents import languages, rendering, texts
from letters.documents.models import Letter, Words
from letters.press.kit import registry
from letters.signatures.sentences import DISCLAIMER as DISCLAIMER
from letters.signatures.sentences import disclaimer_for as disclaimer_for

P = ParamSpec("P")


class TextLabel:
    """In addresses: «2» for version 2 as readers see it, «2.0» before any editorial fix, «2.1» with its first."""

    regex = texts.LABEL

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: object) -> str:
        return str(value)


class LiveFile(TextLabel):
    """In addresses: a file of the press room that is also made of the list as it stands."""

    regex = "|".join(map(re.escape, registry.LIVE))


class SnapshotLabel(TextLabel):
    """In addresses: the moment of a snapshot, «2026-11-28T1400Z»."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{4}Z"


def folded(letter: Letter, text: Words | None) -> Words | None:
    """The text with its HTML, for people who hold a link of their own and find no public page yet; else None."""
    if letter.is_public or text is None:
        return None
    text.body_html = rendering.body_html(text)  # type: ignore[attr-defined]
    text.demands_html = rendering.demands_html(text)  # type: ignore[attr-defined]
    return text


def shown_for(letter: Letter) -> Words:
    """The words that readers see now. Raises Http404."""
    return texts.shown_of(version_for(letter, None))


def by_own_link(
    view: Callable[Concatenate[HttpRequest, Letter, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """``in_letters_language`` for pages behind a link of the person's own, which work before the launch, too.

    The view reads that link before it shows anything.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        letter = Letter.objects.select_related("version", "amendment").filter(slug=slug).first()
        if letter is None:
            raise Http404
        with translation.override(letter.interface_language):
            return view(request, letter, *args, **kwargs)

    return wrapped


def chosen_language(request: HttpRequest, letter: Letter) -> str | None:
    """The language of a translation that the address asks for, "" for the text itself; None when there is no such
    translation for readers. No query for a letter without translations."""
    asked = request.GET.get("language", "").lower()
    if asked in ("", letter.language.lower()):
        return ""
    if not letter.translations_revision or not languages.is_tag(asked):
        return None
    known = letter.translations.filter(version=letter.version, is_public=True, language=asked)
    return asked if known.exists() else None


def speaking(letter: Letter, language: str) -> AbstractContextManager[None]:
    """Everything around the letter in the language of its translation where the site speaks it, else in its own."""
    spoken = dict(settings.LANGUAGES)
    known = next((code for code in (language, language.split("-")[0]) if code in spoken), "")
    return translation.override(known or letter.interface_language)


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
