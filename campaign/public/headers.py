"""Headers of every answer, and how a page that is the same for everybody is cached."""

import hashlib
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from campaign.answers import as_private as as_private

Response = TypeVar("Response", bound=HttpResponseBase)

FRESH_SECONDS = 4  # at a proxy; with five until the recount and one in the process a change shows within ten
REPAIR_SECONDS = 30
_NOTHING = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"


class PolicyMiddleware:
    """Switches off device features on every page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.content_type == "multipart/form-data":
            request.encoding = "utf-8"  # as HTML has it; Python knows codecs that fail on what a stranger names so
        response = self.get_response(request)
        if response.headers.get("Cache-Control", "").startswith("public"):
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


@lru_cache(maxsize=1)
def build_id() -> str:
    """Changes when a template, style or script does, so that a new release is not hidden behind an old ETag."""
    found = hashlib.sha256()
    for folder in ("templates", "static"):
        for path in sorted(Path(settings.BASE_DIR, folder).rglob("*")):
            if path.is_file():
                found.update(f"{path.name}{path.stat().st_size}{path.stat().st_mtime_ns}".encode())
    return found.hexdigest()[:12]


def etag_of(*parts: object) -> str:
    return quote_etag(hashlib.sha256("\0".join(map(str, (build_id(), *parts))).encode()).hexdigest()[:32])


def unchanged(request: HttpRequest, etag: str) -> HttpResponse | None:
    """The 304 answer when the reader holds this very page; made before anything is rendered."""
    response = get_conditional_response(request, etag=etag)
    return None if response is None else as_public(response, etag)


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


def as_public(response: Response, etag: str = "") -> Response:
    """Mark an answer as the same for everybody: cacheable for seconds, kept longer only when we are down."""
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}, stale-if-error={REPAIR_SECONDS}"
    if etag:
        response.headers["ETag"] = etag
    return response
