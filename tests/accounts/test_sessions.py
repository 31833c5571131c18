"""What a login leaves behind when it is never finished."""

import zlib
from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaign.celery import app
from campaign.templatetags.browsers import browser_in_words
from letters.accounts.tasks import forget_sessions
from tests.factories import CAST, make_user


def test_expired_session_is_deleted_and_a_live_one_stays(db):
    for seconds in (900, 7200):
        session = Client().session
        session["saml"] = "an assertion"
        session.set_expiry(seconds)
        session.save()

    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        forget_sessions()

    assert [row.get_decoded()["_session_expiry"] for row in Session.objects.all()] == [7200]


def test_code_of_a_login_under_way_is_sealed(client, db):
    make_user("alice")

    client.post(reverse("account_request_login_code"), {"email": CAST["alice"].email})

    row = Session.objects.get()
    assert "code" in str(row.get_decoded())
    stored = signing.b64_decode(row.session_data.lstrip(".").split(":")[0].encode())
    assert b"code" not in stored
    with pytest.raises(zlib.error):
        zlib.decompress(stored)


GECKO = "Mozilla/5.0 ({system}) Gecko/20100101 Firefox/140.0"
KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (GECKO.format(system="X11; Linux x86_64; rv:140.0"), "Firefox on Linux"),
        (GECKO.format(system="Android 15; Mobile; rv:140.0"), "Firefox on Android"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {KIT} Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {KIT} Version/26.0 Safari/605.1", "Safari on macOS"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {KIT} CriOS/140.0 Safari/604.1", "Chrome on iPhone"),
        ("curl/8.0", "curl/8.0"),
        ("Firefox <b>", "Firefox <b>"),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_its_owner_knows_it(agent, words):
    assert browser_in_words(agent) == words


def test_the_page_of_sessions_names_the_browser(client, db):
    client.force_login(alice := make_user("alice"))
    agent = GECKO.format(system="X11; Linux x86_64; rv:140.0")
    row = {"user": alice, "ip": "127.0.0.1", "user_agent": agent}
    UserSession.objects.update_or_create(session_key=client.session.session_key, defaults=row)

    page = client.get(reverse("usersessions_list"))

    assert "<bdi>Firefox on Linux</bdi>" in page.text


def test_clock_forgets_sessions():
    entries = app.conf.beat_schedule.values()

    assert "accounts.forget_sessions" in [entry["task"] for entry in entries]
