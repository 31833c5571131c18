from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from letters.core.errors import RuleError
from letters.ledger.models import AuditEvent
from letters.moderation import batching, bulking, cases, claiming, deciding, queue, retaining
from letters.moderation.models import BulkItem, Case
from letters.moderation.selecting import Conditions
from letters.outbox.models import Message, MessageState
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_team, make_user

pytestmark = pytest.mark.django_db
WHY = {"reason_code": "not-a-person", "note": "All of them came within a minute."}
SPIKE = Conditions(reason="spike")


def wave(letter, amount, reason="spike"):
    return [cases.open_case(make_signature(letter), reason, is_holding=True) for _ in range(amount)]


def refused(letter, mona, conditions=SPIKE):
    bulk = bulking.preview(letter, "refuse", conditions, by=mona)
    bulking.start(bulk.public_id, by=mona, **WHY)
    batching.run_due()
    bulk.refresh_from_db()
    return bulk


def state_of(letter):
    """Everything that undo must restore."""
    rows = Signature.objects.filter(letter=letter).order_by("pk")
    opened = Case.objects.filter(letter=letter).order_by("pk")
    return (
        list(rows.values_list("state", "held_reason", "removed_reason", "removed_at")),
        list(opened.values_list("reason", "decision", "closed_at", "is_holding", "decided_by", "reason_code")),
    )


def test_refusal_of_many_and_back_again_leaves_all_as_it_was(mona):
    letter = make_letter()
    held = wave(letter, 3)
    cases.open_case(held[0].signature, "duplicate", other=held[1].signature)
    bystander = wave(letter, 1, reason="mixed-script")[0]
    before = state_of(letter)

    bulk = refused(letter, mona)
    assert (bulk.state, bulk.counted, bulk.done_count, bulk.left_count) == ("done", 3, 3, 0)
    assert Signature.objects.filter(state="removed", removed_reason="not-a-person").count() == 3
    bystander.refresh_from_db()
    assert bystander.is_open

    bulking.undo(bulk.public_id, by=mona)
    batching.run_due()
    bulk.refresh_from_db()
    assert (bulk.state, bulk.done_count, state_of(letter)) == ("undone", 0, before)
    assert Message.objects.count() == 0


def test_removal_of_what_is_printed_and_back_again(mona):
    letter = make_letter()
    for name in ("Bot A", "Bot B", "Ada"):
        make_signature(letter, display_name=name)
    before = state_of(letter)

    bulk = bulking.preview(letter, "remove", Conditions(name="bot"), by=mona)
    bulking.start(bulk.public_id, by=mona, **WHY)
    batching.run_due()
    assert list(Signature.objects.public().values_list("display_name", flat=True)) == ["Ada"]

    bulking.undo(bulk.public_id, by=mona)
    batching.run_due()
    assert state_of(letter) == before


def test_accepting_a_wave_prints_it_and_undo_holds_it_again(mona):
    letter = make_letter()
    wave(letter, 2)
    before = state_of(letter)

    bulk = bulking.preview(letter, "accept", SPIKE, by=mona)
    bulking.start(bulk.public_id, by=mona)
    batching.run_due()
    assert Signature.objects.public().count() == 2

    bulking.undo(bulk.public_id, by=mona)
    batching.run_due()
    assert state_of(letter) == before


def test_reasons_are_mailed_after_the_time_to_undo_and_not_all_at_once(mona):
    letter = make_letter()
    with time_machine.travel("2026-11-24 12:00:00+00:00", tick=False):
        wave(letter, 3)
        refused(letter, mona)

    times = list(Message.objects.filter(kind="refused").order_by("next_at").values_list("next_at", flat=True))
    assert [f"{at:%H:%M:%S}" for at in times] == ["12:15:00", "12:15:01", "12:15:02"]


def test_whoever_was_mailed_is_told_when_it_is_taken_back(mona):
    from letters.outbox import sending  # noqa: PLC0415 - needs the settings

    letter = make_letter()
    wave(letter, 1)
    bulk = refused(letter, mona)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        sending.deliver_due()
        assert "about many signatures" in mail.outbox[-1].body
        bulking.undo(bulk.public_id, by=mona)
        batching.run_due()
        sending.deliver_due()

    assert "They have taken that back" in mail.outbox[-1].body
    assert Message.objects.filter(kind="restored", state=MessageState.SENT).count() == 1


def test_what_runs_is_started_again_by_its_own_person_alone(mona, alice):
    letter = make_letter()
    wave(letter, 1)
    bulk = bulking.start(bulking.preview(letter, "refuse", SPIKE, by=mona).public_id, by=mona, **WHY)

    assert bulking.start(bulk.public_id, by=mona, **WHY) == bulk
    with pytest.raises(bulking.PreviewOver):
        bulking.start(bulk.public_id, by=alice, **WHY)
    with pytest.raises(bulking.NotNow):
        bulking.agree(bulk.public_id, by=alice)
    assert AuditEvent.objects.filter(action="bulk-started").count() == 1


def test_one_at_a_time_under_a_letter(mona):
    letter = make_letter()
    wave(letter, 1)
    wave(letter, 1, reason="mixed-script")
    first, second = (
        bulking.preview(letter, "refuse", Conditions(reason=reason), by=mona) for reason in ("spike", "mixed-script")
    )
    bulking.start(first.public_id, by=mona, **WHY)

    with pytest.raises(bulking.OtherRuns):
        bulking.start(second.public_id, by=mona, **WHY)
    assert BulkItem.objects.filter(bulk=second).count() == 0
    batching.run_due()
    assert bulking.start(second.public_id, by=mona, **WHY).state == "running"


@pytest.mark.parametrize("what", ["refuse", "accept", "remove"])
def test_what_came_after_the_preview_is_not_in_it(mona, alice, monkeypatch, what):
    monkeypatch.setattr(bulking, "ALONE_MOST", 1)
    letter, conditions = make_letter(), Conditions(name="Suzie") if what == "remove" else SPIKE

    def come(amount):
        return [make_signature(letter).pk for _ in range(amount)] if what == "remove" else wave(letter, amount)

    come(2)
    bulk = bulking.preview(letter, what, conditions, by=mona)
    come(3)  # the wave goes on while two people look at it
    bulking.start(bulk.public_id, by=mona, **({} if what == "accept" else WHY))
    come(1)
    bulking.agree(bulk.public_id, by=alice)
    batching.run_due()

    bulk.refresh_from_db()
    assert (bulk.state, bulk.counted, bulk.done_count, bulk.items.count()) == ("done", 2, 2, 2)


def test_more_rows_than_were_looked_at_are_refused_with_the_new_number(mona):
    letter = make_letter()
    first, _second = wave(letter, 2)
    deciding.accept(first.public_id, by=mona)
    bulk = bulking.preview(letter, "refuse", SPIKE, by=mona)
    deciding.undo(first.public_id, by=mona)

    with pytest.raises(bulking.CountChanged) as error:
        bulking.start(bulk.public_id, by=mona, **WHY)
    assert "fit 2 rows now" in error.value.message


def of_two(letter, mona, alice, amount=2, what="refuse"):
    """What Mona began and Alice agreed to, done."""
    wave(letter, amount)
    bulk = bulking.preview(letter, what, SPIKE, by=mona)
    bulking.start(bulk.public_id, by=mona, **(WHY if what == "refuse" else {}))
    bulking.agree(bulk.public_id, by=alice)
    batching.run_due()
    return bulk


def test_what_two_decided_two_take_back(mona, alice, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 1)
    letter = make_letter()
    bulk = of_two(letter, mona, alice)

    for _ in range(2):
        assert bulking.undo(bulk.public_id, by=alice).state == "done"
    batching.run_due()
    assert Signature.objects.filter(state="removed").count() == 2
    assert AuditEvent.objects.filter(action="bulk-undo-asked").count() == 1

    assert bulking.undo(bulk.public_id, by=mona).state == "undoing"
    batching.run_due()
    bulk.refresh_from_db()
    assert (bulk.state, bulk.undo_asked_by, bulk.undone_by) == ("undone", alice, mona)
    assert Signature.objects.filter(state="removed").count() == 0


def test_asking_to_take_it_back_can_be_dropped_and_begins_anew(mona, alice, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 1)
    letter = make_letter()
    bulk = of_two(letter, mona, alice)
    bulking.undo(bulk.public_id, by=alice)

    for _ in range(2):
        bulking.keep(bulk.public_id, by=mona)
    assert AuditEvent.objects.filter(action="bulk-undo-dropped").count() == 1
    assert bulking.undo(bulk.public_id, by=mona).state == "done"


def test_many_rows_need_two_also_when_the_account_of_the_second_is_gone(mona, alice, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 1)
    bulk = of_two(make_letter(), mona, alice)
    alice.delete()

    assert bulking.undo(bulk.public_id, by=mona).state == "done"


def test_the_database_refuses_one_person_as_both_who_take_back(mona):
    bulk = bulking.preview(wave(make_letter(), 1)[0].letter, "refuse", SPIKE, by=mona)
    bulk.undo_asked_by = bulk.undone_by = mona

    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.save()


def test_one_row_of_what_two_decided_is_not_taken_back_by_one(mona, alice, monkeypatch):
    monkeypatch.setattr(bulking, "ALONE_MOST", 1)
    letter = make_letter()
    of_two(letter, mona, alice)
    case = Case.objects.filter(decision="refused").first()

    with pytest.raises(deciding.DecidedByTwo):
        deciding.undo(case.public_id, by=alice)
    assert queue.just_decided(letter) == []

    monkeypatch.setattr(bulking, "ALONE_MOST", 9)
    wave(letter, 1)
    refused(letter, mona)
    (alone_one,) = queue.just_decided(letter)
    assert deciding.undo(alone_one.public_id, by=alice).is_open


def test_an_old_preview_is_no_decision(mona):
    letter = make_letter()
    wave(letter, 1)
    bulk = bulking.preview(letter, "refuse", SPIKE, by=mona)

    later = timezone.now() + bulking.PREVIEW_HOLDS + timedelta(seconds=1)
    with time_machine.travel(later), pytest.raises(bulking.PreviewOver):
        bulking.start(bulk.public_id, by=mona, **WHY)


@pytest.mark.parametrize("words", [{}, {"reason_code": "no", "note": "x"}, {"reason_code": "duplicate", "note": " "}])
def test_a_refusal_says_why(mona, words):
    letter = make_letter()
    wave(letter, 1)
    bulk = bulking.preview(letter, "refuse", SPIKE, by=mona)

    with pytest.raises(RuleError):
        bulking.start(bulk.public_id, by=mona, **words)


def test_stopping_leaves_the_rest_alone_and_what_is_done_can_be_taken_back(mona, monkeypatch):
    monkeypatch.setattr(batching, "BATCH", 2)
    letter = make_letter()
    wave(letter, 5)
    before = state_of(letter)
    bulk = bulking.start(bulking.preview(letter, "refuse", SPIKE, by=mona).public_id, by=mona, **WHY)

    assert batching.step(bulk.pk)
    bulk = bulking.cancel(bulk.public_id, by=mona)
    assert batching.run_due() == 0
    assert (bulk.state, bulk.done_count) == ("cancelled", 2)
    assert Signature.objects.filter(state="removed").count() == 2

    bulking.undo(bulk.public_id, by=mona)
    batching.run_due()
    assert state_of(letter) == before


def test_a_step_is_of_one_decision_and_a_task_ends_when_its_time_is_up(mona, alice):
    running = []
    for who in (mona, alice):
        letter = make_letter()
        wave(letter, 2)
        bulk = bulking.preview(letter, "refuse", SPIKE, by=who)
        running.append(bulking.start(bulk.public_id, by=who, **WHY))
    over = bulking.preview(running[0].letter, "refuse", SPIKE, by=mona)

    assert batching.run_due(seconds=0) == 0
    assert not batching.step(over.pk)
    assert batching.step(running[1].pk)

    assert [bulk.items.filter(is_done=True).count() for bulk in running] == [0, 2]
    assert batching.run_due() == 1
    assert [type(bulk).objects.get(pk=bulk.pk).state for bulk in (*running, over)] == ["done", "done", "previewed"]
    assert batching.run_due() == 0


def test_a_batch_that_dies_is_done_again_and_none_twice(mona, monkeypatch):
    monkeypatch.setattr(batching, "BATCH", 2)
    letter = make_letter()
    wave(letter, 3)
    bulk = bulking.start(bulking.preview(letter, "refuse", SPIKE, by=mona).public_id, by=mona, **WHY)

    with transaction.atomic():
        batching.step(bulk.pk)
        transaction.set_rollback(True)  # as with a worker that dies before the end
    assert Signature.objects.filter(state="removed").count() == 0

    batching.run_due()
    bulk.refresh_from_db()
    assert (bulk.state, bulk.done_count) == ("done", 3)
    assert AuditEvent.objects.filter(action="case-refused").count() == 3


def test_what_somebody_is_at_or_decided_meanwhile_is_left(mona, alice):
    letter = make_letter()
    first, second, _third = wave(letter, 3)
    bulk = bulking.start(bulking.preview(letter, "refuse", SPIKE, by=mona).public_id, by=mona, **WHY)
    claiming.claim(first, by=alice)
    deciding.accept(second.public_id, by=alice)

    batching.run_due()
    bulk.refresh_from_db()
    assert (bulk.done_count, bulk.left_count) == (1, 2)
    assert sorted(bulk.items.exclude(left_code="").values_list("left_code", flat=True)) == ["case-over", "claimed"]


@pytest.mark.parametrize("leaves", ["team", "account"])
def test_nothing_more_is_done_for_whoever_left_and_a_colleague_can_take_it_back(mona, monkeypatch, leaves):
    monkeypatch.setattr(batching, "BATCH", 1)
    letter = make_letter()
    bob = make_user("bob")
    member = make_team("alice", letter=letter).memberships.create(user=bob, role="moderator")
    wave(letter, 3)
    before = state_of(letter)
    bulk = bulking.start(bulking.preview(letter, "refuse", SPIKE, by=bob).public_id, by=bob, **WHY)
    assert batching.step(bulk.pk)

    (member if leaves == "team" else bob).delete()
    batching.run_due()

    bulk.refresh_from_db()
    assert (bulk.state, bulk.done_count, bulk.left_count) == ("done", 1, 2)
    assert set(bulk.items.exclude(left_code="").values_list("left_code", flat=True)) == {"nobody"}
    bulking.undo(bulk.public_id, by=mona)
    batching.run_due()
    bulk.refresh_from_db()
    assert (bulk.state, state_of(letter)) == ("undone", before)


def test_undo_ends_after_a_week(mona):
    letter = make_letter()
    wave(letter, 1)
    bulk = refused(letter, mona)

    with time_machine.travel(timezone.now() + bulking.UNDO_BULK_WITHIN), pytest.raises(bulking.NotNow):
        bulking.undo(bulk.public_id, by=mona)


def test_audit_holds_ids_alone(mona):
    letter = make_letter()
    wave(letter, 1)
    refused(letter, mona, Conditions(reason="spike", name="Suzie"))

    found = (
        AuditEvent.objects.filter(action__startswith="bulk-").order_by("id").values_list("action", "actor", "detail")
    )
    assert list(found) == [
        ("bulk-started", f"user:{mona.pk}", "refuse:1"),
        ("bulk-ended", "clock", "done:1"),
    ]


def test_words_and_rows_of_old_decisions_are_forgotten(mona):
    letter = make_letter()
    wave(letter, 1)
    bulk = refused(letter, mona, Conditions(name="Suzie"))

    with time_machine.travel(timezone.now() + timedelta(days=91)):
        retaining.run()
    bulk.refresh_from_db()
    assert (bulk.conditions, bulk.note, bulk.items.count()) == ({}, "", 0)
