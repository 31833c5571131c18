"""Editorial fixes and new versions: what is refused, what is kept, and that the bytes never change."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from letters.documents import amending, measures, publishing, succeeding, texts
from letters.documents.models import Amendment, Letter, Translation
from letters.ledger.models import AuditEvent
from tests.factories import make_letter, make_signature, make_user, make_words

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(db):
    return make_user("alice")


@pytest.fixture
def letter():
    return make_letter(slug="lift")


def fresh():
    return Letter.objects.select_related("version", "amendment").get()


def test_fix_is_shown_at_once_and_the_version_stays(letter, alice):
    row = make_signature(letter)

    fix = amending.amend(letter, make_words(title="Lift it"), note="  Shorter\ntitle. ", by=alice)

    assert (fresh().title, fresh().version_id, fresh().shown) == ("Lift it", letter.version_id, fix)
    assert (fix.label, fix.note, fix.text.splitlines()[0]) == ("1.1", "Shorter title.", "# Lift it")
    assert (row.version_id, row.amendment) == (letter.version_id, 0)
    assert AuditEvent.objects.filter(action="text-amended", detail="1.1").count() == 1


def test_fixes_are_counted_and_named(letter, alice):
    for number in (1, 2):
        amending.amend(letter, make_words(closing=f"Fix {number}"), note="x", by=alice)

    version = fresh().version
    assert [text.label for text in texts.all_of(version)] == ["1.0", "1.1", "1.2"]
    assert texts.seen(version, 1).closing == "Fix 1"
    assert texts.seen(version, 0) == version


@pytest.mark.parametrize(
    ("changes", "note", "refusal"),
    [
        ({}, "x", amending.NothingChanged),
        ({"body": "We find holes **before** others do.\r\n\r\nLet us go on."}, "x", amending.NothingChanged),
        ({"title": "y"}, " \n ", amending.NoNote),
        ({"title": "y"}, "x" * 301, amending.NoteTooLong),
    ],
)
def test_fix_that_says_or_changes_nothing_is_refused(letter, alice, changes, note, refusal):
    with pytest.raises(refusal):
        amending.amend(letter, make_words(**changes), note=note, by=alice)

    assert Amendment.objects.count() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "We find holes \u202ebefore\u202c others do."},
        {"demands": ["Lift the restriction.", "Publish\u200b the *criteria*."]},
        {"addressees": [{"name": "Jo\u2066 Doe", "office": "", "organization": ""}]},
        {"title": "Win at https://prize.example"},
        {"note": "Shorter\u202e."},
    ],
)
def test_what_readers_would_not_see_is_in_no_fix_and_no_new_version(letter, alice, changes):
    words = {name: value for name, value in changes.items() if name != "note"}
    note, deadline = changes.get("note", "x"), timezone.now() + timedelta(days=9)

    with pytest.raises(measures.WordsRefused):
        amending.amend(letter, make_words(**{"closing": "y", **words}), note=note, by=alice)
    with pytest.raises(measures.WordsRefused):
        succeeding.succeed(letter, make_words(**{"closing": "y", **words}), note=note, deadline=deadline, by=alice)

    assert (Amendment.objects.count(), fresh().version.number) == (0, 1)


@pytest.mark.parametrize("state", ["draft", "embargoed", "delivered", "archived"])
def test_text_that_is_not_before_readers_or_is_delivered_cannot_be_fixed(alice, state):
    letter = make_letter(state=state)

    with pytest.raises(amending.NotPublished):
        amending.amend(letter, make_words(title="y"), note="x", by=alice)


def test_fix_of_a_text_that_was_changed_meanwhile_is_refused(letter, alice):
    amending.amend(letter, make_words(closing="One"), note="x", by=alice)

    with pytest.raises(amending.MovedOn):
        amending.amend(letter, make_words(title="y"), note="x", by=alice, since=letter.version.sha256)


def test_database_refuses_to_change_a_fix(letter, alice):
    fix = amending.amend(letter, make_words(title="y"), note="x", by=alice)

    with pytest.raises(IntegrityError), transaction.atomic():
        Amendment.objects.filter(pk=fix.pk).update(title="z")


def test_new_version_drops_the_fix_and_takes_translations_over_unpublished(letter, alice):
    amending.amend(letter, make_words(title="y"), note="x", by=alice)
    made = {"language": "de", "title": "Hebt es auf", "of_sha256": letter.version.sha256, "edited_at": timezone.now()}
    Translation.objects.create(letter=letter, version=letter.version, is_public=True, **made)

    found = succeeding.succeed(
        letter, make_words(title="z"), note="n", deadline=timezone.now() + timedelta(days=4), by=alice
    )

    assert (fresh().version, fresh().amendment, found.version.number) == (found.version, None, 2)
    rows = Translation.objects.order_by("version").values_list("version", "is_public", "of_sha256")
    sha = letter.version.sha256
    assert list(rows) == [(letter.version_id, True, sha), (found.version_id, False, sha)]


def test_new_version_of_a_text_that_nobody_signed_is_a_new_number_too(letter, alice):
    deadline = timezone.now() + timedelta(days=4)

    succeeding.succeed(letter, make_words(title="z"), note="n", deadline=deadline, by=alice)

    assert [version.number for version in letter.versions.all()] == [2, 1]


@pytest.mark.parametrize("days", [2, 90.1])
def test_deadline_leaves_time_to_answer_and_ends(letter, alice, days):
    with pytest.raises(succeeding.DeadlineRefused):
        succeeding.succeed(
            letter, make_words(title="z"), note="n", deadline=timezone.now() + timedelta(days=days), by=alice
        )


def test_closed_letter_can_still_be_corrected(letter, alice):
    publishing.move(letter, "closed", by="test")

    assert amending.amend(letter, make_words(title="y"), note="x", by=alice).number == 1
