"""What a login leaves behind when it is never finished."""

from datetime import timedelta

import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from campaign.celery import app
from letters.accounts.tasks import forget_sessions


def test_expired_session_is_deleted_and_a_live_one_stays(db):
    for seconds in (900, 7200):
        session = Client().session
        session["saml"] = "an assertion"
        session.set_expiry(seconds)
        session.save()

    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        forget_sessions()

    assert [row.get_decoded()["_session_expiry"] for row in Session.objects.all()] == [7200]


def test_clock_forgets_sessions():
    entries = app.conf.beat_schedule.values()

    assert "accounts.forget_sessions" in [entry["task"] for entry in entries]
