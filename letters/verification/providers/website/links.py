"""The ``rel="me"`` links of a page, read as HTML: never from comments, scripts, templates or text."""

from collections import Counter
from contextlib import suppress
from html.parser import HTMLParser
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

_PORTS = {"http": 80, "https": 443}
# What browsers show as text, run, or keep aside: elements in there are no elements of the page.
_ASIDE = {"script", "style", "template", "noscript", "textarea", "title", "iframe", "noembed", "noframes", "xmp",
          "plaintext", "object", "svg", "math"}  # fmt: skip
# A page that lets visitors write says so about their links.
_STRANGERS = {"ugc", "sponsored"}


def me_links(body: bytes, url: str) -> list[str]:
    """Where ``<a rel="me">`` and ``<link rel="me">`` of a page lead, each in the one spelling of ``spelled``.

    Source: HTML Living Standard (rel is a set of tokens, in any case; the first of two equal attributes counts),
    microformats rel-me.
    """
    reader = _Reader(url)
    with suppress(AssertionError):  # the parser gives up at some malformed declarations; what stood before counts
        # Not closed: what a page leaves open at its end is no element, and reading it can take very long.
        reader.feed(body.decode("utf-8-sig", "replace"))
    return reader.found


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._base, self._has_base = url, False
        self._aside: list[str] = []
        self._open: Counter[str] = Counter()  # how often each is in ``_aside``: a page may nest a hundred thousand

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ASIDE:
            self._aside.append(tag)
            self._open[tag] += 1
        if self._aside:
            return
        values: dict[str, str] = {}
        for name, value in attrs:
            values.setdefault(name, value or "")
        if tag == "base" and "href" in values and not self._has_base:
            self._base, self._has_base = _joined(self._base, values["href"]), True
        elif tag in ("a", "link"):
            self._link(values)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # HTML knows no empty elements but its own: <template/> stays open

    def handle_endtag(self, tag: str) -> None:
        ended = ""
        while self._open[tag] and ended != tag:
            ended = self._aside.pop()
            self._open[ended] -= 1

    def _link(self, values: dict[str, str]) -> None:
        rel = set(values.get("rel", "").lower().split())
        if "me" in rel and not rel & _STRANGERS and values.get("href", "").strip():
            self.found.append(spelled(_joined(self._base, values["href"])))


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href.strip())
    except ValueError:
        return ""


def spelled(url: str) -> str:
    """One spelling of an address for comparing: no fragment, no default port, no final slash, escapes made alike.
    Empty for what is no web address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return ""
    host = parts.hostname if port in (None, _PORTS[parts.scheme]) else f"{parts.hostname}:{port}"
    query = urlencode(parse_qsl(parts.query, keep_blank_values=True))
    path = quote(unquote(parts.path), safe="/").rstrip("/")
    return f"{parts.scheme}://{host}{path}" + (f"?{query}" if query else "")
