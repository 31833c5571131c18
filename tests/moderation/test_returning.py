"""Ways round a hold: removing and restoring, appealing, editing, leaving and signing again, renewing evidence."""

import pytest
from django.db import connection
from django.db.transaction import atomic
from django.test.utils import CaptureQueriesContext

from letters.moderation import asking, cases, deciding, releasing, screening
from letters.moderation.models import Case
from letters.signatures import managing, representing
from letters.signatures.managing import Correction
from letters.signatures.models import Representation, Signature
from letters.verification import recording
from letters.verification.providers import organization
from letters.verification.providers.base import Proof
from tests.factories import make_letter, sign_and_confirm

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ORCID = Proof("orcid", "account", {"orcid": "0000-0001-2345-6789"}, subject=("orcid", "0000-0001-2345-6789"))


def again(row):
    return type(row).objects.get(pk=row.pk)


def waiting(row):
    return sorted(Case.objects.waiting().filter(signature=row).values_list("reason", flat=True))


def correct(row, **changes):
    old = {name: getattr(again(row), name) for name in Correction.__dataclass_fields__}
    managing.correct(row.public_id, Correction(**{**old, **changes}))


def watched():
    return sign_and_confirm(make_letter(watched_names=["Suzie van der Berg"]))


def test_one_operator_does_not_print_a_watched_name_by_removing_and_restoring(mona):
    row = watched()
    cases.open_case(row, "spike", is_holding=True)

    releasing.remove(again(row), reason_code="impersonation", by=mona)
    releasing.restore(again(row), by=mona)

    assert waiting(row) == ["spike", "watched-name"]
    assert not again(row).is_public


def test_an_appeal_does_not_replace_the_two_approvals(mona, alice):
    row = watched()
    case = Case.objects.get(signature=row)
    deciding.refuse(case.public_id, by=mona, reason_code="impersonation", note="x")

    appeal = asking.appeal(row.public_id, words="please")
    deciding.accept(appeal.public_id, by=alice)

    assert (waiting(row), again(row).held_reason) == (["watched-name"], "watched-name")

    deciding.undo(appeal.public_id, by=alice)
    assert waiting(row) == ["appeal"]


def organisation():
    row = sign_and_confirm(make_letter(), email="o@inst.example", display_name="Institute")
    Signature.objects.filter(pk=row.pk).update(signatory_type="organization")
    site = "https://inst.example/"
    Representation.objects.create(signature=row, name="Suzie", position="Head", website=site, statement_sha256="c" * 64)
    organization.start(again(row), {})
    return row


def test_an_undone_second_yes_leaves_no_organisation_printed(mona):
    row = organisation()
    deciding.accept(Case.objects.get(signature=row).public_id, by=mona)
    representing.correct(row.public_id, name="Eve", position="Head", website="https://inst.example/")
    case = Case.objects.waiting().get(signature=row)
    deciding.accept(case.public_id, by=mona)
    assert again(row).is_public

    deciding.undo(case.public_id, by=mona)

    assert again(row).held_reason == "organization"


def test_a_refused_representative_leaves_no_website_behind(mona):
    row = organisation()
    deciding.accept(Case.objects.get(signature=row).public_id, by=mona)
    representing.correct(row.public_id, name="Eve", position="Head", website="https://evil.example/")

    case = Case.objects.waiting().get(signature=row)
    deciding.refuse(case.public_id, by=mona, reason_code="not-authorised", note="x")

    assert Representation.objects.values_list("name", "website").get() == ("Suzie", "")


def test_editing_does_not_lift_the_hold_of_one_identity():
    letter = make_letter()
    first = sign_and_confirm(letter)
    second = sign_and_confirm(letter, email="b@example.net")
    assert not Case.objects.get().is_holding

    asking.same_identity([first, second])
    correct(second, display_name="Bea Two")

    case = Case.objects.get(signature=second)
    assert (case.detail, case.other, case.is_holding, case.is_open) == ("same-identity", first, True, True)
    assert again(second).held_reason == "duplicate"


def test_a_held_correction_is_not_ended_by_the_signatory(mona):
    row = sign_and_confirm(make_letter())
    case = asking.ask_for_correction(row)
    deciding.hold(case.public_id, by=mona)

    managing._end_waiting(row)

    assert again(row).held_reason == "correction"


@pytest.mark.parametrize(("reason", "held"), [("impersonation", "operator"), ("asked-by-mail", "")])
def test_who_was_removed_and_signs_again_waits(mona, reason, held):
    letter = make_letter()
    releasing.remove(sign_and_confirm(letter), reason_code=reason, by=mona)

    assert again(sign_and_confirm(letter)).held_reason == held


@pytest.mark.parametrize(("is_holding", "held"), [(True, "operator"), (False, "")])
def test_who_left_while_held_and_signs_again_waits(is_holding, held):
    letter = make_letter()
    row = sign_and_confirm(letter)
    cases.open_case(row, "dispute", is_holding=is_holding)
    managing.withdraw(row.public_id)

    assert again(sign_and_confirm(letter)).held_reason == held


def test_renewed_evidence_is_no_lost_evidence():
    letter = make_letter()
    row = sign_and_confirm(letter)
    recording.record(row, [ORCID], by="signatory")
    letter.publish_from = "affiliation"
    letter.save()

    recording.record(again(row), [ORCID], by="signatory")

    assert again(row).held_reason == ""


def test_a_watched_line_with_another_affiliation_is_looked_at_again():
    row = watched()
    cases.settle(row)

    screening.on_corrected(again(row), {"affiliation"})

    assert again(row).held_reason == "watched-name"


def test_a_hold_is_read_under_the_lock_of_its_signature():
    row = sign_and_confirm(make_letter())

    with CaptureQueriesContext(connection) as queries, atomic():
        cases.refresh_hold(row)

    first, *others = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    assert f'"{Signature._meta.db_table}"."id" IN ({row.pk})' in first
    assert "FOR NO KEY UPDATE" in first or not connection.features.has_select_for_update
    assert [sql for sql in others if f'FROM "{Case._meta.db_table}"' in sql] != []
