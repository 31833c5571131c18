"""Headers of every answer, and pages that a process remembers because they are the same for everybody."""

import threading
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from campaign.answers import as_private as as_private
from campaign.caching import as_public as as_public
from campaign.caching import etag_of as etag_of
from campaign.caching import unchanged as unchanged
from campaign.caching import with_names as with_names

_NOTHING = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"


class PolicyMiddleware:
    """Switches off device features on every page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.content_type == "multipart/form-data":
            request.encoding = "utf-8"  # as HTML has it; Python knows codecs that fail on what a stranger names so
        response = self.get_response(request)
        is_for_any_page = response.headers.get("Access-Control-Allow-Origin") == "*"
        if is_for_any_page or response.headers.get("Cache-Control", "").startswith("public"):
            _without_cookies(response)
        response.headers.setdefault("Permissions-Policy", _NOTHING)
        return response


def _without_cookies(response: HttpResponseBase) -> None:
    """A proxy may hand this answer to anybody. Django renews a broken form cookie and deletes a stale session's on
    whatever page they are sent to."""
    response.cookies.clear()
    vary = [name for name in response.headers.get("Vary", "").split(", ") if name not in ("", "Cookie")]
    response.headers.pop("Vary", None)
    if vary:
        response.headers["Vary"] = ", ".join(vary)


_pages: dict[str, bytes] = {}
_making_room = threading.Lock()  # two threads that both drop the oldest would trip over each other


def kept(etag: str) -> HttpResponse | None:
    """The page as it was drawn for another reader; its ETag names all that is printed on it."""
    page = _pages.get(etag)
    return None if page is None else as_public(HttpResponse(page), etag)


def keep(response: HttpResponse, etag: str) -> HttpResponse:
    """Remember a page for the next readers; the oldest one makes room."""
    if settings.PAGES_KEPT:
        with _making_room:
            while len(_pages) >= settings.PAGES_KEPT:
                _pages.pop(next(iter(_pages)))
            _pages[etag] = response.content
    return as_public(response, etag)
