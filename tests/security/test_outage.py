"""A real web server whose PostgreSQL goes away and comes back."""

import pytest
from django.db import connection

from letters.signatures import counting
from letters.signatures.models import Signature
from tests.factories import make_letter
from tests.public.visitor import SUZIE, filled, forms_in, sign_path
from tests.site.processes import web
from tools import services

MARK = "a" * 32  # cookie and form hold the same random word; the server keeps none
COOKIE = {"Cookie": f"csrftoken={MARK}"}


def test_stopped_database_keeps_the_form_and_needs_no_restart():
    with services.start_postgres(fast=True) as postgres, web(DATABASE_URL=postgres.url, REDIS_URL=None) as site:
        before = site.get("/readyz").status
        postgres.stop()
        away = site.get("/readyz").status
        answer = site.post("/letters/lift/sign/", {**SUZIE, "csrfmiddlewaretoken": MARK, "action": "sign"}, **COOKIE)
        postgres.start()
        after = site.get("/readyz").status

    assert (before, away, after) == (200, 503, 200)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    (form,) = forms_in(answer)
    assert {name: form.fields.get(name) for name in (*SUZIE, "action")} == {**SUZIE, "action": "sign"}
    assert [word for word in (SUZIE["email"], SUZIE["display_name"]) if word in site.log] == []


@pytest.mark.django_db(transaction=True)
def test_cut_connections_are_noticed_before_they_are_used():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connections to cut")
    letter = make_letter()
    counting.refresh()

    with web(REDIS_URL=None) as site:
        first = site.get(sign_path(letter)).status
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            (cut,) = cursor.fetchone()
        second = site.post(sign_path(letter), {**filled(letter), "csrfmiddlewaretoken": MARK}, **COOKIE).status

    assert (first, cut >= 1, second) == (200, True, 303)
    assert Signature.objects.count() == 1
