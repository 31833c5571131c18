"""What the founding circle says, at the desk: names, and what is no text."""

import uuid

import pytest
from django.urls import reverse

from letters.documents import commenting
from letters.documents.models import Comment
from tests.factories import make_letter, make_team
from tests.public.visitor import form_with, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter():
    return make_letter(state="draft")


@pytest.fixture
def path(letter):
    return reverse("desk:comments", args=[letter.slug])


@pytest.fixture
def alice(client, letter):
    client.force_login(make_team("alice", letter=letter).memberships.get().user)
    return client


def test_a_remark_is_kept_with_its_words_and_name(alice, letter, path):
    form = form_with(alice.get(path), "body")
    assert form.fields["author_name"] == "alice"

    said = {"body": "Shorter.\r\nKinder.", "quote": "before others", "author_name": "Alice A."}
    answer = alice.post(path, {**form.fields, **said, "action": "say"}, follow=True)

    row = Comment.objects.get(letter=letter)
    assert (row.body, row.quote, row.author_name) == ("Shorter.\nKinder.", "before others", "Alice A.")
    assert "1 open remark" in words_of(answer)
    assert form_with(answer, "body").fields["author_name"] == "Alice A."


@pytest.mark.parametrize("comment", ["", "no-uuid", str(uuid.UUID(int=7))])
def test_a_remark_that_is_not_of_this_letter_is_not_found(alice, path, comment):
    assert alice.post(path, {"action": "resolve", "comment": comment}).status_code == 404


def test_what_people_write_is_text_and_never_markup(alice, letter, path):
    commenting.say(letter, "<script>alert(1)</script>\nnext", quote="<b>", name="<i>")

    page = alice.get(path).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>next" in page
    assert ("<script>alert" in page, "<i>" in page) == (False, False)
