"""What every answer of the read interface has in common: it only reads, knows no cookie, may be read from any page,
says how much more may be asked, and is not sent again to whoever holds it."""

import hashlib
import logging
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import quote_etag
from django.views.decorators.csrf import csrf_exempt

from campaign import answers, caching
from campaign.api import limits, problems

logger = logging.getLogger(__name__)

METHODS = "GET, HEAD, OPTIONS"
_EXPOSED = "ETag, Link, RateLimit, RateLimit-Policy, Retry-After"
_PREFLIGHT_SECONDS = "86400"
View = Callable[..., HttpResponseBase]


class Unchanged(Exception):
    """The reader holds this very answer; raised before anything is made."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response
        super().__init__("304")


def mark(request: HttpRequest, *parts: object) -> None:
    """Name all that the answer depends on, before it is made. Raises Unchanged when the reader holds it."""
    etag = caching.etag_of(request.path, *parts)
    request.etag = etag  # type: ignore[attr-defined] # read by ``served``
    if (answer := caching.unchanged(request, etag)) is not None:
        raise Unchanged(answer)


def served(view: View, known: frozenset[str] | None = frozenset()) -> View:
    """The view as machines get it. ``known`` are the parameters that it takes after the question mark: what is
    misspelled is refused, not ignored; None takes any."""

    @csrf_exempt
    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        limit, standing = limits.reading(request)
        if standing.is_over:
            response: HttpResponseBase = problems.answer(problems.TOO_MANY)
        else:
            response = _unknown(request, known) or _answered(view, request, *args, **kwargs)
        limits.tell(response, *getattr(request, "told", (limit, standing)))
        return _dressed(response, is_private=getattr(request, "is_private", False))

    return wrapped


def _unknown(request: HttpRequest, known: frozenset[str] | None) -> HttpResponse | None:
    if known is None:
        return None
    errors = []
    for name, values in request.GET.lists():
        if name not in known:
            takes = ", ".join(sorted(known)) or "no parameter"
            errors.append({"parameter": name[:40], "detail": f"Not known here. This address takes {takes}."})
        elif len(values) > 1:
            errors.append({"parameter": name, "detail": "Give it once."})
    return problems.answer(problems.BAD_PARAMETER, errors=errors) if errors else None


def _answered(view: View, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
    if request.method == "OPTIONS":
        return _preflight()
    if request.method not in ("GET", "HEAD"):
        response = problems.answer(problems.READ_ONLY)
        response.headers["Allow"] = METHODS
        return response
    is_head, request.method = request.method == "HEAD", "GET"
    return _bodiless(_read(view, request, *args, **kwargs)) if is_head else _read(view, request, *args, **kwargs)


def _read(view: View, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
    try:
        return _tagged(request, view(request, *args, **kwargs))
    except answers.OUTAGES as error:
        logger.error("database away: %s", type(error).__name__)
        response = problems.answer(problems.AWAY)
        response.headers["Retry-After"] = str(answers.RETRY_AFTER_SECONDS)
        return response


def _preflight() -> HttpResponse:
    response = HttpResponse(status=204)
    response.headers["Allow"] = response.headers["Access-Control-Allow-Methods"] = METHODS
    response.headers["Access-Control-Allow-Headers"] = "Authorization, If-None-Match"
    response.headers["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
    return response


def _tagged(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Every whole answer has an ETag: what ``mark`` made of its parts, else the hash of its bytes."""
    is_private = getattr(request, "is_private", False)
    if response.status_code != 200 or is_private or not isinstance(response, HttpResponse):
        return response
    etag: str = getattr(request, "etag", "") or quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
    return caching.unchanged(request, etag) or caching.as_public(response, etag)


def _bodiless(response: HttpResponseBase) -> HttpResponseBase:
    if isinstance(response, StreamingHttpResponse):
        response.close()
        response.streaming_content = iter(())
    elif isinstance(response, HttpResponse):
        response.headers["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


def _dressed(response: HttpResponseBase, *, is_private: bool) -> HttpResponseBase:
    if not is_private:  # what a token opens is for that program, not for scripts of any page
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers.setdefault("Cache-Control", "no-store")  # refusals and preflights
    return response


def missing(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    """Below the interface's own address nothing else is."""
    return problems.answer(problems.NOT_FOUND)
