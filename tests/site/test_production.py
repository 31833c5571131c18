"""The site as production runs it, in processes of its own: what it refuses, what it lacks, what it adds."""

import json
import shutil

import pytest

from letters.core import keyring
from letters.signatures import counting
from tests.factories import make_letter
from tests.site.processes import command, web

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "k3Jw0-vQ8n_TzR5yLxB2cHd7fMgP9sUaE1oXiNqWt4VbYj6KrC"
PROXY = {"Host": "letters.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.1"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("production")


@pytest.fixture
def production(folder):
    keys = folder / "keys.json"
    if not keys.exists():
        keyring.write(keys, keyring.fresh_document())
    return {
        "UNDERSIGNED_ENV": "production",
        "SECRET_KEY": SECRET,
        "KEYS_FILE": str(keys),
        "DATA_DIR": str(folder),
        "SITE_URL": "https://letters.example.org",
        "ALLOWED_HOSTS": None,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": "smtp://user:password@127.0.0.1:1/",
        "TRUSTED_PROXY_COUNT": "1",
    }


def test_deployment_checks_are_clean(production):
    printed, code = command("check", "--deploy", "--fail-level", "WARNING", **production)

    assert (printed, code) == ("System check identified no issues (0 silenced).\n", 0)


def test_missing_secret_is_one_sentence(production):
    printed, code = command("check", **{**production, "SECRET_KEY": None})

    assert (printed, code) == (
        "SECRET_KEY is not set: sessions and forms are signed with it (docs/configuration.md).\n",
        1,
    )


def broken_key_files(folder):
    fresh = keyring.fresh_document()
    twice = {**fresh, "index": fresh["field"]}
    short = {**fresh, "token": [{"id": 1, "key": "c2hvcnQ="}]}
    yield "missing", None, "There is no key file."
    yield "reused", json.dumps(twice), "The key file uses one key twice."
    yield "short", json.dumps(short), "A token key is not 32 random bytes"
    yield "broken", "{", "The key file cannot be read"


@pytest.mark.parametrize("which", ["missing", "reused", "short", "broken"])
def test_broken_key_file_stops_the_start(production, tmp_path, which):
    path = tmp_path / "keys.json"
    (content, sentence) = next(found[1:] for found in broken_key_files(tmp_path) if found[0] == which)
    if content is not None:
        path.write_text(content)

    printed, code = command("check", **{**production, "KEYS_FILE": str(path)})

    assert (sentence in printed, "Traceback" in printed, code) == (True, False, 1)


def test_web_server_does_not_start_without_its_keys(production, tmp_path):
    with (
        pytest.raises(AssertionError, match="There is no key file"),
        web(**{**production, "KEYS_FILE": str(tmp_path / "missing.json")}),
    ):
        pass


def test_production_has_no_mailbox_and_guards_cookies_and_transport(production, folder):
    letter = make_letter(slug="lift")
    counting.refresh()
    printed, code = command("collectstatic", "--noinput", "-v", "0", "-i", "admin", **production)
    assert (printed, code) == ("", 0)

    with web(**production) as site:
        plain = site.get("/letters/lift/", Host="letters.example.org")
        page = site.get("/letters/lift/", **PROXY)
        form = site.get("/letters/lift/sign/", **PROXY)
        mailbox = [site.get(path, **PROXY).status for path in ("/mailbox/", "/mailbox/messages.json", "/mailbox/1-1/")]
        stranger = site.get("/letters/lift/", **{**PROXY, "Host": "evil.example"})
        alive = site.get("/healthz", Host="letters.example.org")

    assert mailbox == [404, 404, 404]
    assert (plain.status, plain.headers["Location"]) == (301, "https://letters.example.org/letters/lift/")
    assert (page.status, page.headers["Strict-Transport-Security"]) == (
        200, "max-age=31536000; includeSubDomains; preload",
    )  # fmt: skip
    assert b"Mailbox" not in page.content
    assert letter.version.title.encode() in page.content
    assert (form.status, [part for part in ("Secure", "HttpOnly", "SameSite=Lax") if part in form.cookies[0]]) == (
        200,
        ["Secure", "HttpOnly", "SameSite=Lax"],
    )
    assert (stranger.status, alive.status) == (400, 200)
    shutil.rmtree(folder / "static")


def test_caught_backend_refuses_production(production):
    code = (
        "from django.core.mail import get_connection\n"
        "from django.core.exceptions import ImproperlyConfigured\n"
        "try:\n    get_connection('letters.outbox.mailbox.CaughtBackend')\n"
        "except ImproperlyConfigured as error:\n    print(error)\n"
    )

    printed, _ = command("shell", "--no-imports", "-c", code, **production)

    assert printed == "The caught mailbox exists in development only; set EMAIL_URL.\n"
