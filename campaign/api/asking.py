"""What operations share: how refusals are declared, how pages follow each other, and how addresses are written."""

import base64
import binascii
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from campaign.api import problems
from campaign.api.schemas import Problem

SLUG = {"pattern": "^[-a-zA-Z0-9_]{1,80}$", "description": "Names the letter in addresses"}
CURSOR = "^[A-Za-z0-9_-]{1,300}$"
"""Of the longest that any list makes: 16 bytes and 200 more, in base64."""
PAGE = 100
MOST = 500
_CURSOR_BYTES = 8


def answers(schema: Any, *refusals: int) -> dict[int, Any]:
    """The declared answers of an operation: what it gives, 304, and the refusals that every operation knows."""
    return {200: schema, 304: None, **dict.fromkeys((*refusals, 422, 429, 503), Problem)}


def private(schema: Any, *refusals: int) -> dict[int, Any]:
    """The same of what a token opens: nobody keeps it, so nothing is ever unchanged."""
    return {status: answer for status, answer in answers(schema, *refusals).items() if status != 304}


def url(name: str, *arguments: object) -> str:
    """The whole address of a page or an operation."""
    return settings.SITE_URL.rstrip("/") + reverse(name, args=arguments)


def following(response: HttpResponse, path: str, query: dict[str, object], cursor: str) -> str | None:
    """Address of the next page, also as a Link header (RFC 8288); None on the last one."""
    if not cursor:
        return None
    kept = {name: value for name, value in query.items() if value not in (None, "")}
    address = f"{settings.SITE_URL.rstrip('/')}{path}?{urlencode({**kept, 'after': cursor})}"
    response.headers["Link"] = f'<{address}>; rel="next"'
    return address


def cursor_of(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(_CURSOR_BYTES, "big")).rstrip(b"=").decode()


def read_cursor(cursor: str) -> int:
    """The number behind a cursor. Raises Refused."""
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError) as error:
        raise problems.Refused(problems.BAD_CURSOR) from error
    if len(raw) != _CURSOR_BYTES or raw[0] > 0x7F:
        raise problems.Refused(problems.BAD_CURSOR)
    return int.from_bytes(raw, "big")
