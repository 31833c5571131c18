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
        is_halted = bool(chain.halted())
    except Error:
        return HttpResponse("the database is away\n", content_type="text/plain", status=503)
    note = "the ledger is halted: run `manage.py ledger status`\n" if is_halted else ""  # people can sign all the same
    return HttpResponse(f"ready\n{note}", content_type="text/plain")
