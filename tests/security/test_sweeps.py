"""One test each over all addresses of the site: what every answer carries, and that looking changes nothing."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from letters.core import keyring
from letters.outbox import mailbox
from letters.signatures import counting
from letters.signatures.models import Tally
from tests.factories import make_letter, make_signature, make_user, sign_and_confirm, sign_up
from tests.public.addresses import FORMS, READ, addresses_for, every_path, names
from tests.security.snapshots import rows_of_all_tables

CSP = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    "frame-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"
    ),
}


@pytest.fixture
def paths(db, settings, tmp_path):
    settings.MAILBOX_DIR = tmp_path
    caught = mailbox.CaughtBackend()
    caught.open()
    (tmp_path / "1-1.eml").write_bytes(b"To: a@b.example\nContent-Type: text/html\n\n<b>Hello</b>")
    letter = make_letter(slug="lift")
    confirmed, waiting = sign_and_confirm(letter), sign_up(letter, "bob")
    counting.refresh()
    return addresses_for(confirmed, waiting)


def policy_of(response):
    parts = (part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts if name}


def assert_guarded(path, response):
    found = {name: response.headers.get(name) for name in ALWAYS}
    # The preview is shown in a frame beside the editor, by this site alone; the login that it asks for is not.
    framed = path.endswith("/preview/") and found["X-Frame-Options"] == "SAMEORIGIN"
    always = {**ALWAYS, "X-Frame-Options": "SAMEORIGIN"} if framed else ALWAYS
    policy = {**CSP, "frame-ancestors": "'self'"} if framed else CSP
    if path == "/embed/lift/":  # the one page that any site may frame: no form, nothing to fetch but style and script
        nothing = ("form-action", "frame-src", "connect-src", "img-src", "font-src")
        always, policy = {**ALWAYS, "X-Frame-Options": None}, {**CSP, "frame-ancestors": "*"}
        policy |= dict.fromkeys(nothing, "'none'")
    assert (path, response.status_code, found) == (path, response.status_code, always)
    assert (path, policy_of(response)) == (path, policy)


def test_sweep_knows_every_name(paths):
    assert set(paths) == set(names())


def test_every_page_is_guarded(client, paths):
    for name, path in paths.items():
        if name != "mailbox-html":
            response = client.get(path)
            assert (name, response.status_code) == (name, 200)
            assert_guarded(path, response)


def test_frame_for_other_sites_alone_may_be_framed(client, paths):
    assert_guarded("/embed/lift/", client.get("/embed/lift/"))
    assert_guarded("/embed/lift.svg", client.get("/embed/lift.svg"))
    assert_guarded("/embed/nobody/", client.get("/embed/nobody/"))


@pytest.mark.parametrize("logged_in", [False, True])
@pytest.mark.django_db
def test_every_url_pattern_is_guarded_and_answers_without_a_fault(client, logged_in):
    if logged_in:
        client.force_login(make_user(is_staff=True, is_superuser=True))

    for path in every_path():
        response = client.get(path)
        assert (path, response.status_code < 500) == (path, True)
        assert_guarded(path, response)


@pytest.mark.django_db
def test_refusals_are_guarded(client, paths):
    refusals = [
        client.get("/nothing/here/"),
        client.post(paths["letter"]),
        Client(enforce_csrf_checks=True).post(paths["sign"]),
        client.post(paths["sign"], b"{}", content_type="application/json"),
        client.get("/", headers={"Host": "bad host"}),
        client.post(paths["sign"], {}),
    ]

    assert [response.status_code for response in refusals] == [404, 405, 403, 415, 400, 422]
    for response in refusals:
        assert_guarded("refusal", response)


@pytest.mark.django_db
def test_fault_of_ours_is_guarded_and_tells_nothing(paths, settings, tmp_path):
    settings.KEYS_FILE, settings.MAKE_MISSING_KEYS = str(tmp_path / "missing.json"), False
    keyring.forget()

    response = Client(raise_request_exception=False).get(paths["sign"])

    keyring.forget()
    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
    assert "missing.json" not in response.content.decode()
    assert "Traceback" not in response.content.decode()
    assert_guarded("500", response)


def test_caught_mail_may_be_framed_by_the_mailbox_alone(client, paths):
    response = client.get(paths["mailbox-html"])

    assert response.content == b"<b>Hello</b>"
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert policy_of(response) == {**CSP, "frame-ancestors": "'self'", "style-src": "'unsafe-inline'"}


def test_page_of_one_person_is_stored_and_indexed_nowhere(client, paths, subtests):
    for name in (*FORMS, "mine-data", "mine-proof", "mailbox", "mailbox-json", "mailbox-html"):
        with subtests.test(name=name):
            response = client.get(paths[name])

            assert (response.headers["Cache-Control"], response.headers["X-Robots-Tag"]) == ("no-store", "noindex")


@pytest.mark.database
@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_writes_nothing(paths, method):
    before = rows_of_all_tables()
    visitor = Client(raise_request_exception=False)

    for _ in range(2):
        for path in [*paths.values(), *every_path()]:
            getattr(visitor, method)(path)

    assert rows_of_all_tables() == before


@pytest.mark.database
def test_looking_writes_nothing_before_the_first_count(client, paths):
    Tally.objects.all().delete()
    before = rows_of_all_tables()

    shown = {name: client.get(paths[name]).status_code for name in READ}

    assert shown == dict.fromkeys(READ, 200)
    assert rows_of_all_tables() == before


@pytest.mark.django_db
def test_operator_who_looks_writes_nothing(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    make_signature()
    before = rows_of_all_tables()

    for path in every_path():
        client.get(path)

    assert rows_of_all_tables() == before


@pytest.mark.parametrize("name", ["socialaccount_signup", "socialaccount_connections", "account_confirm_email"])
def test_no_login_makes_an_account_and_no_opened_link_confirms_one(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize("name", ["sign", "sent", "mine-link", "confirm", "not-me", "mine"])
def test_form_sent_without_its_mark_changes_nothing(paths, name):
    before = rows_of_all_tables()

    response = Client(enforce_csrf_checks=True).post(paths[name], {"action": "withdraw", "email": "bob@example.org"})

    assert response.status_code == 403
    assert rows_of_all_tables() == before
