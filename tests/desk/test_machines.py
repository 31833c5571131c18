"""Tokens and webhooks at the desk: made, shown once, ended."""

import re

import pytest
from django.urls import reverse

from letters.accounts.models import User
from letters.syndication import calling, granting
from letters.syndication.models import Call, Token, Webhook
from tests.desk.test_matrix import show_factor
from tests.factories import make_letter, make_team
from tests.public.visitor import words_of
from tests.web_server import WebServer, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter():
    letter = make_letter(slug="lift")
    make_team("alice", letter=letter)
    return letter


@pytest.fixture
def desk(client, letter):
    alice = User.objects.get(email="alice@example.org")
    client.force_login(alice)
    show_factor(client, alice)
    return client


TOKENS, HOOKS = "/desk/lift/tokens/", "/desk/lift/webhooks/"
GOOD = {"name": "Our <site>", "scopes": ["read:numbers"], "days": "30"}


def secret_of(answer):
    found = re.findall(r'<code id="secret">([^<]+)</code>', answer.content.decode())
    return found[0] if found else ""


def test_token_is_shown_once_and_opens(desk):
    answer = desk.post(TOKENS, GOOD)

    secret = secret_of(answer)
    assert granting.find(secret).name == "Our <site>"
    later = desk.get(TOKENS)
    assert (secret_of(later), "Our &lt;site&gt;" in later.content.decode()) == ("", True)
    assert secret not in later.content.decode()


def test_token_page_asks_for_a_second_factor(client, letter):
    client.force_login(User.objects.get(email="alice@example.org"))

    assert client.get(TOKENS).headers["Location"].startswith("/desk/account/second-factor/")
    assert client.post(TOKENS, GOOD).status_code == 403
    assert not Token.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Name the program that will have it."),
        ({"scopes": []}, "Choose what it may do."),
        ({"scopes": ["export:contacts"]}, "Choose one of the lists that your team may export."),
        ({"scopes": ["export:contacts"], "contact_list": "updates"}, "Choose what the list is for."),
        ({"scopes": ["export:contacts"], "contact_list": "updates", "purpose": "update"}, "in a few words"),
        ({"scopes": ["export:contacts"], "contact_list": "updates", "purpose": "update", "reason": "Our newsletter",
          "days": "365"}, "from 1 to 90 days"),
    ],
)  # fmt: skip
def test_mistake_comes_back_with_what_was_typed(desk, changes, sentence):
    answer = desk.post(TOKENS, {**GOOD, **changes})

    assert (answer.status_code, sentence in words_of(answer)) == (422, True)
    assert 'value="Our &lt;site&gt;"' in answer.content.decode() or changes.get("name") == ""
    assert not Token.objects.exists()


def test_revoked_token_opens_nothing_and_that_of_another_letter_is_not_found(desk):
    desk.post(TOKENS, GOOD)
    row = Token.objects.get()
    other = make_letter(slug="other")
    make_team("bob", letter=other)

    assert desk.post(TOKENS, {"action": "revoke", "token": row.public_id}).status_code == 303
    assert Token.objects.get().revoked_at is not None
    Token.objects.update(letter=other, revoked_at=None)
    for token in (row.public_id, "x", ""):
        assert desk.post(TOKENS, {"action": "revoke", "token": token}).status_code == 404
    assert Token.objects.get().revoked_at is None


def test_webhook_is_made_tested_and_read_in_its_log(desk, settings):
    settings.FETCH_ALLOW_LOCAL = True
    with WebServer() as web:
        web.pages["/hook"] = page("thanks")
        answer = desk.post(HOOKS, {"url": f"http://127.0.0.1:{web.port}/hook", "events": ["letter.closed"]})
        assert secret_of(answer).startswith("whsec_")
        path = reverse("desk:webhook", args=["lift", Webhook.objects.get().public_id])
        assert desk.post(path, {"action": "ping"}).status_code == 303
        calling.deliver_due()
        shown = desk.get(path)
        assert secret_of(shown) == ""
        assert "/hook" not in shown.content.decode()
        assert ("ping" in words_of(shown), "taken" in words_of(shown)) == (True, True)

        desk.post(path, {"action": "again", "call": Call.objects.get().public_id})
        calling.deliver_due()

    assert len(web.posted) == 2


def test_webhook_is_paused_let_go_on_changed_and_deleted(desk):
    desk.post(HOOKS, {"url": "https://hooks.example.org/", "events": ["letter.closed"]})
    row = Webhook.objects.get()
    path = reverse("desk:webhook", args=["lift", row.public_id])

    for action, state in (("pause", "paused"), ("resume", "active")):
        assert desk.post(path, {"action": action}).status_code == 303
        row.refresh_from_db()
        assert row.state == state
    first = row.secret
    assert secret_of(desk.post(path, {"action": "secret"})) != first
    desk.post(path, {"action": "save", "url": "", "events": ["letter.published", "milestone.reached"]})
    row.refresh_from_db()
    assert (row.url, row.events) == ("https://hooks.example.org/", ["letter.published", "milestone.reached"])
    assert desk.post(path, {"action": "dance"}).status_code == 409
    desk.post(path, {"action": "delete"})

    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"url": "http://10.0.0.1/", "events": ["letter.closed"]}, "begins with https://"),
        ({"url": "https://hooks.example.org/", "events": []}, "Choose what it is told."),
        ({"url": "", "events": ["letter.closed"]}, "Give the address of your receiver."),
    ],
)
def test_webhook_that_cannot_be_called_is_refused(desk, typed, sentence):
    answer = desk.post(HOOKS, typed)

    assert (answer.status_code, sentence in words_of(answer)) == (422, True)
    assert not Webhook.objects.exists()


def test_call_of_another_webhook_is_not_sent_again(desk):
    for host in ("a", "b"):
        desk.post(HOOKS, {"url": f"https://{host}.example.org/", "events": ["letter.closed"]})
    one, other = Webhook.objects.order_by("pk")
    path = reverse("desk:webhook", args=["lift", one.public_id])
    desk.post(reverse("desk:webhook", args=["lift", other.public_id]), {"action": "ping"})

    for call in (Call.objects.get().public_id, "x"):
        assert desk.post(path, {"action": "again", "call": call}).status_code == 404
