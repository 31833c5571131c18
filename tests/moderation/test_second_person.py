"""The two-person rule of decisions about many: who counts as whom, what adds up, and how long one waits."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from letters.documents.models import Letter
from letters.ledger.models import AuditEvent
from letters.moderation import batching, bulking, cases, claiming, retaining
from letters.moderation.models import BulkItem
from letters.moderation.selecting import Conditions
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature

pytestmark = pytest.mark.django_db
WHY = {"reason_code": "not-a-person", "note": "All of them came within a minute."}
SPIKE = Conditions(reason="spike")


def wave(letter, amount, reason="spike"):
    return [cases.open_case(make_signature(letter), reason, is_holding=True) for _ in range(amount)]


def test_more_than_a_hundred_need_a_second_person(mona, alice, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 1)
    letter = make_letter()
    wave(letter, 2)
    bulk = bulking.preview(letter, "refuse", SPIKE, by=mona)

    bulk = bulking.start(bulk.public_id, by=mona, **WHY)
    batching.run_due()
    assert (bulk.state, Signature.objects.filter(state="removed").count()) == ("second", 0)
    event = AuditEvent.objects.get(action="bulk-asked")
    assert (event.actor, event.object_id, event.detail) == (f"user:{mona.pk}", str(bulk.public_id), "refuse:2")
    with pytest.raises(bulking.SecondPerson):
        bulking.agree(bulk.public_id, by=mona)
    with pytest.raises(bulking.PreviewOver):
        bulking.start(bulk.public_id, by=mona, **WHY)

    bulking.agree(bulk.public_id, by=alice)
    batching.run_due()
    assert Signature.objects.filter(state="removed").count() == 2


def alone(letter, who, amount, what="refuse"):
    """This person decides so many alone, or asks; returns the state."""
    wave(letter, amount)
    bulk = bulking.preview(letter, what, SPIKE, by=who)
    bulk = bulking.start(bulk.public_id, by=who, **(WHY if what == "refuse" else {}))
    batching.run_due()
    bulk.refresh_from_db()
    return bulk


def test_slices_of_one_person_add_up_within_a_day(mona, alice, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 3)
    letter, other = make_letter(), make_letter()
    with time_machine.travel("2026-11-24 12:00:00+00:00", tick=False):
        assert alone(letter, mona, 2).state == "done"
        assert alone(letter, mona, 2, what="accept").state == "done"  # prints; takes nobody away
        assert alone(letter, mona, 2).state == "second"
        assert alone(other, mona, 2).state == "done"
    bulking.cancel(letter.bulk_decisions.get(state="second").public_id, by=mona)
    with time_machine.travel("2026-11-25 12:00:01+00:00", tick=False):
        assert alone(letter, mona, 1).state == "done"


def test_what_was_agreed_to_or_taken_back_is_no_slice(mona, alice, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 2)
    letter = make_letter()
    bulking.agree(alone(letter, mona, 3).public_id, by=alice)
    batching.run_due()
    taken_back = alone(letter, mona, 2)
    bulking.undo(taken_back.public_id, by=mona)
    batching.run_due()
    bulking.start(bulking.preview(letter, "accept", SPIKE, by=alice).public_id, by=alice)
    batching.run_due()

    assert alone(letter, mona, 2).state == "done"


def test_a_decision_that_still_runs_counts_whole(mona, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 2)
    letter = make_letter()
    wave(letter, 2)
    bulking.start(bulking.preview(letter, "refuse", SPIKE, by=mona).public_id, by=mona, **WHY)
    wave(letter, 1, reason="mixed-script")
    second = bulking.preview(letter, "refuse", Conditions(reason="mixed-script"), by=mona)

    assert bulking.start(second.public_id, by=mona, **WHY).state == "second"


def test_what_nobody_else_agrees_to_ends_by_itself_and_is_forgotten(mona, alice, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 0)
    letter = make_letter()
    wave(letter, 1)
    asked = timezone.now()
    bulk = bulking.preview(letter, "refuse", Conditions(name="Suzie"), by=mona)
    bulking.start(bulk.public_id, by=mona, **WHY)
    over = bulking.second_until(bulk)

    retaining.run(now=over - timedelta(seconds=1))
    bulk.refresh_from_db()
    assert bulk.state == "second"
    with time_machine.travel(over), pytest.raises(bulking.NotNow):  # the clock was late
        bulking.agree(bulk.public_id, by=alice)
    assert retaining.run(now=over)["bulk_lapsed"] == 1
    assert retaining.run(now=over)["bulk_lapsed"] == 0
    bulk.refresh_from_db()
    assert (bulk.state, bulk.ended_at) == ("lapsed", over)
    event = AuditEvent.objects.get(action="bulk-lapsed")
    assert (event.actor, event.object_id, event.detail) == ("clock", str(bulk.public_id), "refuse:1")
    assert Signature.objects.filter(state="removed").count() == 0

    retaining.run(now=asked + timedelta(days=98))
    bulk.refresh_from_db()
    assert (bulk.conditions, bulk.note) == ({}, "")


def test_the_database_refuses_one_person_as_both(mona):
    bulk = bulking.preview(wave(make_letter(), 1)[0].letter, "refuse", SPIKE, by=mona)
    bulk.second_by = mona

    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.save()


def test_whoever_starts_a_colleagues_preview_is_the_first_of_two(mona, alice, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 0)
    letter = make_letter()
    wave(letter, 1)
    bulk = bulking.preview(letter, "refuse", SPIKE, by=mona)

    assert bulking.start(bulk.public_id, by=alice, **WHY).by == alice
    with pytest.raises(bulking.SecondPerson):
        bulking.agree(bulk.public_id, by=alice)

    assert bulking.agree(bulk.public_id, by=mona).second_by == mona


def test_what_a_colleague_decided_alone_is_nobody_elses_slice(mona, alice, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 3)
    letter = make_letter()

    states = [alone(letter, who, amount).state for who, amount in ((mona, 2), (alice, 3), (mona, 1), (alice, 1))]

    assert states == ["done", "done", "done", "second"]


def test_what_could_not_be_done_or_was_stopped_is_no_slice(mona, alice, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 2)
    letter = make_letter()
    first, _second = wave(letter, 2)
    bulk = bulking.start(bulking.preview(letter, "refuse", SPIKE, by=mona).public_id, by=mona, **WHY)
    claiming.claim(first, by=alice)
    batching.run_due()
    assert BulkItem.objects.filter(bulk=bulk, is_done=True).count() == 1
    claiming.release(first.public_id, by=alice)
    stopped = bulking.start(bulking.preview(letter, "refuse", SPIKE, by=mona).public_id, by=mona, **WHY)
    assert stopped.state == "running"
    bulking.cancel(stopped.public_id, by=mona)

    assert alone(letter, mona, 0).state == "done"


@pytest.mark.parametrize("ended", ["done", "cancelled", "second"])
def test_only_what_is_under_way_is_stopped(mona, monkeypatch, ended):
    monkeypatch.setattr(bulking, "ALONE_MOST", 0 if ended == "second" else 9)
    letter = make_letter()
    bulk = alone(letter, mona, 1)
    if ended == "done":
        with pytest.raises(bulking.NotNow):
            bulking.cancel(bulk.public_id, by=mona)
        return
    if ended == "cancelled":
        wave(letter, 1)
        bulk = bulking.start(bulking.preview(letter, "refuse", SPIKE, by=mona).public_id, by=mona, **WHY)

    for _ in range(2):
        assert bulking.cancel(bulk.public_id, by=mona).state == "cancelled"

    event = AuditEvent.objects.get(action="bulk-cancelled")
    assert (event.actor, event.object_id, event.detail) == (f"user:{mona.pk}", str(bulk.public_id), "0")
    assert batching.run_due() == 0
    assert Signature.objects.filter(state="removed").count() == (ended == "cancelled")


def test_what_waits_for_a_second_person_is_shown_to_the_others(mona, alice, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 1)
    letter = make_letter()
    wave(letter, 2)
    letters = Letter.objects.filter(pk=letter.pk)
    asked = alone(letter, mona, 0)
    waiting = bulking.waiting_for_second(letters)
    assert (list(bulking.but_of(mona, waiting)), list(bulking.but_of(alice, waiting))) == ([], [asked])
    assert list(bulking.waiting_for_second(letters, now=bulking.second_until(asked))) == []
    assert list(bulking.waiting_for_second(Letter.objects.exclude(pk=letter.pk))) == []

    bulking.agree(asked.public_id, by=alice)
    batching.run_due()
    assert list(bulking.waiting_for_second(letters)) == []
    bulking.undo(asked.public_id, by=alice)
    waiting = bulking.waiting_for_second(letters)
    assert (list(bulking.but_of(mona, waiting)), list(bulking.but_of(alice, waiting))) == ([asked], [])
