from datetime import timedelta

import pytest
from django.utils import timezone

from letters.core.errors import RuleError
from letters.moderation import cases, selecting
from letters.moderation.selecting import Conditions
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature

pytestmark = pytest.mark.django_db


def names(letter, what, **conditions):
    found = selecting.find(letter, what, Conditions(**conditions))
    rows = Signature.objects.in_bulk([pk for pk, _case in found])
    return [rows[pk].display_name for pk, _case in found]


def test_each_condition_narrows(db):
    letter, now = make_letter(), timezone.now()
    make_signature(letter, display_name="Early", at=now - timedelta(hours=5), email="a@x.example")
    make_signature(letter, display_name="Late", at=now, email="b@y.example", network=b"n" * 16)
    make_signature(letter, display_name="Strong", at=now, email="c@Y.example")
    make_signature(letter, display_name="Account", at=now, email="d@z.example")
    for name, verification in (("Strong", "affiliation"), ("Account", "account")):
        Signature.objects.filter(display_name=name).update(verification=verification)
    make_signature(letter, state="held", display_name="Held Late")
    make_signature(letter, state="sample", display_name="Sample Late")
    make_signature(make_letter(), display_name="Elsewhere Late")

    assert names(letter, "remove", since=now - timedelta(hours=1)) == ["Late", "Strong", "Account"]
    assert names(letter, "remove", until=now - timedelta(hours=1)) == ["Early"]
    assert names(letter, "remove", domain="y.example") == ["Late", "Strong"]
    assert names(letter, "remove", network=(b"n" * 16).hex()) == ["Late"]
    assert names(letter, "remove", name="la") == ["Late"]
    assert names(letter, "remove", level="email") == ["Early", "Late"]
    assert names(letter, "remove", level="below", since=now) == ["Late", "Account"]


def test_cases_that_wait_are_found_by_their_reason_and_no_other_kind(db):
    letter = make_letter()
    for reason in ("spike", "policy", "dispute", "correction"):
        cases.open_case(make_signature(letter, display_name=reason), reason, is_holding=True)

    assert names(letter, "refuse", name="i") == ["spike", "policy"]
    assert names(letter, "accept", name="i") == ["spike"]
    assert names(letter, "refuse", reason="policy") == ["policy"]


@pytest.mark.parametrize(
    ("what", "conditions"),
    [
        ("remove", {}),
        ("refuse", {}),
        ("remove", {"reason": "spike"}),
        ("refuse", {"reason": "dispute"}),
        ("accept", {"reason": "watched-name"}),
    ],
)
def test_conditions_that_cannot_be_used(db, what, conditions):
    with pytest.raises(RuleError):
        selecting.find(make_letter(), what, Conditions(**conditions))


def test_a_signature_with_several_cases_is_refused_once(db):
    letter = make_letter()
    row = make_signature(letter)
    first = cases.open_case(row, "spike", is_holding=True)
    cases.open_case(row, "mixed-script", is_holding=True)

    assert selecting.find(letter, "refuse", Conditions(name="Suzie")) == [(row.pk, first.pk)]
    assert len(selecting.find(letter, "accept", Conditions(name="Suzie"))) == 2


def test_too_many_are_refused(db, monkeypatch):
    letter = make_letter()
    make_signature(letter), make_signature(letter)

    monkeypatch.setattr(selecting, "MOST_ROWS", 1)
    with pytest.raises(selecting.TooMany):
        names(letter, "remove", name="Suzie")
    monkeypatch.setattr(selecting, "MOST_ROWS", 10)
    monkeypatch.setattr(selecting, "MOST_UNSEALED", 1)
    with pytest.raises(selecting.TooMany):
        names(letter, "remove", domain="example.org")


def test_conditions_survive_being_stored(db):
    wanted = Conditions(reason="spike", since=timezone.now(), name="x")

    assert Conditions.of_json(wanted.as_json()) == wanted
