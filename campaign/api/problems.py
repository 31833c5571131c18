"""Refusals for machines: problem details, one shape for all of them. Source: RFC 9457."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One kind of refusal; its ``type`` leads to the paragraph about it on the page to try the interface."""

    code: str
    status: int
    title: str
    meaning: str

    @property
    def type(self) -> str:
        return f"{settings.SITE_URL.rstrip('/')}/api/v1/#{self.code}"


BAD_CURSOR = Kind("bad-cursor", 400, "Not a cursor of this list", "Take cursors from “next” as they are.")
NO_TOKEN = Kind("no-token", 401, "This needs a token", "Send “Authorization: Bearer …” with a token from the desk.")
NAMES_HIDDEN = Kind(
    "names-hidden", 403, "The names are not shown", "The organisers hide the names for now; the counts stay public."
)
SCOPE_MISSING = Kind("scope-missing", 403, "The token may not do this", "Make a token with this scope at the desk.")
NOT_FOUND = Kind("not-found", 404, "Nothing is here", "The address names nothing that the public may read.")
READ_ONLY = Kind("read-only", 405, "This interface only reads", "Use GET, HEAD or OPTIONS.")
BAD_PARAMETER = Kind(
    "bad-parameter", 422, "A parameter cannot be used", "“errors” names each parameter and says what it takes."
)
TOO_MANY = Kind(
    "too-many", 429, "Too many requests", "Wait as many seconds as “Retry-After” says. Whole lists are in the files."
)
AWAY = Kind("away", 503, "The database is away", "Nothing is wrong with the request. Try again in some seconds.")
EMBARGOED = Kind("embargoed", 401, "Not public yet", "The letter opens at an announced hour.")
NO_SUCH_FORMAT = Kind("no-such-format", 501, "Not made in this format", "oEmbed answers are json or xml.")
KINDS = (BAD_CURSOR, NO_TOKEN, NAMES_HIDDEN, SCOPE_MISSING, NOT_FOUND, READ_ONLY, BAD_PARAMETER, TOO_MANY, AWAY)


class Refused(Exception):
    """What a view raises to refuse; ``detail`` says what to do, and never repeats what was sent."""

    def __init__(self, kind: Kind, detail: str = "") -> None:
        self.kind, self.detail = kind, detail or kind.meaning
        super().__init__(kind.code)


def answer(kind: Kind, detail: str = "", *, errors: Sequence[dict[str, str]] = ()) -> HttpResponse:
    """``errors`` are [{parameter, detail}]."""
    body: dict[str, object] = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": detail or kind.meaning,
    }
    if errors:
        body["errors"] = list(errors)
    response = HttpResponse(json.dumps(body, ensure_ascii=False), content_type=MEDIA_TYPE, status=kind.status)
    if kind is NO_TOKEN:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
