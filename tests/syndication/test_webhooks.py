"""Webhooks: what is told when, that it is told once, signed, over real HTTP, again after failures, and to nobody inside
our own network."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from letters.core.errors import RuleError
from letters.documents import publishing
from letters.outbox.models import Message
from letters.outreach import timeline
from letters.outreach.models import Event
from letters.signatures import counting, managing, rotating
from letters.syndication import calling, emails, hooking, retaining, telling
from letters.syndication.enums import Happening
from letters.syndication.models import Call, Webhook
from tests import anonymous
from tests.factories import make_letter, make_words, sign_and_confirm
from tests.key_files import own_keys
from tests.web_server import WebServer, page, redirect

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(settings):
    settings.FETCH_ALLOW_LOCAL = True
    with WebServer() as server:
        server.pages["/hook"] = page("thanks")
        yield server


@pytest.fixture
def hook(letter, alice, web):
    row, row.shown = hooking.make(
        letter, url=f"http://127.0.0.1:{web.port}/hook", events=Happening.values, by=alice,
        now=timezone.now() - timedelta(minutes=5),
    )  # fmt: skip
    return row


def kinds():
    return list(Call.objects.order_by("pk").values_list("kind", flat=True))


# --- what is told ---


def test_what_happens_is_told_once(letter, alice, hook):
    publishing.set_words(letter, make_words(body="Another text."), by="test")
    letter.refresh_from_db()
    publishing.move(letter, "closed", by="test")
    entry = timeline.Entry(kind="media", happened_on=timezone.now().date(), title="Secret words")
    event = timeline.add(letter, entry, by=alice)

    telling.collect()
    telling.collect()

    assert {"letter.closed", "timeline.added"} <= set(kinds())
    assert len(kinds()) == len(set(Call.objects.values_list("origin", flat=True)))
    body = json.loads(Call.objects.get(kind="timeline.added").body)
    assert body["data"]["entry"] == str(event.public_id)
    assert body["data"]["letter_url"].endswith("/letters/lift/")


def test_nothing_that_is_told_names_anybody(letter, alice, hook):
    row = sign_and_confirm(letter, display_name="Cora Canary", comment="Xylophone")
    counting.refresh()
    telling.collect()
    managing.withdraw(row.public_id)
    counting.refresh()
    entry = timeline.Entry(kind="media", happened_on=timezone.now().date(), title="Cora Canary speaks", text="Canary")
    timeline.add(letter, entry, by=alice)
    telling.collect(now=timezone.now() + timedelta(minutes=2))

    assert {"counts.changed", "correction.recorded", "timeline.added"} <= set(kinds())
    told = " ".join(Call.objects.values_list("body", flat=True))
    assert [word for word in ("Canary", "Xylophone", "example.com", str(row.public_id)) if word in told] == []


def test_counts_are_told_once_a_minute_and_only_when_they_differ(letter, hook):
    begun = timezone.now()
    telling.collect(now=begun)
    assert "counts.changed" not in kinds()
    sign_and_confirm(letter)
    counting.refresh()
    telling.collect(now=begun + timedelta(seconds=1))
    sign_and_confirm(letter, "bob")
    counting.refresh()
    telling.collect(now=begun + timedelta(seconds=30))
    telling.collect(now=begun + timedelta(seconds=62))
    telling.collect(now=begun + timedelta(seconds=200))

    told = [
        json.loads(call.body)["data"]["persons"] for call in Call.objects.filter(kind="counts.changed").order_by("pk")
    ]
    assert told == [1, 2]


def test_a_name_that_is_withheld_is_told_when_its_line_is_printed(letter, hook, alice):
    signature = anonymous.ask(letter)
    counting.refresh()
    telling.collect()
    anonymous.accept(signature, alice)
    counting.refresh()
    telling.collect(now=timezone.now() + timedelta(minutes=2))

    told = [json.loads(call.body)["data"] for call in Call.objects.filter(kind="counts.changed").order_by("pk")]
    assert [(data["withheld"], data["anonymised"]) for data in told] == [(1, 0), (1, 1)]
    words = " ".join(Call.objects.values_list("body", flat=True))
    assert not [word for word in ("Suzie", "Cryptography", "University") if word in words]


def test_only_what_was_chosen_is_told(letter, alice, hook):
    hooking.change(hook, url="", events=["letter.closed"], by=alice)
    sign_and_confirm(letter)
    counting.refresh()
    publishing.move(letter, "closed", by="test")
    telling.collect()

    assert kinds() == ["letter.closed"]


@pytest.mark.parametrize("state", ["draft", "private", "embargoed"])
def test_nothing_is_told_of_an_unpublished_letter(alice, hook, state):
    hidden = make_letter(slug="hidden", state=state)
    hooking.make(hidden, url="http://127.0.0.1:1/", events=Happening.values, by=alice)
    now = timezone.now()
    Event.objects.create(letter=hidden, kind="media", happened_on=now.date(), created_at=now)
    telling.collect(now=timezone.now() + timedelta(minutes=5))

    assert not Call.objects.filter(webhook__letter=hidden).exists()


# --- how it is sent ---


def test_call_arrives_signed(letter, hook, web):
    hooking.ping(hook)

    assert calling.deliver_due() == 1

    ((path, headers),) = web.seen
    ((_, body),) = web.posted
    call = Call.objects.get()
    message_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    key = base64.b64decode(hook.shown.removeprefix("whsec_"))
    expected = hmac.new(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    assert path == "/hook"
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"
    assert message_id == f"msg_{call.public_id.hex}"
    assert abs(int(timestamp) - timezone.now().timestamp()) < 60
    assert (headers["content-type"], json.loads(body)["type"]) == ("application/json", "ping")
    assert (call.state, call.status, call.attempts) == ("sent", 200, 1)


def test_signature_is_that_of_the_published_example():
    """Source: the test vector of the Standard Webhooks libraries."""
    found = calling.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )

    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_failed_call_is_tried_again_later_with_its_id(hook, web, time_machine):
    web.pages["/hook"] = page("busy", status=503)
    hooking.ping(hook)
    assert calling.deliver_due() == 0
    call = Call.objects.get()
    assert (call.state, call.status, call.error, call.attempts) == ("due", 503, "http-503", 1)
    assert calling.deliver_due() == 0
    assert len(web.seen) == 1, "it waits"

    web.pages["/hook"] = page("thanks", status=204)
    time_machine.move_to(call.next_at + timedelta(seconds=1))

    assert calling.deliver_due() == 1
    first, second = (headers for _, headers in web.seen)
    assert first["webhook-id"] == second["webhook-id"]
    hook.refresh_from_db()
    assert (hook.failing_since, hook.taken_at is not None) == (None, True)


def test_receiver_that_is_away_or_leads_elsewhere_has_not_taken_it(hook, web, alice):
    web.pages["/hook"] = redirect("/elsewhere")
    hooking.ping(hook)
    calling.deliver_due()
    hooking.change(hook, url="http://127.0.0.1:9/", events=["letter.closed"], by=alice)
    hooking.ping(hook)
    calling.deliver_due()

    assert list(Call.objects.order_by("pk").values_list("status", "error")) == [
        (302, "http-302"), (None, "fetch-unreachable"),
    ]  # fmt: skip
    assert [path for path, _ in web.seen] == ["/hook"]


def test_call_whose_worker_died_is_sent_by_another(hook, web):
    hooking.ping(hook)
    now = timezone.now()

    assert len(calling.claim(now=now)) == 1
    assert calling.claim(now=now + calling.LEASE - timedelta(seconds=1)) == []
    assert len(calling.claim(now=now + calling.LEASE + timedelta(seconds=1))) == 1


def test_slow_receiver_delays_its_own_calls_alone(letter, alice, hook, web):
    other, _ = hooking.make(letter, url=f"http://127.0.0.1:{web.port}/other", events=["letter.closed"], by=alice)
    for _ in range(3):
        hooking.ping(hook)
    hooking.ping(other)

    claimed = calling.claim()

    assert sorted(call.webhook_id for call in claimed) == sorted([hook.pk, other.pk])


def test_three_days_of_failure_pause_it_and_tell_the_team_once(hook, web, time_machine):
    web.pages["/hook"] = page("no", status=500)
    for days in (0, 1, 2, 4):
        time_machine.move_to(timezone.now() + timedelta(days=days))
        hooking.ping(hook)
        calling.deliver_due()

    hook.refresh_from_db()
    assert (hook.state, hook.paused_why) == ("paused", "failing")
    assert Call.objects.filter(state="dead").exists()
    (message,) = Message.objects.filter(kind="webhook_paused")
    mail = emails.build_paused([message])[message.pk]
    assert (mail.to, "127.0.0.1" in mail.text) == ("alice@example.org", True)


def test_gone_pauses_it_at_once_and_it_goes_on_by_hand(hook, web, alice, letter):
    web.pages["/hook"] = page("gone", status=410)
    hooking.ping(hook)
    calling.deliver_due()
    hook.refresh_from_db()
    assert (hook.state, hook.paused_why) == ("paused", "gone")
    publishing.move(letter, "closed", by="test")
    telling.collect()
    assert kinds() == ["ping"]

    web.pages["/hook"] = page("thanks")
    hooking.resume(hook, by=alice)
    calling.deliver_due()

    assert Call.objects.get(kind="ping").state == "sent"


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/", "https://127.0.0.1/", "https://localhost/x", "https://169.254.169.254/latest",
        "https://[::ffff:7f00:1]/", "https://user:pass@hooks.example.org/", "https://hooks.example.org:8443/",
        "file:///etc/passwd", "https://intranet/", "",
    ],
)  # fmt: skip
def test_address_inside_our_network_is_refused(letter, alice, url, settings):
    settings.FETCH_ALLOW_LOCAL = False

    with pytest.raises(RuleError) as caught:
        hooking.make(letter, url=url, events=["letter.closed"], by=alice)

    assert caught.value.code == "url"


def test_name_that_comes_to_lead_inside_is_not_called(hook, web, settings):
    """What was stored while it was allowed is checked again at every call."""
    settings.FETCH_ALLOW_LOCAL = False
    hooking.ping(hook)

    assert calling.deliver_due() == 0
    assert (web.seen, Call.objects.get().error) == ([], "fetch-url")


def test_address_and_secret_are_sealed_and_rotated(letter, alice, settings, tmp_path):
    settings.FETCH_ALLOW_LOCAL = False
    with own_keys(settings, tmp_path):
        row, secret = hooking.make(
            letter, url="https://hooks.example.org/x?token=abc", events=["letter.closed"], by=alice
        )
        assert b"abc" not in bytes(row.url_sealed) + bytes(row.secret_sealed)
        assert rotating.begin()
        for _ in rotating.rewrite():
            pass
        rotating.finish()

        row = Webhook.objects.get()
        assert (row.url, row.secret, row.host) == ("https://hooks.example.org/x?token=abc", secret, "hooks.example.org")


def test_call_is_sent_again_by_hand_with_its_id(hook, web):
    hooking.ping(hook)
    calling.deliver_due()

    hooking.send_again(Call.objects.get())
    calling.deliver_due()

    assert len({headers["webhook-id"] for _, headers in web.seen}) == 1
    assert len(web.seen) == 2


def test_log_is_forgotten_after_a_month(hook):
    hooking.ping(hook)

    assert retaining.run(now=timezone.now() + timedelta(days=29))["calls"] == 0
    assert retaining.run(now=timezone.now() + timedelta(days=31))["calls"] == 1


def test_webhook_that_is_deleted_while_it_is_called_stops_nothing(hook, web, alice):
    hooking.ping(hook)
    del web.pages["/hook"]
    (call,) = calling.claim()
    hooking.delete(hook, by=alice)

    assert not calling._send(call)
    assert Call.objects.count() == 0
