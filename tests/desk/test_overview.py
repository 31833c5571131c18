"""The first page of the desk, and the first page of one letter."""

import pytest
from django.urls import reverse

from letters.accounts.models import User
from letters.documents import launching
from letters.ledger import audit, chain
from letters.moderation import cases
from letters.press import sequencing
from tests.factories import CAST, make_letter, make_signature, make_team, make_user

pytestmark = pytest.mark.django_db


def log_in(client, person="alice"):
    client.force_login(User.objects.get(email=CAST[person].email))
    return client


def test_somebody_without_a_letter_is_led_to_the_first_one(client):
    make_letter(title="Of somebody else")
    client.force_login(make_user("charlie"))

    page = client.get(reverse("desk:home")).content.decode()

    assert "Your first letter" in page
    assert "Of somebody else" not in page


@pytest.mark.parametrize("item_count", [1, 3])
def test_home_costs_the_same_at_any_number_of_letters(client, django_assert_num_queries, item_count):
    team = None
    for number in range(item_count):
        letter = make_letter(title=f"Letter {number}")
        cases.open_case(make_signature(letter), "mixed-script", is_holding=True)
        if team is None:
            team = make_team("alice", letter=letter)
        else:
            letter.teams.create(team=team, is_owner=True)
    log_in(client)

    with django_assert_num_queries(5):  # session, user, letters with their cases, offers, decisions for a second person
        page = client.get(reverse("desk:home"))
    assert page.content.decode().count('<th scope="row">') == item_count


def test_latest_steps_name_what_readers_were_shown_as_changed(client):
    letter = make_letter()
    make_team("alice", letter=letter)
    actions = (audit.Action.TEXT_AMENDED, audit.Action.TRANSLATION_PUBLISHED, audit.Action.CLOSING_STATED)
    for action in (*actions, audit.Action.TRANSLATION_SAVED):
        audit.record(action, letter, by="clock", detail="x")

    steps = log_in(client).get(reverse("desk:letter", args=[letter.slug])).context["steps"]

    assert [str(step.label) for step in steps[:3]] == [
        "Changed the closing statement", "Published a translation", "Corrected a slip in the text",
    ]  # fmt: skip


def test_the_overview_tells_that_the_ledger_is_halted_until_it_goes_on(client):
    letter = make_letter()
    make_team("alice", letter=letter)
    make_signature(letter)
    sequencing.run()
    log_in(client)
    address = reverse("desk:letter", args=[letter.slug])
    before = client.get(address).content.decode()

    chain.halt(sequencing.log_of(letter), "rolled-back")

    during = client.get(address).content.decode()
    assert ("The ledger is halted" in before, "The ledger is halted" in during) == (False, True)


@pytest.mark.parametrize("item_count", [1, 3])
def test_overview_costs_the_same_at_any_number_of_steps(client, django_assert_num_queries, item_count):
    letter = make_letter()
    make_team("alice", letter=letter)
    for _ in range(item_count):
        cases.open_case(make_signature(letter), "mixed-script", is_holding=True)
        launching.hide_names(letter, by="user:1")
        launching.show_names(letter, by="user:1")
    log_in(client)
    client.get(reverse("desk:letter", args=[letter.slug]))

    with django_assert_num_queries(QUERIES):
        page = client.get(reverse("desk:letter", args=[letter.slug]))
    assert page.content.decode().count("Hid all names") == item_count


QUERIES = 18


def test_needs_are_those_that_this_person_can_do(client):
    letter = make_letter()
    make_team("alice", letter=letter)
    reader = make_team("bob", "reader", letter=letter, is_owner=False)
    cases.open_case(make_signature(letter), "mixed-script", is_holding=True)
    assert reader

    mine = log_in(client).get(reverse("desk:letter", args=[letter.slug])).content.decode()
    theirs = log_in(client, "bob").get(reverse("desk:letter", args=[letter.slug])).content.decode()

    assert "1 case waits in the queue." in mine
    assert "Nothing needs you now" in theirs
    assert reverse("desk:queue", args=[letter.slug]) not in theirs


def test_steps_name_the_account_and_survive_its_deletion(client):
    letter = make_letter()
    make_team("alice", letter=letter)
    bob = make_user("bob")
    audit.record(audit.Action.NAMES_HIDDEN, letter, by=f"user:{bob.pk}")
    path = reverse("desk:letter", args=[letter.slug])
    assert "bob@example.org" in log_in(client).get(path).content.decode()

    bob.delete()

    assert "a deleted account" in client.get(path).content.decode()
