"""Who is asking, and how often: a university behind one address passes, a spoofed header helps nobody."""

import secrets
from uuid import uuid4

import pytest
from django.test import RequestFactory

from campaign import clients
from campaign.public import limits
from letters.signatures.models import Signature
from tests.factories import make_letter, utc
from tests.public.visitor import filled, form_with, open_form, send, sign_path


@pytest.fixture(autouse=True)
def within_one_window(time_machine, settings):
    """Limits count in fixed windows: a test that ran across a boundary would begin to count anew; and on a busy
    machine Redis may answer too late for one request and in time for the next."""
    time_machine.move_to(utc("2026-11-23 14:00"), tick=False)
    settings.REDIS_URL = ""


@pytest.fixture
def asked():
    def build(remote="198.51.100.7", forwarded=None):
        extra = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
        return RequestFactory().get("/", REMOTE_ADDR=remote, **extra)

    return build


def random_address():
    return ".".join(str(secrets.randbelow(256)) for _ in range(4))


@pytest.mark.parametrize(
    ("count", "forwarded", "expected"),
    [
        (0, None, "198.51.100.7"),
        (0, "203.0.113.1", "198.51.100.7"),
        (1, None, "198.51.100.7"),
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "6.6.6.6, 203.0.113.1", "203.0.113.1"),
        (1, "6.6.6.6,,203.0.113.1 , ", "203.0.113.1"),
        (2, "203.0.113.1", "198.51.100.7"),
        (2, "203.0.113.1, 10.0.0.1", "203.0.113.1"),
        (2, "6.6.6.6, 203.0.113.1, 10.0.0.1", "203.0.113.1"),
        (2, "", "198.51.100.7"),
    ],
)
def test_only_what_own_proxies_vouch_for_is_believed(asked, settings, count, forwarded, expected):
    settings.TRUSTED_PROXY_COUNT = count

    assert clients.address(asked(forwarded=forwarded)) == expected


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7/32"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("not an address", "unknown"),
        ("198.51.100.7:8080", "198.51.100.7/32"),
        ("[2001:db8::1]:443", "2001:db8::/64"),
    ],
)
def test_network_is_one_address_or_a_household(asked, address, network):
    assert clients.network(asked(address)) == network


@pytest.mark.parametrize(("count", "forwarded"), [(0, "{}"), (1, "{}, 203.0.113.9"), (2, "{}, 203.0.113.9, 10.0.0.1")])
def test_a_thousand_invented_addresses_are_one_client(asked, settings, count, forwarded):
    settings.TRUSTED_PROXY_COUNT, settings.SIGN_LIMIT_NETWORK = count, 500

    answers = [limits.signing(asked(forwarded=forwarded.format(random_address())), 1) for _ in range(1000)]

    assert [bool(wait) for wait in answers] == [False] * 500 + [True] * 500


def test_hopping_inside_one_household_is_one_client(asked, settings):
    settings.SIGN_LIMIT_NETWORK = 50

    inside = [limits.signing(asked(f"2001:db8:1:2::{number:x}"), 1) for number in range(100)]
    outside = limits.signing(asked("2001:db8:1:3::1"), 1)

    assert ([bool(wait) for wait in inside], outside) == ([False] * 50 + [True] * 50, 0)


def test_two_networks_do_not_slow_each_other(asked, settings):
    settings.SIGN_LIMIT_NETWORK = 1

    assert [bool(limits.signing(asked(remote), 1)) for remote in ("192.0.2.1", "192.0.2.2", "192.0.2.1")] == [
        False,
        False,
        True,
    ]


def test_one_letter_is_limited_over_all_networks(asked, settings):
    settings.SIGN_LIMIT_LETTER = 3

    waits = [limits.signing(asked(f"192.0.2.{number}"), 1) for number in range(5)]
    other = limits.signing(asked("192.0.2.9"), 2)

    assert ([bool(wait) for wait in waits], other) == ([False] * 3 + [True] * 2, 0)
    assert max(waits) <= 61


def test_one_flooding_network_keeps_nobody_else_from_a_letter_or_a_line(asked, settings):
    settings.SIGN_LIMIT_NETWORK, settings.SIGN_LIMIT_LETTER = 5, 8
    settings.DISPUTE_LIMIT, settings.QUESTION_LIMIT = 3, 2
    lines, flood, honest = [uuid4() for _ in range(6)], asked("192.0.2.1"), asked("192.0.2.2")

    for _ in range(20):
        limits.signing(flood, 1)
        for line in lines:
            limits.disputing(flood, line)
            limits.asking(flood, line)

    assert limits.signing(honest, 1) == 0
    assert [limits.disputing(honest, line) for line in lines[3:]] == [0, 0, 0]
    assert [limits.asking(honest, line) for line in lines[3:]] == [0, 0, 0]


@pytest.mark.django_db
def test_university_of_three_hundred_signs_from_one_address(client):
    letter = make_letter()

    answers = {
        client.post(sign_path(letter), filled(letter, email=f"person{number}@uni.example.edu")).status_code
        for number in range(300)
    }

    assert (answers, Signature.objects.count()) == ({303}, 300)


@pytest.mark.django_db
def test_six_hundred_and_first_form_of_ten_minutes_waits_and_is_kept(client, asked, time_machine):
    letter = make_letter()
    waits = [limits.signing(asked("127.0.0.1"), letter.pk) for _ in range(599)]
    data = open_form(client, letter)

    last = send(client, letter)
    beyond = client.post(sign_path(letter), data)
    time_machine.move_to(utc("2026-11-23 14:10"), tick=False)
    later = client.post(sign_path(letter), data)

    assert (set(waits), last.status_code, beyond.status_code, later.status_code) == ({0}, 303, 429, 303)
    assert beyond["Retry-After"] == "601"
    assert form_with(beyond, "display_name").fields["email"] == data["email"]


@pytest.mark.django_db
def test_spoofed_header_does_not_help_at_the_door(client, settings):
    settings.SIGN_LIMIT_NETWORK = 3
    letter = make_letter()

    answers = [
        client.post(sign_path(letter), filled(letter), headers={"X-Forwarded-For": random_address()}).status_code
        for _ in range(5)
    ]

    assert answers == [303] * 3 + [429] * 2


@pytest.mark.django_db
def test_reading_is_never_limited(client, settings):
    settings.SIGN_LIMIT_NETWORK = settings.SIGN_LIMIT_LETTER = 1
    letter = make_letter()

    assert {client.get(sign_path(letter)).status_code for _ in range(3)} == {200}


@pytest.mark.parametrize(
    ("address", "neighbourhood"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2:3::9", "2001:db8:1:2::/64"), ("nonsense", "unknown")],
)
def test_neighbourhood_is_what_floods_share(asked, address, neighbourhood):
    assert clients.neighbourhood(asked(address)) == neighbourhood
