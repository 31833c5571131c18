from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from letters.core.errors import RuleError
from letters.moderation import asking, cases, deciding, placing
from letters.moderation.models import UNDO_WITHIN, Case
from letters.outbox import sending
from letters.outbox.models import Message
from letters.signatures import managing, signing
from letters.signatures.models import Signature
from letters.verification import recording
from letters.verification.models import Evidence
from letters.verification.providers.base import Proof
from tests.factories import make_letter, make_signature, make_user, sign_and_confirm
from tests.moderation.rulings import SOURCE, acts, again, case_of, checked, refuse

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WORK = Proof("work_email", "affiliation", {"domain": "uni.example", "organization": "University X", "kind": "staff"})


# --- accepting ---


def test_accept_prints_the_line_and_says_who(mona):
    case = case_of()
    assert not Signature.objects.public().exists()

    deciding.accept(case.public_id, by=mona)

    assert Signature.objects.public().exists()
    case = again(case)
    assert (case.decision, case.decided_by, case.is_open) == ("accepted", mona, False)
    assert acts() == [(f"user:{mona.pk}", "case-accepted")]


def test_a_decided_case_is_not_decided_twice(mona, alice):
    case = case_of()
    deciding.accept(case.public_id, by=mona)

    for act in (lambda: deciding.accept(case.public_id, by=alice), lambda: refuse(case, alice),
                lambda: deciding.hold(case.public_id, by=alice)):  # fmt: skip
        with pytest.raises(deciding.CaseOver):
            act()
    assert again(case).decided_by == mona


def test_a_line_below_the_policy_needs_a_review(mona):
    row = sign_and_confirm(make_letter(publish_from="review"))
    case = Case.objects.get()

    with pytest.raises(deciding.EvidenceMissing):
        deciding.accept(case.public_id, by=mona)
    assert again(row).held_reason == "policy"

    deciding.accept(case.public_id, by=mona, checked=checked())
    row = again(row)
    assert (row.held_reason, row.is_reviewed, again(case).decision) == ("", True, "accepted")
    assert f"checked by the organisers on {timezone.now():%-d %B %Y} against {SOURCE}." in row.sentence
    assert set(Evidence.objects.filter(method="review").values_list("reviewer", flat=True)) == {mona.pk}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"evidence_url": ""}, "source"),
        ({"evidence_url": "javascript:alert(1)"}, "source"),
        ({"evidence_url": "https://www.linkedin.com/in/suzie"}, "own-profile"),
        ({"evidence_url": "https://user:pw@uni.example/"}, "source"),
        ({"is_public": False}, "source"),
        ({"is_not_own_profile": False}, "source"),
        ({"axes": frozenset()}, "axes"),
    ],
)
def test_a_checklist_that_is_no_review_records_nothing(mona, changes, code):
    row = sign_and_confirm(make_letter(publish_from="review"))

    with pytest.raises(RuleError) as refused:
        deciding.accept(Case.objects.get().public_id, by=mona, checked=checked(**changes))

    assert refused.value.code == code
    assert not Evidence.objects.filter(method="review").exists()
    assert again(row).held_reason == "policy"


def test_a_review_of_two_parts_covers_no_third(mona):
    row = sign_and_confirm(make_letter(publish_from="review"))

    deciding.accept(Case.objects.get().public_id, by=mona, checked=checked(axes=frozenset({"name", "affiliation"})))

    assert "Name and affiliation checked" in again(row).sentence
    assert "Position as stated by the signatory." in again(row).sentence


# --- four eyes ---


def watched():
    row = sign_and_confirm(make_letter(watched_names=["Suzie Berg"]))
    return row, Case.objects.get(reason="watched-name")


def test_a_watched_name_needs_strong_evidence(mona):
    row, case = watched()

    with pytest.raises(deciding.EvidenceMissing):
        deciding.accept(case.public_id, by=mona)

    assert again(row).held_reason == "watched-name"


def test_a_watched_name_needs_two_reviewers(mona, alice):
    row, case = watched()
    recording.record(row, [WORK], by="signatory")

    assert deciding.accept(case.public_id, by=mona).waits_for_second
    assert again(row).held_reason == "watched-name"
    with pytest.raises(deciding.SecondEyes):
        deciding.accept(case.public_id, by=mona)
    assert again(row).held_reason == "watched-name"

    deciding.accept(case.public_id, by=alice)
    case = again(case)
    assert (again(row).held_reason, case.decided_by, case.second_by) == ("", mona, alice)
    assert acts()[-2:] == [(f"user:{mona.pk}", "case-approved"), (f"user:{alice.pk}", "case-accepted")]


def test_the_database_refuses_one_person_as_two(mona):
    _row, case = watched()

    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(decided_by=mona, second_by=mona)


def test_a_place_above_the_list_needs_a_check_and_two_people(mona, alice):
    row = sign_and_confirm(make_letter())
    with pytest.raises(RuleError):
        placing.place(row, role="selected", by=mona)
    recording.record(row, [Proof("invitation", "name")], by="test")

    placing.place(row, role="selected", by=mona)
    with pytest.raises(deciding.SecondEyes):
        placing.place(row, role="selected", by=mona)
    assert again(row).role == "signatory"

    placing.place(row, role="selected", by=alice)
    assert again(row).role == "selected"
    placing.place(row, role="signatory", by=mona)
    assert again(row).role == "signatory"


def test_the_other_of_two_who_wants_another_place_begins_anew(mona, alice):
    row = sign_and_confirm(make_letter())
    recording.record(row, [Proof("invitation", "name")], by="test")
    placing.place(row, role="selected", by=mona)

    placing.place(row, role="initiator", by=alice)

    assert again(row).role == "signatory"


# --- refusing, and the way back ---


def test_refuse_removes_and_mails_the_reason_when_the_time_to_undo_is_over(mona, mailoutbox):
    row = sign_and_confirm(make_letter())
    case = cases.open_case(row, "mixed-script", is_holding=True)

    refuse(case, mona)

    row = again(row)
    assert (row.state, row.removed_reason, row.held_reason) == ("removed", "no-evidence", "mixed-script")
    sending.deliver_due()
    assert [mail for mail in mailoutbox if "About your signature" in mail.subject] == []
    with time_machine.travel(timezone.now() + UNDO_WITHIN + timedelta(seconds=1), tick=False):
        sending.deliver_due()
    mail = mailoutbox[-1]
    assert mail.to == ["suzie@example.com"]
    for part in ("The organisers found no public source for what the line says.", "No page names this person.",
                 "appeal within 30 days", "/mine/"):  # fmt: skip
        assert part in mail.body


@pytest.mark.parametrize("words", [{"reason_code": "ugly"}, {"reason_code": ""}, {"note": "  "}])
def test_refuse_needs_a_reason_and_a_note(mona, words):
    case = case_of()

    with pytest.raises(RuleError):
        refuse(case, mona, **words)

    assert again(case).is_open


def test_undo_brings_back_everything_that_the_refusal_settled(mona, alice, mailoutbox):
    row = sign_and_confirm(make_letter(publish_from="account"))
    mixed = cases.open_case(row, "mixed-script", is_holding=True)
    refuse(mixed, mona)
    assert not Case.objects.waiting().exists()

    deciding.undo(mixed.public_id, by=alice)

    assert again(row).state == "confirmed"
    assert sorted(Case.objects.waiting().values_list("reason", flat=True)) == ["mixed-script", "policy"]
    assert again(row).held_reason == "policy"
    assert not Message.objects.filter(kind="refused").exists()


def test_undo_of_an_acceptance_voids_the_review_that_came_with_it(mona):
    row = sign_and_confirm(make_letter(publish_from="review"))
    case = Case.objects.get()
    deciding.accept(case.public_id, by=mona, checked=checked())

    deciding.undo(case.public_id, by=mona)

    row = again(row)
    assert (row.is_reviewed, row.held_reason, again(case).is_open) == (False, "policy", True)


def test_undo_is_too_late_by_one_second(mona):
    case = case_of()
    deciding.accept(case.public_id, by=mona)

    with time_machine.travel(timezone.now() + UNDO_WITHIN + timedelta(seconds=1)), pytest.raises(deciding.TooLate):
        deciding.undo(case.public_id, by=mona)


def test_hold_hides_a_printed_line_and_gives_two_days(mona):
    row = sign_and_confirm(make_letter())
    case = cases.open_case(row, "duplicate")
    assert again(row).held_reason == ""
    now = timezone.now()
    Case.objects.filter(pk=case.pk).update(due_at=now)

    with time_machine.travel(now, tick=False):
        deciding.hold(case.public_id, by=mona)

    assert again(row).held_reason == "duplicate"
    assert again(case).due_at == now + timedelta(days=2)
    assert (again(case).claimed_by, again(case).is_open) == (mona, True)
    assert acts() == [(f"user:{mona.pk}", "case-held")]


def test_hold_makes_nothing_due_earlier(mona):
    case = case_of("duplicate")
    far = timezone.now() + timedelta(days=9)
    Case.objects.filter(pk=case.pk).update(due_at=far)

    deciding.hold(case.public_id, by=mona)

    assert again(case).due_at == far


# --- appeals ---


def removed(by):
    row = sign_and_confirm(make_letter())
    refuse(cases.open_case(row, "mixed-script", is_holding=True), by)
    return row


def test_an_appeal_is_decided_by_somebody_else(mona, alice):
    row = removed(mona)

    case = asking.appeal(row.public_id, words="That is my name.")

    for act in (lambda: deciding.accept(case.public_id, by=mona), lambda: refuse(case, mona),
                lambda: deciding.hold(case.public_id, by=mona)):  # fmt: skip
        with pytest.raises(deciding.OtherReviewer):
            act()
    assert again(row).state == "removed"
    deciding.accept(case.public_id, by=alice)
    assert again(row).state == "confirmed"
    assert Signature.objects.public().exists()


@pytest.mark.parametrize("decide", ["accept", "refuse"])
def test_whoever_is_appealed_against_does_not_take_the_answer_back(mona, alice, decide):
    row = removed(mona)
    case = asking.appeal(row.public_id, words="That is my name.")
    if decide == "accept":
        deciding.accept(case.public_id, by=alice)
    else:
        refuse(case, alice)

    with pytest.raises(deciding.OtherReviewer):
        deciding.undo(case.public_id, by=mona)

    assert again(row).state == ("confirmed" if decide == "accept" else "removed")
    deciding.undo(case.public_id, by=alice)
    assert Case.objects.get(pk=case.pk).is_open


def test_neither_of_two_who_took_part_decides_the_appeal(mona, alice):
    row = make_signature(is_invited=True)
    case = cases.open_case(row, "watched-name", is_holding=True)
    deciding.accept(case.public_id, by=mona)
    refuse(case, alice)
    appeal = asking.appeal(row.public_id, words="That is my name.")

    for person in (mona, alice):
        with pytest.raises(deciding.OtherReviewer):
            deciding.accept(appeal.public_id, by=person)
    deciding.accept(appeal.public_id, by=make_user("bob", is_staff=True))
    assert again(row).state == "confirmed"


def test_an_appeal_that_is_refused_stays_refused_and_cannot_be_repeated(mona, alice):
    row = removed(mona)
    refuse(asking.appeal(row.public_id, words=""), alice)

    assert again(row).state == "removed"
    with pytest.raises(asking.NothingToAppeal):
        asking.appeal(row.public_id, words="")


def test_nothing_to_appeal_for_a_printed_line():
    with pytest.raises(asking.NothingToAppeal):
        asking.appeal(sign_and_confirm(make_letter()).public_id, words="")


def test_erasing_leaves_no_word_of_the_case(mona):
    row = removed(mona)
    asking.appeal(row.public_id, words="Zyx-canary")

    managing.erase(row.public_id)

    assert set(Case.objects.values_list("note", "words", "source_url")) == {("", "", "")}
    assert not Case.objects.waiting().exists()
    assert not Message.objects.filter(kind="refused").exists()
    signing.locked(row.public_id)
