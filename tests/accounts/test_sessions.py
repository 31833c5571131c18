"""What a login leaves behind when it is never finished."""

import zlib
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaign.celery import app
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


def test_clock_forgets_sessions():
    entries = app.conf.beat_schedule.values()

    assert "accounts.forget_sessions" in [entry["task"] for entry in entries]
