"""From Markdown to what a browser may show, and to the one file that is hashed.

HTML in the source is escaped by the parser and whatever comes out passes an allow-list once more; images are dropped.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from letters.documents.models import Version

TAGS = {
    "a", "abbr", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong", "sub",
    "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
INLINE_TAGS = {"a", "abbr", "code", "em", "strong", "sub", "sup"}
LINKS = {"http", "https", "mailto"}
MAX_NESTING = 20

_markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING, "typographer": False}).enable("table")


def _safe(html: str, tags: set[str]) -> SafeString:
    return SafeString(nh3.clean(html, tags=tags, url_schemes=LINKS, link_rel="nofollow noopener"))


def block(markdown: str) -> SafeString:
    """Sanitised HTML of a text; a level-one heading becomes level two, since the page has its own title."""
    html = _markdown.render(markdown).replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    return _safe(html, TAGS)


def inline(markdown: str) -> SafeString:
    """Sanitised HTML of one line."""
    return _safe(_markdown.renderInline(markdown), INLINE_TAGS)


@lru_cache(maxsize=64)
def _rendered(version_id: int, sha256: str) -> tuple[SafeString, tuple[SafeString, ...]]:
    version = Version.objects.get(pk=version_id)
    return block(version.body), tuple(inline(demand) for demand in version.demands)


def body_html(version: Version) -> SafeString:
    """The body of an immutable version, rendered once per process."""
    return _rendered(version.pk, version.sha256)[0]


def demands_html(version: Version) -> tuple[SafeString, ...]:
    return _rendered(version.pk, version.sha256)[1]


def whole_text(words: Mapping[str, Any]) -> str:
    """The letter as one Markdown file with LF line ends: the text whose SHA-256 signatories sign. Documented in
    docs/letter-text.md, so that anybody can make it again from the page."""
    parts = [
        f"# {words['title']}",
        words["subtitle"],
        _dateline(words["dateline_place"], words["dateline_on"]),
    ]
    parts += ["\n".join(f"- {_addressee(a)}" for a in words["addressees"])]
    parts += [words["salutation"], words["body"].strip()]
    parts += ["\n".join(f"{place}. {demand}" for place, demand in enumerate(words["demands"], 1))]
    parts += [words["closing"]]
    return "\n\n".join(part for part in parts if part) + "\n"


def _addressee(addressee: Mapping[str, str]) -> str:
    return ", ".join(addressee[key] for key in ("name", "office", "organization") if addressee.get(key))


def _dateline(place: str, on: date | None) -> str:
    return ", ".join(part for part in (place, on.isoformat() if on else "") if part)
