import threading
import uuid

import pytest
from django.db import connections, transaction

from letters.outbox import pulse, queueing, waking
from letters.outbox.models import Message
from letters.outbox.tasks import deliver
from tests.factories import make_message

PATIENCE = 10.0


def until_settled(amount, server):
    """Wait on the server's own event, never on the clock."""
    assert server.arrived(amount).wait(PATIENCE), f"{len(server.messages)} of {amount} arrived"


@pytest.fixture
def arriving(server):
    """``server`` with an event that is set when so many mails have come."""
    wanted, event, take = [10**9], threading.Event(), server.handle_DATA

    async def handle_DATA(*args):
        answer = await take(*args)
        if len(server.messages) >= wanted[0]:
            event.set()
        return answer

    def arrived(amount):
        wanted[0] = amount
        if len(server.messages) >= amount:
            event.set()
        return event

    server.handle_DATA, server.arrived = handle_DATA, arrived
    return server


@pytest.mark.database
@pytest.mark.usefixtures("note_kind", "celery_worker")
def test_wake_from_many_threads_at_once_loses_no_mail(arriving):
    threads_count, each, start = 8, 5, threading.Barrier(8)

    def work():
        start.wait()
        for _ in range(each):
            with transaction.atomic():
                queueing.queue("note", uuid.uuid4())
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(threads_count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    until_settled(threads_count * each, arriving)
    assert len({mail["Message-ID"] for mail in arriving.messages}) == threads_count * each


def test_wake_does_nothing_where_it_is_switched_off(settings, monkeypatch):
    settings.OUTBOX_WAKE = False
    fresh = waking._Waker()
    monkeypatch.setattr(waking, "_waker", fresh)

    waking.wake()

    assert fresh._thread is None


def test_wake_during_a_nudge_is_followed_by_another_nudge(monkeypatch):
    """A mail queued while the workers are being told must be told of as well."""
    running, released, second = threading.Event(), threading.Event(), threading.Event()

    def broker(*args, **kwargs):
        if running.is_set():
            second.set()
        running.set()
        assert released.wait(PATIENCE)

    monkeypatch.setattr(deliver.app.amqp, "send_task_message", broker)
    waker = waking._Waker()
    waker.wake()
    assert running.wait(PATIENCE)

    waker.wake()
    released.set()

    assert second.wait(PATIENCE)


def test_many_wakes_share_one_nudge(monkeypatch):
    nudges, two = [], threading.Event()

    def broker(*args, **kwargs):
        nudges.append(1)
        if len(nudges) == 2:
            two.set()

    monkeypatch.setattr(deliver.app.amqp, "send_task_message", broker)
    monkeypatch.setattr(waking, "GATHER_SECONDS", 0.02)
    waker = waking._Waker()

    for _ in range(500):
        waker.wake()

    two.wait(0.2)
    assert 1 <= len(nudges) <= 5


def test_wake_survives_a_broker_that_is_away(monkeypatch, caplog):
    """The nudge is lost, the caller is not: it returns at once and hears nothing of it."""
    waker, failed = waking._Waker(), threading.Event()

    def away(*args, **kwargs):
        failed.set()
        raise ConnectionRefusedError

    monkeypatch.setattr(deliver.app, "send_task", away)
    monkeypatch.setattr(deliver.app.amqp, "send_task_message", away)

    waker.wake()

    assert failed.wait(PATIENCE)
    assert waker._nudge() is False
    assert "outbox: no nudge (ConnectionRefusedError); the workers will look by themselves" in caplog.messages


@pytest.mark.django_db
@pytest.mark.usefixtures("note_kind")
def test_deliver_task_sends_what_is_due(server):
    make_message(kind="note")

    assert deliver() == 1

    assert len(server.messages) == 1
    assert Message.objects.get().state == "sent"


def test_pulse_does_every_duty_again_and_again_though_one_fails(caplog):
    rounds, twice = [], threading.Event()

    def failing():
        raise ZeroDivisionError

    def counting():
        rounds.append(1)
        if len(rounds) == 2:
            twice.set()

    beating = pulse.Pulse({"fail": failing, "count": counting}, every=0.001)
    beating.start()

    assert twice.wait(PATIENCE)
    beating.stop()
    done = len(rounds)
    assert not beating._thread.is_alive()
    assert len(rounds) == done
    assert "pulse: fail failed (ZeroDivisionError), will try again" in caplog.messages
