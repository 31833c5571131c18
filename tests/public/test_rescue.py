"""Whatever refuses a form, what was typed comes back and can be sent again."""

from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from letters.documents import publishing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_version
from tests.public.addresses import addresses_for
from tests.public.visitor import SUZIE, filled, form_with, forms_in, open_form, send, send_again, sign_path, words_of
from tools import services

STRICT = {"enforce_csrf_checks": True}


@pytest.fixture
def letter(db):
    return make_letter(slug="lift")


def kept(response):
    """What the page that came back holds of Suzie's form."""
    fields = form_with(response, "display_name").fields
    return {name: fields.get(name) for name in SUZIE}


def assert_typed_is_kept_and_sent(client, response, letter, status):
    assert response.status_code == status
    assert kept(response) == SUZIE
    assert not Signature.objects.exists()
    again = send_again(client, response, sign_path(letter))
    assert (again.status_code, Signature.objects.get().email) == (303, SUZIE["email"])


def test_refused_field_keeps_all_others(client, letter):
    response = send(client, letter, email="nonsense")

    assert kept(response) == {**SUZIE, "email": "nonsense"}
    again = send_again(client, response, sign_path(letter), email=SUZIE["email"])
    assert (response.status_code, again.status_code) == (422, 303)


def test_changed_text_keeps_all(client, letter):
    data = filled(letter)
    make_version(letter)

    response = client.post(sign_path(letter), data)

    assert_typed_is_kept_and_sent(client, response, letter, 409)


def test_paused_letter_keeps_all_until_it_is_open_again(client, letter):
    data = filled(letter)
    publishing.move(letter, "paused", by="test")

    response = client.post(sign_path(letter), data)

    assert "Signing is paused" in words_of(response)
    publishing.move(letter, "open", by="test")
    assert_typed_is_kept_and_sent(client, response, letter, 409)


def test_form_without_its_mark_keeps_all_and_gets_a_fresh_one(letter):
    client = Client(**STRICT)
    data = open_form(client, letter)
    del data["csrfmiddlewaretoken"]

    response = client.post(sign_path(letter), data)

    assert response.templates[0].name == "403_csrf.html"
    assert_typed_is_kept_and_sent(client, response, letter, 403)


def test_form_with_the_mark_of_an_old_cookie_keeps_all(letter):
    client = Client(**STRICT)
    data = open_form(client, letter)
    client.cookies.clear()
    client.get(sign_path(letter))

    response = client.post(sign_path(letter), data)

    assert_typed_is_kept_and_sent(client, response, letter, 403)


def test_form_sent_without_any_cookie_keeps_all(letter):
    data = open_form(Client(), letter)
    client = Client(**STRICT)

    response = client.post(sign_path(letter), data)

    assert_typed_is_kept_and_sent(client, response, letter, 403)


@pytest.mark.parametrize(
    "told",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_form_sent_from_another_site_is_refused_and_not_offered_to_be_sent_by_one_press(letter, told):
    client = Client(**STRICT)  # a browser sends no cookie of ours with it

    for path in (sign_path(letter), "/desk/lift/launch/"):
        response = client.post(path, {**SUZIE, "action": "pause"}, headers=told)

        assert (response.status_code, Signature.objects.count()) == (403, 0)
        assert [form.fields for form in forms_in(response)] == []
        assert "Another website sent a form" in words_of(response)
        assert SUZIE["email"] not in response.content.decode()
        assert f'href="{path}"' in response.content.decode()


def test_old_form_of_our_own_page_is_kept_whatever_the_browser_tells_of_it(letter):
    client = Client(**STRICT)
    data = open_form(Client(), letter)

    response = client.post(
        sign_path(letter), data, headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    )

    assert_typed_is_kept_and_sent(client, response, letter, 403)


def test_too_many_forms_keep_all(client, letter, settings):
    settings.SIGN_LIMIT_NETWORK = 0

    response = send(client, letter)

    settings.SIGN_LIMIT_NETWORK = 1000
    assert response.templates[0].name == "public/slow_down.html"
    assert 0 < int(response["Retry-After"]) <= 600
    assert_typed_is_kept_and_sent(client, response, letter, 429)


def test_kept_fields_are_shown_in_words_and_not_only_hidden(client, letter, settings):
    settings.SIGN_LIMIT_NETWORK = 0

    shown = words_of(send(client, letter))

    for word in ("Suzie van der Berg", "suzie@example.com", "Netherlands", "Emeritus or emerita", SUZIE["comment"]):
        assert word in shown


def test_kept_fields_are_escaped(client, letter, settings):
    settings.SIGN_LIMIT_NETWORK = 0
    attack = '"><script>alert(1)</script>'

    response = send(client, letter, comment=attack, **{attack: attack})

    assert "<script>alert" not in response.content.decode()
    assert form_with(response, "display_name").fields["comment"] == attack


# --- the database is away ----------------------------------------------------------------------------------------


@contextmanager
def unreachable_database():
    """The connection of this process leads nowhere, as when the server is stopped."""
    known = connection.settings_dict.copy()
    connection.close()
    if connection.vendor == "postgresql":
        connection.settings_dict["PORT"] = services.free_port()
    else:
        connection.settings_dict["NAME"] = "/nonexistent/folder/database.sqlite3"
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(known)


@contextmanager
def database_that_takes_no_writes():
    """As a standby does, or a full disk."""
    on, off = (
        ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
        if connection.vendor == "postgresql"
        else ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
    )
    with connection.cursor() as cursor:
        cursor.execute(on)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(off)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("outage", [unreachable_database, database_that_takes_no_writes])
def test_lost_database_keeps_all_and_says_that_nothing_was_recorded(client, outage):
    letter = make_letter(slug="lift")
    data = filled(letter)

    with outage():
        response = client.post(sign_path(letter), data)

    assert response.templates[0].name == "public/unavailable.html"
    assert (response["Retry-After"], response["Cache-Control"]) == ("10", "no-store")
    assert "what you sent was not stored" in words_of(response)
    assert_typed_is_kept_and_sent(client, response, letter, 503)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_each_form_survives_a_lost_database_with_its_button(client):
    letter = make_letter(slug="lift")
    paths = addresses_for(make_signature(letter), make_signature(letter, state="pending"))
    acts = {
        "sent": {"action": "resend"},
        "mine-link": {"email": "suzie@example.com"},
        "confirm": {"action": "not-me"},
        "not-me": {"action": "undo"},
        "mine": {"action": "withdraw"},
    }

    with unreachable_database():
        answers = {name: client.post(paths[name], data) for name, data in acts.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(acts, 503)
    for name, data in acts.items():
        (form,) = forms_in(answers[name])
        assert (form.action, {key: form.fields[key] for key in data}) == (paths[name], data)


@pytest.mark.django_db(transaction=True)
def test_readiness_follows_the_database_and_life_does_not(client):
    with unreachable_database():
        away = (client.get("/readyz").status_code, client.get("/healthz").status_code)
        page = client.get(reverse("public:home"))

    assert away == (503, 200)
    assert (page.status_code, page.templates[0].name) == (503, "public/unavailable.html")
    assert (client.get("/readyz").content, client.get("/healthz").content) == (b"ready\n", b"ok\n")
