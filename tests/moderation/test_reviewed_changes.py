"""Changes to a line that the organisers checked: the old text stands until the new one is."""

import pytest

from letters.moderation import deciding, placing
from letters.moderation.models import Case
from letters.outbox import sending
from letters.signatures import managing
from letters.verification.models import Evidence
from tests.factories import make_letter, sign_and_confirm
from tests.moderation.rulings import again, checked, refuse

pytestmark = [pytest.mark.django_db, pytest.mark.database]


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
