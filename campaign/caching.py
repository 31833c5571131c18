"""How an answer that is the same for everybody is cached, at every door: its ETag, and for how long."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from letters.documents.models import Letter

Response = TypeVar("Response", bound=HttpResponseBase)

FRESH_SECONDS = 4  # at a proxy; with five until the recount and one in the process a change shows within ten
REPAIR_SECONDS = 30


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


def with_names(response: Response, letter: Letter) -> Response:
    """Mark an answer that names signatories: search engines pass it over where the organisers ask for that."""
    if letter.names_noindex:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def as_public(response: Response, etag: str = "", *, seconds: int = FRESH_SECONDS) -> Response:
    """Mark an answer as the same for everybody: cacheable for seconds, kept longer only when we are down."""
    response.headers["Cache-Control"] = f"public, max-age={seconds}, stale-if-error={max(REPAIR_SECONDS, seconds)}"
    if etag:
        response.headers["ETag"] = etag
    return response
