import hashlib

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from letters.documents import publishing
from letters.documents.models import Letter, Version
from letters.ledger.models import AuditEvent
from tests.factories import make_letter, make_signature, make_version, make_words

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_set_words_of_an_unsigned_text_replaces_it_under_its_number():
    letter = make_letter()
    first = letter.version

    second = make_version(letter, body="Better.")

    assert list(letter.versions.all()) == [second]
    assert (second.number, letter.version, letter.state) == (1, second, "open")
    assert second.sha256 != first.sha256


@pytest.mark.parametrize("state", ["pending", "confirmed", "withdrawn", "erased", "removed"])
def test_set_words_of_a_signed_text_adds_a_version_and_never_rewrites_one(state):
    letter = make_letter()
    row, before = make_signature(letter, state=state), Version.objects.values().get()

    second = make_version(letter, body="Other.")

    assert (second.number, letter.version) == (2, second)
    row.refresh_from_db()
    assert row.version_id == before["id"]
    assert Version.objects.values().get(number=1) == before


def test_set_words_twice_with_the_same_words_changes_nothing():
    letter = make_letter()
    make_signature(letter)
    before = AuditEvent.objects.count()

    version = publishing.set_words(letter, make_words(body=make_words()["body"].replace("\n", "\r\n")), by="test")

    assert version == letter.version
    assert letter.versions.count() == 1
    assert AuditEvent.objects.count() == before


def test_set_words_makes_equal_looking_text_equal_bytes():
    letter = make_letter(title="Café")
    make_signature(letter)

    version = publishing.set_words(letter, make_words(title="Cafe\u0301"), by="test")

    assert version == letter.version


def test_text_is_what_the_hash_names():
    version = make_letter().version

    assert version.sha256 == hashlib.sha256(version.text.encode()).hexdigest()
    assert version.text == (
        "# Lift the restriction\n\nAn open letter of people who defend systems\n\nThe Hague, 2026-11-16\n\n"
        "- Jo Doe, Minister, Ministry of Trade\n\nDear Minister,\n\n"
        "We find holes **before** others do.\n\nLet us go on.\n\n"
        "1. Lift the restriction.\n2. Publish the *criteria*.\n\nYours sincerely\n"
    )


@pytest.mark.parametrize(
    "change",
    [{"title": "Other"}, {"subtitle": ""}, {"dateline_place": "Delft"}, {"dateline_on": None}, {"salutation": "Hi"},
     {"addressees": [{"name": "Other"}]}, {"body": "Other."}, {"demands": ["One."]}, {"closing": "Bye"}],
)  # fmt: skip
def test_every_part_of_the_letter_is_in_the_text_that_is_signed(change):
    letter = make_letter()
    make_signature(letter)

    assert publishing.set_words(letter, make_words(**change), by="test").number == 2


@pytest.mark.parametrize("field", ["text", "title", "sha256", "number", "body"])
def test_database_refuses_to_change_a_version(field):
    version = make_letter().version

    with pytest.raises(DatabaseError, match="a version of a letter never changes"), transaction.atomic():
        Version.objects.filter(pk=version.pk).update(**{field: 9 if field == "number" else "x"})
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE documents_version SET text = 'x'")

    assert Version.objects.get().text == version.text


def test_database_refuses_two_versions_of_one_number():
    version = make_letter().version

    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.create(letter=version.letter, number=1, title="x", body="x", text="x", sha256="x")


def test_database_refuses_an_open_letter_without_a_text():
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.create(slug="empty", state="open")


LEGAL = {
    ("draft", "open"),
    ("open", "paused"),
    ("open", "closed"),
    ("paused", "open"),
    ("paused", "closed"),
    ("closed", "open"),
}


@pytest.mark.parametrize("before", ["draft", "open", "paused", "closed"])
@pytest.mark.parametrize("after", ["draft", "open", "paused", "closed"])
def test_move_makes_the_legal_moves_alone(before, after):
    letter = make_letter(state=before)
    events = AuditEvent.objects.count()

    if before == after:
        assert publishing.move(letter, after, by="user:1").state == after
        assert AuditEvent.objects.count() == events
    elif (before, after) in LEGAL:
        moved = publishing.move(letter, after, by="user:1")
        assert (moved.state, moved.closed_at is not None) == (after, after == "closed")
        event = AuditEvent.objects.latest("id")
        assert (event.actor, event.action, event.detail) == ("user:1", "letter-moved", after)
    else:
        with pytest.raises(publishing.MoveRefused, match=f"A letter that is {before} cannot become {after}"):
            publishing.move(letter, after, by="user:1")


def test_move_refuses_to_open_a_letter_without_a_text():
    with pytest.raises(publishing.MoveRefused, match="without a text"):
        publishing.move(Letter.objects.create(slug="empty"), "open", by="user:1")
