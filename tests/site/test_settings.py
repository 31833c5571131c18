"""Production starts with all its secrets or not at all, and switches on what protects a browser."""

import runpy
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[2]
SECRET = "k3Jw0-vQ8n_TzR5yLxB2cHd7fMgP9sUaE1oXiNqWt4VbYj6KrC"  # fifty characters
PRODUCTION = {
    "UNDERSIGNED_ENV": "production",
    "SECRET_KEY": SECRET,
    "KEYS_FILE": "keys.json",
    "SITE_URL": "https://letters.example.org",
    "DATABASE_URL": "postgres://undersigned:password@127.0.0.1:5432/undersigned",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "EMAIL_URL": "smtp://user:p%40ss@mail.example.org:587/?tls=1",
}
OTHERS = (
    "ALLOWED_HOSTS", "ANYMAIL_BACKEND", "ANYMAIL_POSTMARK_SERVER_TOKEN", "ANYMAIL_WEBHOOK_SECRET", "CONFIRM_DAYS",
    "DNS_SERVERS", "LOG_LEVEL", "MAIL_FROM", "PORT", "REMIND_DAYS", "SECRET_KEY_FALLBACKS", "SECURITY_POLICY",
    "SIGN_LIMIT_NETWORK", "SITE_NAME", "TRUSTED_PROXY_COUNT",
)  # fmt: skip


@pytest.fixture
def settings_for(monkeypatch):
    """The settings module as a new process with these variables would read it."""

    def read(base=PRODUCTION, /, **changes):
        for name in (*PRODUCTION, *OTHERS):
            monkeypatch.delenv(name, raising=False)
        for name, value in {**base, **changes}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "campaign/settings.py"))

    return read


def refusal(read, *args, **changes):
    with pytest.raises(ImproperlyConfigured) as caught:
        read(*args, **changes)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("SECRET_KEY", "SECRET_KEY is not set: sessions and forms are signed with it (docs/configuration.md)."),
        (
            "KEYS_FILE",
            "KEYS_FILE is not set: addresses are sealed with the keys in it; make it with `manage.py keys init` "
            "(docs/configuration.md).",
        ),
        (
            "DATABASE_URL",
            "DATABASE_URL is not set: for example postgres://user:password@host/name (docs/configuration.md).",
        ),
        (
            "REDIS_URL",
            "REDIS_URL is not set: it wakes the workers and counts the limits (docs/configuration.md).",
        ),
        ("EMAIL_URL", "Set EMAIL_URL or ANYMAIL_BACKEND: letters without mail cannot be signed."),
        ("SITE_URL", "SITE_URL is “”: it must begin with https:// and hold a host and no path."),
    ],
)
def test_production_without_one_secret_is_refused(settings_for, name, sentence):
    rest = {key: value for key, value in PRODUCTION.items() if key != name}

    assert refusal(settings_for, rest) == sentence


def test_production_with_a_blank_secret_is_refused(settings_for):
    assert refusal(settings_for, SECRET_KEY="  ").startswith("SECRET_KEY is not set")


def test_production_with_a_short_secret_is_refused(settings_for):
    expected = "SECRET_KEY is too short: use at least 50 random characters."

    assert refusal(settings_for, SECRET_KEY=SECRET[:49]) == expected
    assert settings_for(SECRET_KEY=SECRET)["SECRET_KEY"] == SECRET


def test_production_with_the_secret_of_development_is_refused(settings_for):
    known = settings_for({})["SECRET_KEY"]

    sentence = "SECRET_KEY is the one of development, which everybody knows: make a random one."
    assert refusal(settings_for, SECRET_KEY=known) == sentence
    assert refusal(settings_for, SECRET_KEY_FALLBACKS=f"{SECRET[::-1]},{known}") == sentence


def test_mail_service_without_webhook_secret_is_refused(settings_for):
    sentence = "ANYMAIL_WEBHOOK_SECRET is not set: without it anybody could block addresses (docs/configuration.md)."

    assert refusal(settings_for, ANYMAIL_BACKEND="postmark") == sentence


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("UNDERSIGNED_ENV", "prod", "UNDERSIGNED_ENV is “prod”: it must be one of development, production."),
        ("PORT", "abc", "PORT is “abc”: it must be a whole number from 1 to 65535."),
        ("PORT", "70000", "PORT is “70000”: it must be a whole number from 1 to 65535."),
        ("TRUSTED_PROXY_COUNT", "-1", "TRUSTED_PROXY_COUNT is “-1”: it must be a whole number from 0 to 10."),
        ("REMIND_DAYS", "2;7", "REMIND_DAYS is “2;7”: it must be whole numbers parted by commas."),
        ("DATABASE_URL", "mysqlite", "DATABASE_URL must begin with postgres:// or postgresql:// or sqlite://."),
        ("DATABASE_URL", "mysql://u:p@h/n", "DATABASE_URL must begin with postgres:// or postgresql:// or sqlite://."),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must begin with redis:// or rediss://."),
        ("SECURITY_POLICY", "javascript:alert(1)", "SECURITY_POLICY must begin with https://."),
        (
            "LOG_LEVEL",
            "LOUD",
            "LOG_LEVEL is “LOUD”: it must be one of INFO, DEBUG, WARNING, ERROR, CRITICAL.",
        ),
        (
            "EMAIL_URL",
            "smtp://h:587/?tls=1&ssl=1",
            "EMAIL_URL has tls=1 and ssl=1: leave out the one that the mail server does not speak.",
        ),
        (
            "MAIL_FROM",
            "a@b.example\nBcc: c@d.example",
            "MAIL_FROM is “a@b.example\nBcc: c@d.example”: it must be one line such as Letters <letters@example.org>.",
        ),
        ("MAIL_FROM", "us", "MAIL_FROM is “us”: it must be one line such as Letters <letters@example.org>."),
        ("EMAIL_URL", "mail.example.org", "EMAIL_URL must look like smtp://user:password@host:587/?tls=1."),
        ("EMAIL_URL", "smtp://h:99999", "EMAIL_URL has a port that is not a number from 1 to 65535."),
        (
            "SITE_URL",
            "http://letters.example.org",
            "SITE_URL is “http://letters.example.org”: it must begin with https:// and hold a host and no path.",
        ),
        (
            "SITE_URL",
            "https://example.org/letters",
            "SITE_URL is “https://example.org/letters”: it must begin with https:// and hold a host and no path.",
        ),
        *[
            ("SITE_URL", url, f"SITE_URL is “{url}”: it must begin with https:// and hold a host and no path.")
            for url in (
                "https://u:p@example.org",
                "https://example.org?x",
                "https://example.org#x",
                "https://lëtters.example",
            )
        ],
    ],
)
def test_value_that_cannot_be_meant_is_refused(settings_for, name, value, sentence):
    assert refusal(settings_for, **{name: value}) == sentence


def test_production_protects_cookies_and_transport(settings_for):
    found = settings_for()

    assert {
        name: found[name]
        for name in (
            "DEBUG", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
            "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD", "ALLOWED_HOSTS", "MAKE_MISSING_KEYS",
        )
    } == {
        "DEBUG": False,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SECURE_HSTS_PRELOAD": True,
        "ALLOWED_HOSTS": ["letters.example.org"],
        "MAKE_MISSING_KEYS": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    "host", ["*", "*.example.org", "https://letters.example.org", "letters.example.org:443", "example.org/", "."]
)
def test_host_that_lets_in_any_or_none_is_refused(settings_for, host):
    assert refusal(settings_for, ALLOWED_HOSTS=f"letters.example.org, {host}") == (
        f"ALLOWED_HOSTS names “{host}”: it must be a host name such as letters.example.org, without https://, port "
        "or *; leave it out to answer for the host of SITE_URL alone."
    )


def test_hosts_that_can_be_meant_are_taken(settings_for):
    named = settings_for(ALLOWED_HOSTS="letters.example.org,.example.net, 192.0.2.1,[2001:db8::1]")

    assert named["ALLOWED_HOSTS"] == ["letters.example.org", ".example.net", "192.0.2.1", "[2001:db8::1]"]
    assert settings_for(UNDERSIGNED_ENV="development", ALLOWED_HOSTS="*")["ALLOWED_HOSTS"] == ["*"]


@pytest.mark.parametrize(("count", "believed"), [("0", False), ("1", True)])
def test_forwarded_protocol_is_believed_only_behind_a_proxy(settings_for, count, believed):
    assert ("SECURE_PROXY_SSL_HEADER" in settings_for(TRUSTED_PROXY_COUNT=count)) is believed


def test_production_sends_by_the_mail_server_that_was_named(settings_for):
    found = settings_for()

    assert [found[f"EMAIL_{name}"] for name in ("BACKEND", "HOST", "PORT", "HOST_USER", "HOST_PASSWORD")] == [
        "django.core.mail.backends.smtp.EmailBackend",
        "mail.example.org",
        587,
        "user",
        "p@ss",
    ]
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (True, False)


def test_production_sends_by_the_mail_service_that_was_named(settings_for):
    found = settings_for(
        ANYMAIL_BACKEND="postmark", ANYMAIL_WEBHOOK_SECRET="user:password", ANYMAIL_POSTMARK_SERVER_TOKEN="abc"
    )

    assert found["EMAIL_BACKEND"] == "anymail.backends.postmark.EmailBackend"
    assert "anymail" in found["INSTALLED_APPS"]
    assert (found["ANYMAIL"]["WEBHOOK_SECRET"], found["ANYMAIL"]["POSTMARK_SERVER_TOKEN"]) == ("user:password", "abc")


def test_webhook_secret_without_a_user_is_refused(settings_for):
    sentence = "ANYMAIL_WEBHOOK_SECRET must be user:password."

    for secret in ("password", ":", "user:", ":password"):
        assert refusal(settings_for, ANYMAIL_BACKEND="postmark", ANYMAIL_WEBHOOK_SECRET=secret) == sentence


def test_development_needs_no_variable(settings_for, tmp_path):
    found = settings_for({}, DATA_DIR=str(tmp_path / "data"))

    assert found["EMAIL_BACKEND"] == "letters.outbox.mailbox.CaughtBackend"
    assert found["DATABASES"]["default"]["NAME"] == str(tmp_path / "data" / "undersigned.sqlite3")
    assert found["CELERY_BROKER_URL"].startswith("memory://")
    assert found["SITE_URL"] == "http://127.0.0.1:8000"
    assert (found["REMIND_DAYS"], found["CONFIRM_DAYS"]) == ((2, 7), 14)
    assert (found["SIGN_LIMIT_NETWORK"], found["SIGN_LIMIT_LETTER"]) == (600, 6000)


def test_name_servers_are_addresses_with_perhaps_a_port(settings_for):
    named = settings_for(DNS_SERVERS="192.0.2.1, 192.0.2.2:5353,2001:db8::1,[2001:db8::2]:54")

    assert settings_for()["DNS_SERVERS"] == []
    assert named["DNS_SERVERS"] == [("192.0.2.1", 53), ("192.0.2.2", 5353), ("2001:db8::1", 53), ("2001:db8::2", 54)]


@pytest.mark.parametrize(
    "server", ["dns.example.org", "192.0.2.1:x", "192.0.2.1:99999", "192.0.2", "[2001:db8::1", ":53"]
)
def test_what_is_no_name_server_is_refused(settings_for, server):
    assert refusal(settings_for, DNS_SERVERS=server) == (
        f"DNS_SERVERS names “{server}”: it must be an IP address, perhaps with a port, such as 192.0.2.1:53."
    )


def test_no_variable_opens_the_site_s_own_network(settings_for):
    assert settings_for(FETCH_ALLOW_LOCAL="1")["FETCH_ALLOW_LOCAL"] is False
