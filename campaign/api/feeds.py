"""Atom feeds of what became of a letter, and of the letters of the site. Source: RFC 4287."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from campaign import caching, finding
from campaign.api.asking import url
from letters.documents.models import Letter
from letters.outreach import telling

MOST = 100
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Feed(Atom1Feed):
    """Dated by its newest entry, or by what it is about, never by the clock: the same feed is the same bytes."""

    def __init__(self, *, since: datetime, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._since = since

    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=self._since)


def clean(text: object) -> str:
    """Without characters that XML cannot hold."""
    return _NOT_XML.sub("", str(text))


def _answer(request: HttpRequest, etag: str, make: Callable[[], Feed]) -> HttpResponseBase:
    if (answer := caching.unchanged(request, etag)) is not None:
        return answer
    response = HttpResponse(make().writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return caching.as_public(response, etag)


@require_safe
def updates(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The timeline of a letter: its newest entries."""
    letter = finding.letter_for(slug)
    with translation.override(letter.interface_language):
        return _answer(request, caching.etag_of("updates", finding.mark_of(letter)), lambda: _updates(letter))


def _updates(letter: Letter) -> Feed:
    page = url("public:timeline", letter.slug)
    feed = Feed(
        since=letter.published_at or letter.created_at,
        title=clean(letter.title),
        link=page,
        description="",
        subtitle=clean(letter.summary) or None,
        language=letter.interface_language,
        author_name=clean(", ".join(str(row.get("name", "")) for row in letter.organisers)) or settings.SITE_NAME,
        feed_url=url("api:updates-feed", letter.slug),
        feed_guid=url("api:updates-feed", letter.slug),
    )
    for entry in telling.timeline_of(letter, most=MOST).entries:
        event = entry.event
        words = "".join(f"<p>{_escaped(part)}</p>" for part in (event.summary, entry.how, event.quote) if part)
        feed.add_item(
            title=clean(entry.title),
            link=f"{page}#event-{event.public_id}",
            description=clean(words + str(entry.html)),
            unique_id=f"urn:uuid:{event.public_id}",
            pubdate=event.created_at,
            updateddate=event.changed_at or event.created_at,
            categories=[event.kind],
        )
    return feed


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@require_safe
def letters(request: HttpRequest) -> HttpResponseBase:
    """The newest letters of the site."""
    rows = list(Letter.objects.public().defer(*finding.LONG).order_by("-pk")[:MOST])
    etag = caching.etag_of("letters", *(finding.mark_of(letter) for letter in rows))
    return _answer(request, etag, lambda: _letters(rows))


def _letters(rows: list[Letter]) -> Feed:
    feed = Feed(
        since=EPOCH,
        title=settings.SITE_NAME,
        link=url("public:home"),
        description="",
        language=settings.LANGUAGE_CODE,
        author_name=settings.SITE_NAME,
        feed_url=url("api:letters-feed"),
        feed_guid=url("api:letters-feed"),
    )
    for letter in rows:
        page, since = url("public:letter", letter.slug), letter.published_at or letter.created_at
        feed.add_item(
            title=clean(letter.title),
            link=page,
            description=clean(_escaped(letter.summary)),
            unique_id=page,
            pubdate=since,
            updateddate=letter.shown.created_at if letter.shown else since,
        )
    return feed
