from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from letters.core.errors import RuleError
from letters.ledger.models import AuditEvent
from letters.moderation import asking, cases, deciding, placing
from letters.moderation.models import UNDO_WITHIN, Case
from letters.outbox import sending
from letters.outbox.models import Message
from letters.signatures import managing, signing
from letters.signatures.models import Signature
from letters.verification import recording
from letters.verification.models import Evidence
from letters.verification.providers.base import Proof
from letters.verification.providers.review import Checked
from tests.factories import make_letter, sign_and_confirm

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SOURCE = "https://uni.example/staff/suzie"
ALL = frozenset({"name", "position", "affiliation"})
WORK = Proof("work_email", "affiliation", {"domain": "uni.example", "organization": "University X", "kind": "staff"})


def checked(**changes):
    return Checked(**{"evidence_url": SOURCE, "axes": ALL, "is_public": True, "is_not_own_profile": True, **changes})


def refuse(case, by, **changes):
    words = {"reason_code": "no-evidence", "note": "No page names this person.", **changes}
    return deciding.refuse(case.public_id, by=by, **words)


def again(row):
    return type(row).objects.get(pk=row.pk)


def acts():
    return list(AuditEvent.objects.filter(action__startswith="case").order_by("id").values_list("actor", "action"))


def case_of(reason="mixed-script", **fields):
    return cases.open_case(sign_and_confirm(make_letter()), reason, is_holding=True, **fields)


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

    deciding.hold(case.public_id, by=mona)

    assert again(row).held_reason == "duplicate"
    assert again(case).due_at >= case.due_at


# --- appeals ---


def removed(by):
    row = sign_and_confirm(make_letter())
    refuse(cases.open_case(row, "mixed-script", is_holding=True), by)
    return row


def test_an_appeal_is_decided_by_somebody_else(mona, alice):
    row = removed(mona)

    case = asking.appeal(row.public_id, words="That is my name.")

    for act in (lambda: deciding.accept(case.public_id, by=mona), lambda: refuse(case, mona)):
        with pytest.raises(deciding.OtherReviewer):
            act()
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


def test_an_appeal_that_is_refused_stays_refused_and_cannot_be_repeated(mona, alice):
    row = removed(mona)
    refuse(asking.appeal(row.public_id, words=""), alice)

    assert again(row).state == "removed"
    with pytest.raises(asking.NothingToAppeal):
        asking.appeal(row.public_id, words="")


def test_nothing_to_appeal_for_a_printed_line():
    with pytest.raises(asking.NothingToAppeal):
        asking.appeal(sign_and_confirm(make_letter()).public_id, words="")


# --- corrections ---


def reviewed(mona):
    row = sign_and_confirm(make_letter(publish_from="review"))
    deciding.accept(Case.objects.get().public_id, by=mona, checked=checked())
    return again(row)


def change(row, **changes):
    now = {name: getattr(row, name) for name in managing.Correction.__dataclass_fields__}
    return managing.correct(row.public_id, managing.Correction(**{**now, **changes}))


def test_a_checked_part_stays_printed_until_the_new_text_is_checked(mona):
    row = reviewed(mona)

    change(row, position="Dean", comment="Hello.")

    row = again(row)
    assert (row.position, row.comment, row.is_reviewed) == ("Professor of Cryptography", "Hello.", True)
    assert managing.waiting_change(row) == {"position": "Dean"}
    case = Case.objects.waiting().get()
    assert (case.reason, case.is_holding) == ("correction", False)


def test_an_accepted_correction_is_printed_with_its_own_review(mona, alice):
    row = reviewed(mona)
    change(row, position="Dean")

    deciding.accept(Case.objects.waiting().get().public_id, by=alice, checked=checked(axes=frozenset({"position"})))

    row = again(row)
    assert (row.position, managing.waiting_change(row)) == ("Dean", {})
    standing = Evidence.objects.standing().filter(method="review")
    assert sorted(standing.values_list("axis", "reviewer")) == [
        ("affiliation", mona.pk), ("name", mona.pk), ("position", alice.pk),
    ]  # fmt: skip


def test_an_accepted_correction_without_a_review_loses_the_evidence_of_that_part(mona):
    row = reviewed(mona)
    change(row, position="Dean")

    deciding.accept(Case.objects.waiting().get().public_id, by=mona)

    assert again(row).position == "Dean"
    assert "Position as stated by the signatory." in again(row).sentence


def test_a_refused_correction_leaves_line_and_evidence(mona, mailoutbox):
    row = reviewed(mona)
    change(row, position="Pope")

    refuse(Case.objects.waiting().get(), mona, reason_code="claim-differs", note="The page says Professor.")

    row = again(row)
    assert (row.state, row.position, row.is_reviewed, managing.waiting_change(row)) == (
        "confirmed", "Professor of Cryptography", True, {},
    )  # fmt: skip
    sending.deliver_due()
    assert "your old line stays as it was" in mailoutbox[-1].body


def test_the_signatory_prints_the_new_line_at_once_and_loses_the_evidence(mona):
    row = reviewed(mona)
    change(row, position="Dean")

    managing.print_now(row.public_id)

    row = again(row)
    assert (row.position, Case.objects.get(reason="correction").decision) == ("Dean", "settled")
    assert "Position as stated by the signatory." in row.sentence


def test_the_signatory_takes_the_change_back(mona):
    row = reviewed(mona)
    change(row, position="Dean")

    managing.take_back(row.public_id)

    assert (again(row).position, managing.waiting_change(row)) == ("Professor of Cryptography", {})
    assert Case.objects.get(reason="correction").decision == "settled"


def test_typing_the_old_text_again_takes_the_change_back(mona):
    row = reviewed(mona)
    change(row, position="Dean")

    change(again(row))

    assert managing.waiting_change(row) == {}
    assert not Case.objects.waiting().exists()


def test_a_line_that_nobody_checked_changes_at_once():
    row = sign_and_confirm(make_letter())

    change(row, display_name="Suzanne Berg", position="Dean", affiliation="University Y")

    row = again(row)
    assert (row.display_name, row.position, row.affiliation) == ("Suzanne Berg", "Dean", "University Y")
    assert managing.waiting_change(row) == {}


def test_a_second_try_after_a_refusal_goes_to_somebody_else(mona, alice):
    row = reviewed(mona)
    change(row, position="Dean")
    refuse(Case.objects.waiting().get(), alice)

    change(again(row), position="Vice dean")

    with pytest.raises(deciding.OtherReviewer):
        deciding.accept(Case.objects.waiting().get().public_id, by=alice)
    deciding.accept(Case.objects.waiting().get().public_id, by=mona)
    assert again(row).position == "Vice dean"


def test_nobody_stays_above_the_list_without_the_check(mona, alice):
    row = reviewed(mona)
    placing.place(row, role="selected", by=mona)
    placing.place(row, role="selected", by=alice)
    change(again(row), display_name="Zyx", position="Y", affiliation="Z")

    managing.print_now(row.public_id)

    row = again(row)
    assert (row.role, row.is_reviewed, row.held_reason) == ("signatory", False, "policy")


def test_erasing_leaves_no_word_of_the_case(mona):
    row = removed(mona)
    asking.appeal(row.public_id, words="Zyx-canary")

    managing.erase(row.public_id)

    assert set(Case.objects.values_list("note", "words", "source_url")) == {("", "", "")}
    assert not Case.objects.waiting().exists()
    assert not Message.objects.filter(kind="refused").exists()
    signing.locked(row.public_id)
