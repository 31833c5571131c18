"""For load balancers: is the process there, and can it do its work?"""

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from letters.ledger import chain


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return HttpResponse("the database is away\n", content_type="text/plain", status=503)
    return HttpResponse(f"ready\n{_ledger_note()}", content_type="text/plain")


def _ledger_note() -> str:
    """A note decides nothing: people can sign all the same, also while a release's tables are still being made."""
    try:
        return "the ledger is halted: run `manage.py ledger status`\n" if chain.halted() else ""
    except Error:
        return ""
