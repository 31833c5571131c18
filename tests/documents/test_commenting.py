"""What the founding circle says about a draft."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from letters.documents import commenting, tasks
from letters.documents.models import Comment, Draft, Letter
from letters.ledger.models import AuditEvent
from tests.factories import make_letter, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter():
    return make_letter(state="draft")


@pytest.fixture
def alice():
    return make_user()


def test_say_keeps_lines_quote_name_and_the_number_of_the_newest_draft(letter, alice):
    for number in (1, 2):
        Draft.objects.create(letter=letter, number=number, words={}, saved_at=timezone.now())

    said = commenting.say(
        letter, "  Shorter.\r\n\r\n\r\n\r\nAnd  kinder.\n", quote=" before\nothers ", author=alice, name="Alice"
    )

    assert (said.body, said.quote, said.author_name) == ("Shorter.\n\nAnd kinder.", "before others", "Alice")
    assert (said.draft_number, said.author, said.invitation) == (2, alice, None)
    assert commenting.say(make_letter(), "Good.", author=alice).draft_number == 0


def test_an_organiser_is_called_as_they_last_said_or_as_the_account_is(letter, alice):
    assert commenting.name_for(alice) == "alice"
    assert commenting.say(letter, "Good.", author=alice).author_name == "alice"
    alice.first_name, alice.last_name = "Alice", "Adeyemi"
    assert commenting.say(letter, "Good.", author=alice).author_name == "Alice Adeyemi"

    commenting.say(letter, "Good.", author=alice, name="Ali")
    assert commenting.name_for(alice) == "Ali"


@pytest.mark.parametrize(
    ("body", "more", "sentence"),
    [
        (" \n\t\n", {}, "Write what should change, and why."),
        ("x" * 2001, {}, "Use at most 2000 characters; this has 2001."),
        ("a\u202eb", {}, "invisible or control character (U+202E)"),
        ("good", {"quote": "q" * 301}, "The words of the draft: Use at most 300 characters; this has 301."),
        ("good", {"name": "n" * 121}, "Your name: Use at most 120 characters; this has 121."),
        ("good", {"name": "", "author": None}, "Enter your name, as the others shall see it."),
    ],
)
def test_a_refused_comment_says_why_and_nothing_is_kept(letter, body, more, sentence):
    with pytest.raises(commenting.CommentRefused) as refused:
        commenting.say(letter, body, **{"name": "Suzie", **more})

    assert sentence in refused.value.message
    assert Comment.objects.count() == 0


def test_two_thousand_characters_in_lines_of_windows_are_not_too_many(letter):
    assert len(commenting.say(letter, "x" * 1998 + "\r\ny", name="Suzie").body) == 2000


def test_the_last_comment_that_fits_is_taken_and_the_next_refused(letter, monkeypatch):
    monkeypatch.setattr(commenting, "MOST", 1)
    commenting.say(letter, "One.", name="Suzie")

    with pytest.raises(commenting.TooManyComments):
        commenting.say(letter, "Two.", name="Suzie")
    assert commenting.say(make_letter(), "One.", name="Suzie").body == "One."


@pytest.mark.parametrize("state", ["closed", "delivered", "archived"])
def test_nothing_is_said_about_a_letter_that_is_over(state):
    with pytest.raises(commenting.CircleClosed):
        commenting.say(make_letter(state=state), "Late.", name="Suzie")


def test_resolving_twice_keeps_the_first_name_and_reopening_clears_it(letter, alice):
    bob = make_user("bob")
    said = commenting.say(letter, "Shorter.", name="Suzie")

    commenting.resolve(said, by=alice)
    assert commenting.resolve(said, by=bob).resolved_by == alice
    assert commenting.open_count(letter) == 0

    commenting.reopen(said, by=bob)
    again = commenting.reopen(said, by=bob)
    assert (again.resolved_at, again.resolved_by, commenting.open_count(letter)) == (None, None, 1)


def test_the_trail_names_rows_and_accounts_alone(letter, alice):
    link = uuid.uuid4()
    said = commenting.say(letter, "A secret thought", quote="secret words", name="Suzie", invitation=link)
    commenting.resolve(said, by=alice)
    commenting.reopen(said, by=alice)

    rows = AuditEvent.objects.filter(object_label="documents.comment").order_by("pk")
    assert [(row.action, row.actor, row.object_id, row.detail) for row in rows] == [
        ("comment-said", f"invitation:{link}", str(said.public_id), ""),
        ("comment-resolved", f"user:{alice.pk}", str(said.public_id), ""),
        ("comment-reopened", f"user:{alice.pk}", str(said.public_id), ""),
    ]


def test_comments_are_read_in_one_query_oldest_first(letter, django_assert_num_queries):
    for number in range(3):
        commenting.say(letter, f"Remark {number}", name="Suzie")

    with django_assert_num_queries(1):
        assert [said.body for said in commenting.for_letter(letter)] == ["Remark 0", "Remark 1", "Remark 2"]


@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
def test_comments_are_forgotten_thirty_days_after_the_letter_closed(letter, days, left):
    commenting.say(letter, "Good.", name="Suzie")
    commenting.say(make_letter(), "Stays.", name="Suzie")
    Letter.objects.filter(pk=letter.pk).update(state="closed", closed_at=timezone.now() - timedelta(days=days))

    assert tasks.retain() == 1 - left
    assert Comment.objects.filter(letter=letter).count() == left
    assert Comment.objects.count() == left + 1
