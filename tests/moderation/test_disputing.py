from datetime import timedelta

import pytest
from django.utils import timezone

from letters.core.errors import RuleError
from letters.moderation import deciding, disputing, retaining
from letters.moderation.models import Case, Dispute
from letters.outbox import sending
from letters.signatures import deciding as signature_deciding
from letters.signatures import managing
from letters.verification import recording
from letters.verification.providers.base import Proof
from tests.factories import make_letter, sign_and_confirm

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WORK = Proof("work_email", "affiliation", {"domain": "uni.example", "organization": "University X", "kind": "staff"})
ORCID = Proof("orcid", "account", {"orcid": "0000-0001-2345-6789"})


def ask(row, kind="not-them", email="third@example.net"):
    disputing.ask(row, kind=kind, text="She told me so. Zyx-canary", email=email)
    return Dispute.objects.order_by("-id")[0]


def held(row):
    row.refresh_from_db()
    return row.held_reason


def test_nothing_happens_before_the_contact_is_confirmed(mailoutbox):
    row = sign_and_confirm(make_letter())

    dispute = ask(row)
    sending.deliver_due()

    assert held(row) == ""
    assert not Case.objects.exists()
    mail = next(mail for mail in mailoutbox if mail.to == ["third@example.net"])
    assert f"/dispute/{disputing.token_for(dispute)}/" in mail.body
    assert "Zyx" not in mail.body + mail.subject
    assert "Suzie" not in mail.body + mail.subject


@pytest.mark.parametrize(
    ("proofs", "kind", "reason"),
    [
        ([], "not-them", "dispute"),
        ([], "not-me", "dispute"),
        ([], "affiliation", ""),
        ([ORCID], "not-them", ""),
        ([WORK], "not-me", ""),
        ([Proof("invitation", "name")], "not-them", ""),
    ],
)
def test_a_line_is_hidden_at_once_only_where_a_mailbox_alone_stands_behind_it(proofs, kind, reason):
    row = sign_and_confirm(make_letter())
    if proofs:
        recording.record(row, proofs, by="test")

    disputing.confirm(ask(row, kind).public_id)

    assert held(row) == reason
    case = Case.objects.get()
    assert (case.reason, case.detail, case.due_at - case.opened_at <= timedelta(hours=12)) == ("dispute", kind, True)


def test_confirming_twice_opens_one_case():
    dispute = ask(sign_and_confirm(make_letter()))

    assert disputing.confirm(dispute.public_id) == disputing.confirm(dispute.public_id)
    assert Case.objects.count() == 1


def test_two_people_who_dispute_one_line_are_one_case_about_the_person():
    row = sign_and_confirm(make_letter())
    first, second = ask(row, "affiliation"), ask(row, "not-me", "other@example.net")

    disputing.confirm(first.public_id)
    assert held(row) == ""
    disputing.confirm(second.public_id)

    case = Case.objects.get()
    assert (case.detail, case.disputes.count(), held(row)) == ("not-me", 2, "dispute")


def test_an_employer_takes_its_name_out_and_the_signature_stands(mona, mailoutbox):
    row = sign_and_confirm(make_letter())
    recording.record(row, [WORK], by="signatory")
    disputing.confirm(ask(row, "affiliation").public_id)

    case = deciding.refuse(
        Case.objects.get().public_id, by=mona, reason_code="claim-differs", note="Left the university in May."
    )

    row.refresh_from_db()
    assert (row.state, row.display_name, row.affiliation, row.verification) == (
        "confirmed", "Suzie van der Berg", "", "email",
    )  # fmt: skip
    assert not case.can_be_undone
    sending.deliver_due()
    said = {mail.to[0]: mail.body for mail in mailoutbox[-2:]}
    assert "your signature stands" in said[row.email]
    assert "The signature is that person's own and stands." in said["third@example.net"]


def test_an_upheld_dispute_about_the_person_removes_the_signature(mona):
    row = sign_and_confirm(make_letter())
    disputing.confirm(ask(row).public_id)

    deciding.refuse(Case.objects.get().public_id, by=mona, reason_code="impersonation", note="She says so herself.")

    row.refresh_from_db()
    assert (row.state, row.removed_reason) == ("removed", "impersonation")


def test_a_dispute_that_was_not_founded_prints_the_line_again(mona):
    row = sign_and_confirm(make_letter())
    disputing.confirm(ask(row).public_id)

    deciding.accept(Case.objects.get().public_id, by=mona)

    assert held(row) == ""


def test_a_line_that_nobody_sees_cannot_be_disputed():
    row = sign_and_confirm(make_letter(publish_from="account"))

    with pytest.raises(RuleError):
        ask(row)


def test_disputes_are_sealed_and_forgotten(mona):
    row = sign_and_confirm(make_letter())
    dispute, unanswered = ask(row), ask(row, email="later@example.net")
    assert b"Zyx" not in bytes(dispute.text_sealed)
    assert b"third" not in bytes(dispute.email_sealed)
    assert (dispute.text, dispute.email) == ("She told me so. Zyx-canary", "third@example.net")
    disputing.confirm(dispute.public_id)
    deciding.accept(Case.objects.get().public_id, by=mona)

    retaining.run(now=timezone.now() + timedelta(days=8))
    assert list(Dispute.objects.values_list("pk", flat=True)) == [dispute.pk]
    assert unanswered.pk != dispute.pk
    retaining.run(now=timezone.now() + timedelta(days=91))
    assert not Dispute.objects.exists()


def test_a_dispute_that_came_too_late_for_a_case_is_forgotten_as_well():
    row = sign_and_confirm(make_letter())
    dispute = ask(row)
    signature_deciding.remove(row, reason="impersonation", by="test")
    disputing.confirm(dispute.public_id)
    dispute.refresh_from_db()
    assert dispute.case_id is None
    assert dispute.confirmed_at is not None

    retaining.run(now=timezone.now() + retaining.WORDS_KEPT - timedelta(days=1))
    assert Dispute.objects.exists()
    retaining.run(now=timezone.now() + retaining.WORDS_KEPT + timedelta(days=1))
    assert not Dispute.objects.exists()


def test_a_dispute_ends_with_the_signature():
    row = sign_and_confirm(make_letter())
    dispute = ask(row)

    managing.withdraw(row.public_id)

    with pytest.raises(RuleError):
        disputing.find(disputing.token_for(dispute))
