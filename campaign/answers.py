"""Headers that every door sets the same way."""

from typing import TypeVar

from django.http import HttpResponseBase

Response = TypeVar("Response", bound=HttpResponseBase)


def as_private(response: Response) -> Response:
    """Mark an answer as this person's alone: stored nowhere, indexed nowhere, and no address leaks by Referer."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
