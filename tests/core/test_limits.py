from datetime import timedelta

import pytest
import redis.connection
import time_machine
from django.conf import settings as site_settings

from letters.core import limits
from letters.core.limits import Limit
from tests.factories import utc
from tools import services

MINUTE = timedelta(minutes=1)
needs_redis = pytest.mark.skipif(not site_settings.REDIS_URL, reason="counts in this process when there is no Redis")


@pytest.fixture(autouse=True)
def rested(monkeypatch):
    """No test inherits another one's rest after a failure."""
    monkeypatch.setattr(limits._counters, "_rest_until", 0.0)


@pytest.fixture(params=[pytest.param("redis", marks=needs_redis), "memory"])
def counter(request, settings):
    if request.param == "memory":
        settings.REDIS_URL = ""


@pytest.mark.usefixtures("counter")
def test_take_allows_as_many_as_the_limit_and_then_says_how_long_to_wait():
    with time_machine.travel(utc("2026-11-23 14:00:40"), tick=False):
        answers = [limits.take(Limit("sign", "network", 3, MINUTE)) for _ in range(5)]

    assert answers == [0, 0, 0, 21, 21]


@pytest.mark.usefixtures("counter")
def test_take_counts_anew_in_the_next_window():
    with time_machine.travel(utc("2026-11-23 14:00:40"), tick=False) as clock:
        assert [limits.take(Limit("sign", "network", 1, MINUTE)) for _ in range(2)] == [0, 21]

        clock.shift(19)
        assert limits.take(Limit("sign", "network", 1, MINUTE)) == 2
        clock.shift(1)
        assert limits.take(Limit("sign", "network", 1, MINUTE)) == 0


@pytest.mark.usefixtures("counter")
def test_take_counts_each_action_key_and_length_by_itself():
    one = Limit("sign", "network", 1, MINUTE)
    others = [
        Limit("sign", "other", 1, MINUTE),
        Limit("code", "network", 1, MINUTE),
        Limit("sign", "network", 1, timedelta(hours=1)),
    ]

    assert limits.take(one) == 0
    assert [limits.take(other) for other in others] == [0, 0, 0]
    assert limits.take(one) > 0


@pytest.mark.usefixtures("counter")
def test_take_refuses_when_any_limit_is_reached_and_names_its_wait():
    hourly, minutely = Limit("sign", "letter", 1, timedelta(hours=1)), Limit("sign", "network", 1, MINUTE)
    with time_machine.travel(utc("2026-11-23 14:59:30"), tick=False):
        assert limits.take(minutely) == 0
        assert limits.take(hourly, minutely) == 31
    with time_machine.travel(utc("2026-11-23 14:20:00"), tick=False):
        assert limits.take(hourly) == 2401
        assert limits.take(hourly, minutely) == 2401


@pytest.mark.usefixtures("counter")
def test_whoever_is_over_their_own_limit_uses_up_nothing_that_others_share():
    mine, theirs = Limit("sign", "my network", 2, MINUTE), Limit("sign", "your network", 2, MINUTE)
    shared = Limit("sign", "letter", 4, MINUTE)

    with time_machine.travel(utc("2026-11-23 14:00:40"), tick=False):
        flood = [limits.take(mine, shared) for _ in range(50)]
        honest = [limits.take(theirs, shared) for _ in range(2)]

        assert (flood, honest) == ([0, 0, *[21] * 48], [0, 0])
        assert limits.take(Limit("sign", "third network", 2, MINUTE), shared) == 21


def test_take_without_limits_allows():
    assert limits.take() == 0


def test_forget_all_counts_anew(settings):
    settings.REDIS_URL = ""
    limit = Limit("sign", "network", 1, MINUTE)
    assert [limits.take(limit), limits.take(limit) > 0] == [0, True]

    limits.forget_all()

    assert limits.take(limit) == 0


def test_window_name_does_not_tell_the_key():
    name, _, _ = Limit("sign", "192.0.2.7", 1, MINUTE).window(0.0)

    assert "192.0.2.7" not in name
    assert name == Limit("sign", "192.0.2.7", 99, MINUTE).window(59.9)[0]
    assert name != Limit("sign", "192.0.2.7", 1, MINUTE).window(60.0)[0]


def test_memory_lets_go_of_windows_that_ended(settings, monkeypatch):
    settings.REDIS_URL = ""
    monkeypatch.setattr(limits, "MEMORY_KEYS", 3)
    monkeypatch.setattr(limits._counters.memory, "_counts", {f"old-{n}": (1, 0.0) for n in range(9)})

    limits.take(Limit("sign", "network", 1, MINUTE))

    assert len(limits._counters.memory._counts) == 1


def test_memory_stays_bounded_under_a_flood(settings, monkeypatch):
    settings.REDIS_URL = ""
    monkeypatch.setattr(limits, "MEMORY_KEYS", 10)

    for number in range(100):
        limits.take(Limit("sign", f"network-{number}", 1, MINUTE))

    assert len(limits._counters.memory._counts) <= 10
    assert limits.take(Limit("sign", "network-99", 1, MINUTE)) > 0  # the newest are remembered


def test_take_falls_back_to_this_process_while_redis_is_away(settings, caplog):
    settings.REDIS_URL = f"redis://127.0.0.1:{services.free_port()}/0"
    limit = Limit("sign", "network", 2, MINUTE)

    with time_machine.travel(utc("2026-11-23 14:00:40"), tick=False):
        answers = [limits.take(limit) for _ in range(3)]

    assert answers == [0, 0, 21]
    assert [record.getMessage() for record in caplog.records] == [
        "limits: Redis is away (ConnectionError), counting in this process"
    ]


@needs_redis
def test_take_goes_on_counting_here_while_redis_is_away_and_asks_it_again_after_a_rest(settings, monkeypatch, caplog):
    usual, limit = settings.REDIS_URL, Limit("sign", "network", 1, timedelta(hours=1))
    with time_machine.travel(utc("2026-11-23 14:00:40"), tick=False):
        assert limits.take(limit) == 0

        settings.REDIS_URL = f"redis://127.0.0.1:{services.free_port()}/0"
        assert limits.take(limit) > 0  # a hiccup does not open the door anew
        settings.REDIS_URL = usual
        limits.forget_all()
        assert limits.take(limit) == 0  # still counted here: Redis would refuse

        monkeypatch.setattr(limits._counters, "_rest_until", 0.0)
        assert limits.take(limit) > 0  # Redis remembers
    assert len(caplog.records) == 1


@needs_redis
def test_take_costs_one_round_trip_whatever_the_number_of_limits(monkeypatch):
    limits.take(Limit("warm", "connection", 1, MINUTE))
    sent = []
    send = redis.connection.AbstractConnection.send_packed_command
    monkeypatch.setattr(
        redis.connection.AbstractConnection,
        "send_packed_command",
        lambda self, command, **kw: (sent.append(command), send(self, command, **kw))[1],
    )

    limits.take(*[Limit("sign", f"key-{number}", 1, MINUTE) for number in range(4)])

    assert len(sent) == 1


@needs_redis
def test_counters_in_redis_end_with_their_window(settings):
    client = redis.Redis.from_url(settings.REDIS_URL)
    with client:
        limits.take(Limit("sign", "network", 1, MINUTE))
        lifetimes = [client.ttl(name) for name in client.scan_iter("limit:*")]

    assert len(lifetimes) == 1
    assert 0 < lifetimes[0] <= 61


@pytest.mark.usefixtures("counter")
def test_spend_tells_what_is_left_of_the_window():
    with time_machine.travel(utc("2026-11-23 14:00:40"), tick=False):
        found = [limits.spend(Limit("api", "network", 2, MINUTE)) for _ in range(3)]

    assert [(standing.left, standing.seconds, standing.is_over) for standing in found] == [
        (1, 21, False), (0, 21, False), (0, 21, True),
    ]  # fmt: skip
