"""The lines of one person under several versions: whoever leaves is gone from all of them."""

import pytest

from letters.outbox.models import Message
from letters.signatures import managing, signing
from letters.signatures.models import Renewal, Signature
from letters.verification.models import Evidence
from tests.factories import make_letter, make_user, sign_and_confirm, sign_up
from tests.signatures.renewals import publish, sign_again

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(db):
    return make_user("alice")


@pytest.fixture
def letter():
    return make_letter(slug="lift")


@pytest.mark.parametrize("by", ["old", "new"])
@pytest.mark.parametrize("act", ["withdraw", "erase", "disown"])
def test_leaving_one_line_leaves_them_all(letter, alice, act, by):
    old = sign_and_confirm(letter)
    publish(letter, alice)
    new = sign_again(old)
    leaving = old if by == "old" else new
    {"withdraw": managing.withdraw, "erase": managing.erase, "disown": signing.disown}[act](leaving.public_id)

    rows = list(Signature.objects.filter(pk__in=[old.pk, new.pk]))
    assert {(row.state, row.display_name) for row in rows} == {("withdrawn", "")}
    assert [row.email_sealed is None for row in rows] == [act != "withdraw"] * 2
    assert Evidence.objects.filter(signature__in=rows).count() == 0
    assert Renewal.objects.count() == 0
    assert Message.objects.filter(kind="withdrawn").count() == (1 if act == "withdraw" else 0)


def test_twins_are_found_after_the_addresses_are_gone(letter, alice):
    old = sign_and_confirm(letter)
    publish(letter, alice)
    new = sign_again(old)
    Signature.objects.update(email_sealed=None, email_index_odd=None, email_index_even=None)

    managing.erase(new.public_id)

    assert Signature.objects.get(pk=old.pk).display_name == ""


def test_an_attempt_that_is_not_confirmed_takes_no_standing_line_along(letter, alice):
    old = sign_and_confirm(letter)
    letter = publish(letter, alice)
    attempt = sign_up(letter)

    signing.disown(attempt.public_id)

    assert Signature.objects.get(pk=old.pk).state == "confirmed"


def test_correcting_the_new_line_leaves_the_old_one(letter, alice):
    old = sign_and_confirm(letter)
    publish(letter, alice)
    new = sign_again(old)
    line = managing.Correction(
        **{name: getattr(new, name) for name in managing.Correction.__dataclass_fields__} | {"position": "Dean"}
    )

    managing.correct(new.public_id, line)

    assert [Signature.objects.get(pk=row.pk).position for row in (old, new)] == ["Professor of Cryptography", "Dean"]
