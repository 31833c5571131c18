"""Journalists at the desk: let in, refused, taken back; and what they opened."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaign.desk import limits
from letters.press import embargoes
from letters.press.models import EmbargoAccess
from tests.factories import make_letter, make_team
from tests.public.visitor import words_of

pytestmark = pytest.mark.django_db
JO = {"name": "Jo Press", "outlet": "The Paper", "email": "jo@paper.example", "days": "3"}


@pytest.fixture
def letter(client):
    letter = make_letter(slug="lift", state="embargoed", opens_at=timezone.now() + timedelta(days=3))
    team = make_team("alice", letter=letter)
    client.force_login(team.memberships.get().user)
    return letter


def act(client, action, **fields):
    return client.post("/desk/lift/journalists/", {"action": action, **fields})


def test_a_journalist_is_let_in_and_listed_with_state_and_log(client, letter):
    assert act(client, "invite", **JO).status_code == 303

    access = EmbargoAccess.objects.get()
    assert "invited, terms not accepted yet" in words_of(client.get("/desk/lift/journalists/"))
    embargoes.accept(access.public_id, terms_sha256=embargoes.sha256_of(embargoes.terms_of(letter)))
    embargoes.enter(embargoes.by_id(access.public_id), "pages")
    words = words_of(client.get("/desk/lift/journalists/"))
    assert "accepted the terms" in words
    assert "the pages" in words


def test_a_request_is_answered_and_an_access_taken_back(client, letter):
    embargoes.ask(letter, JO)
    row = EmbargoAccess.objects.get()
    assert "jo@paper.example" not in words_of(client.get("/desk/lift/journalists/"))
    embargoes.confirm(row.public_id)

    assert "asked for access" in words_of(client.get("/desk/lift/journalists/"))
    act(client, "approve", row=row.public_id)
    act(client, "revoke", row=row.public_id)

    row.refresh_from_db()
    assert row.state_at(timezone.now()) == "revoked"


def test_bad_input_is_refused_at_its_field_and_kept(client, letter):
    response = act(client, "invite", **{**JO, "days": "31"})

    assert response.status_code == 422
    assert "Enter at most 30 days." in words_of(response)
    assert 'value="Jo Press"' in response.content.decode()
    assert act(client, "approve", row="x").status_code == 409


def test_rows_of_another_letter_are_not_found(client, letter):
    other = make_letter(state="embargoed")
    embargoes.ask(other, JO)

    assert act(client, "approve", row=EmbargoAccess.objects.get().public_id).status_code == 404


def test_before_an_hour_is_set_the_page_says_what_to_do(client):
    letter = make_letter(slug="lift", state="private")
    client.force_login(make_team("alice", letter=letter).memberships.get().user)

    assert "once the hour of the launch is set" in words_of(client.get("/desk/lift/journalists/"))
    assert act(client, "invite", **JO).status_code == 409


def test_one_account_lets_in_a_hundred_a_day(client, letter, monkeypatch):
    monkeypatch.setattr(limits, "JOURNALISTS_A_DAY", 1)
    assert act(client, "invite", **JO).status_code == 303
    row = EmbargoAccess.objects.get()

    for response in (act(client, "invite", **JO), act(client, "approve", row=row.public_id)):
        assert response.status_code == 409
        assert "Go on tomorrow." in words_of(response)
