"""Organisers may hide a line; what a signatory hid nobody else shows."""

import pytest

from letters.moderation import batching, bulking, cases, deciding, releasing
from letters.moderation.selecting import Conditions
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature

pytestmark = pytest.mark.django_db
WHY = {"reason_code": "impersonation", "note": "She told us."}


@pytest.fixture
def hidden(db):
    return make_signature(make_letter(), state="hidden")


def is_shown(row):
    return Signature.objects.public().filter(pk=row.pk).exists()


@pytest.mark.parametrize("reason", ["mixed-script", "spike", "operator", "dispute"])
def test_no_ruling_shows_what_the_signatory_hid(hidden, mona, reason):
    case = cases.open_case(hidden, reason, is_holding=True)
    deciding.hold(case.public_id, by=mona)
    deciding.accept(case.public_id, by=mona)
    assert not is_shown(hidden)

    deciding.undo(case.public_id, by=mona)
    deciding.refuse(case.public_id, by=mona, **WHY)
    deciding.undo(case.public_id, by=mona)
    releasing.release(hidden, by=mona)
    assert not is_shown(hidden)


def test_removing_and_restoring_does_not_show_it(hidden, mona):
    releasing.remove(hidden, reason_code="duplicate", by=mona)
    releasing.restore(hidden, by=mona)

    hidden.refresh_from_db()
    assert (hidden.state, is_shown(hidden)) == ("confirmed", False)


def test_a_decision_about_many_does_not_show_it(hidden, mona):
    cases.open_case(hidden, "spike", is_holding=True)
    bulk = bulking.preview(hidden.letter, "accept", Conditions(reason="spike"), by=mona)
    bulking.start(bulk.public_id, by=mona)
    batching.run_due()

    assert not is_shown(hidden)
