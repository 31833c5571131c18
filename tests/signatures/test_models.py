import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from letters.core.errors import KeyRingError
from letters.signatures.models import DETAILS, Signature
from tests.factories import STATES, make_letter, make_signature

pytestmark = [pytest.mark.django_db, pytest.mark.database]

BAD: list[tuple[str, dict[str, Any]]] = [
    ("confirmed", {"confirmed_at": None}),
    ("confirmed", {"list_key": None}),
    ("confirmed", {"display_name": ""}),
    *[("withdrawn", {name: "x"}) for name in ("display_name", "sort_name", "position", "affiliation",
                                                "affiliation_status", "country", "comment", "search_text", *DETAILS)],
    ("withdrawn", {"list_key": b"x"}),
    ("withdrawn", {"withdrawn_at": None}),
    ("erased", {"email_sealed": b"x"}),
    ("erased", {"email_index_odd": b"x"}),
    ("erased", {"email_index_even": b"x"}),
    ("pending", {"state": "confirmed"}),
    ("pending", {"state": "withdrawn"}),
]  # fmt: skip


@pytest.mark.parametrize(("state", "change"), BAD, ids=[f"{s}-{next(iter(c))}" for s, c in BAD])
def test_database_refuses_a_row_that_must_not_exist(state, change):
    row = make_signature(state=state)

    with pytest.raises(IntegrityError), transaction.atomic():
        Signature.objects.filter(pk=row.pk).update(**change)


@pytest.mark.parametrize("slot", ["email_index_odd", "email_index_even"])
def test_database_refuses_a_second_confirmed_signature_of_one_address(slot):
    letter, index = make_letter(), b"i" * 32
    first, second = make_signature(letter), make_signature(letter)
    Signature.objects.filter(pk=first.pk).update(**{slot: index})

    with pytest.raises(IntegrityError), transaction.atomic():
        Signature.objects.filter(pk=second.pk).update(**{slot: index})
    for state in ("pending", "removed"):
        other = make_signature(letter, state=state)
        assert Signature.objects.filter(pk=other.pk).update(**{slot: index}) == 1


def test_database_refuses_one_public_id_twice():
    row = make_signature()

    with pytest.raises(IntegrityError), transaction.atomic():
        make_signature(public_id=row.public_id)


def test_database_refuses_to_delete_a_letter_that_was_signed():
    letter = make_signature().letter

    with pytest.raises(Exception, match="protected foreign keys"):
        letter.delete()


@pytest.mark.parametrize("state", STATES)
def test_is_public_says_what_the_query_says(state):
    row = make_signature(state=state)

    assert row.is_public is Signature.objects.public().filter(pk=row.pk).exists()
    assert row.is_public is (state in ("confirmed", "sample"))
    assert row.is_confirmed is Signature.objects.confirmed().filter(pk=row.pk).exists()
    assert row.is_pending is Signature.objects.pending().filter(pk=row.pk).exists()


def test_address_is_sealed_into_its_own_row():
    one, other = make_signature(email="suzie@example.com"), make_signature()

    other.email_sealed = one.email_sealed

    assert one.email == "suzie@example.com"
    with pytest.raises(KeyRingError):
        _ = other.email


def test_same_address_finds_rows_of_this_letter_alone():
    letter = make_letter()
    row = make_signature(letter, email="suzie@example.com")
    same = make_signature(letter, state="pending", email="Suzie+x@Example.com")
    make_signature(letter, email="bob@example.org")
    make_signature(email="suzie@example.com")

    assert set(Signature.objects.all().same_address(row)) == {row, same}
    assert set(Signature.objects.all().by_address(letter, "SUZIE@example.com")) == {row, same}
    erased = make_signature(letter, state="erased")
    assert set(Signature.objects.all().same_address(erased)) == set()


def test_shown_parts_of_a_line():
    row = Signature(comment="Well.", country="NL", public_id=uuid.UUID(int=1), state="pending")

    assert (row.shown_comment, row.country_name) == ("", "Netherlands")
    row.consent_comment = True
    assert row.shown_comment == "Well."
    assert "Well" not in str(row)
    assert Signature().email == ""
