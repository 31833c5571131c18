"""What every door answers in the same way: headers, and what of a form comes back to be sent again."""

import re
from typing import TypeVar

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponseBase

Response = TypeVar("Response", bound=HttpResponseBase)
RETRY_AFTER_SECONDS = 10
OUTAGES = (OperationalError, InterfaceError, InternalError)
"""A lost database; one that takes no writes (a standby, a full disk) says so by InternalError."""
SECRETS = frozenset({"password", "password1", "password2", "oldpassword", "code", "credential"})
"""Fields that no page ever repeats."""
MACHINE = frozenset({"csrfmiddlewaretoken", "homepage"})
"""Fields that the next form brings along by itself."""
_NOT_TYPED = re.compile(r"base|revision|based_on|since|seen|action|nonce|version|row|(base|theirs|keep)-.*")


def as_private(response: Response) -> Response:
    """Mark an answer as this person's alone: stored nowhere, indexed nowhere, and no address leaks by Referer."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def kept_values(request: HttpRequest) -> list[tuple[str, str]]:
    """Every (name, value) that a form sent and that a page may hold, to be sent again; chosen files cannot be kept."""
    rows = request.POST.lists() if request.method == "POST" else []
    return [(name, str(value)) for name, values in rows if name not in SECRETS | MACHINE for value in values]


def is_typed(name: str) -> bool:
    """False for what a form carries for itself; a page need not show that."""
    return _NOT_TYPED.fullmatch(name) is None


def words_of(name: str) -> str:
    """«faq 1 question» for ``faq-0-question``: a label for a field of which nothing more is known."""
    parts = re.split(r"[-_]", name)
    return " ".join(str(int(part) + 1) if part.isascii() and part.isdigit() else part for part in parts)
