"""A page that is looked at inside another one: its own links do nothing, those of the author's text open beside it."""

import re

from csp.constants import SELF
from django.http import HttpResponse

_LINK = re.compile(r'<a\b([^>]*?) href="([^"]*)"([^>]*)>')
_AUTHORS = 'rel="nofollow noopener"'
"""What marks a link of a rendered text (letters/documents/rendering.py)."""


def inert(html: str) -> str:
    """Take the address out of every link of the page, but for jumps within it; HTML of our own templates alone."""
    return _LINK.sub(_settled, html)


def _settled(link: re.Match[str]) -> str:
    before, address, after = link.groups()
    if address.startswith("#"):
        return link[0]
    if _AUTHORS in after:
        return f'<a{before} href="{address}"{after} target="_blank">'
    return f'<a{before}{after} role="link" aria-disabled="true">'


def framed(html: str, *, status: int = 200) -> HttpResponse:
    """An answer that pages of this site, and no others, show inside themselves."""
    response = HttpResponse(inert(html), status=status)
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response._csp_replace = {"frame-ancestors": [SELF]}  # type: ignore[attr-defined] # as csp.decorators do
    return response
