"""The founding circle's remarks, seen by the team."""

import pytest
from django.urls import reverse

from letters.documents import commenting
from letters.documents.models import Comment
from tests.desk.writing import begin
from tests.factories import make_letter, make_user
from tests.public.visitor import form_with, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(client):
    letter, alice = begin()
    client.force_login(alice)
    return letter


@pytest.fixture
def path(letter):
    return reverse("desk:comments", args=[letter.slug])


def test_a_remark_is_said_dealt_with_and_reopened(client, letter, path):
    shown = client.post(path, {"action": "say", "body": "Say <b>tools</b>.", "quote": "weapons"}, follow=True)

    assert "1 open remark" in words_of(shown)
    assert "Say <b>tools</b>." in words_of(shown)
    remark = str(Comment.objects.get().public_id)
    assert "1 remark dealt with" in words_of(client.post(path, {"action": "resolve", "comment": remark}, follow=True))
    assert "1 open remark" in words_of(client.post(path, {"action": "reopen", "comment": remark}, follow=True))


@pytest.mark.parametrize(
    ("body", "sentence"), [("", "Write what should change, and why."), ("x" * 2001, "at most 2000")]
)
def test_a_refused_remark_keeps_what_was_typed(client, path, body, sentence):
    response = client.post(path, {"action": "say", "body": body, "quote": "weapons"})

    assert response.status_code == 422
    assert sentence in words_of(response)
    assert form_with(response, "quote").fields["quote"] == "weapons"


def test_a_remark_of_another_letter_is_not_found(client, path):
    other = commenting.say(make_letter(state="draft"), "Yes.", name="X")

    assert client.post(path, {"action": "resolve", "comment": str(other.public_id)}).status_code == 404


def test_a_reader_of_the_team_speaks_and_settles_nothing(client, letter, path):
    remark = commenting.say(letter, "Yes.", name="Suzie")
    bob = make_user("bob")
    letter.teams.get().team.memberships.create(user=bob, role="reader")
    client.force_login(bob)

    assert client.post(path, {"action": "say", "body": "No."}).status_code == 303
    assert client.post(path, {"action": "resolve", "comment": str(remark.public_id)}).status_code == 404


def test_one_and_three_remarks_cost_the_same(client, letter, path, django_assert_num_queries):
    for number in range(3):
        if number in (1, 2):
            commenting.say(letter, f"Remark {number}.", name="Suzie")
        with django_assert_num_queries(7):
            client.get(path)
