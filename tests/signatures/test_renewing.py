"""A new version asks its signatories again; silence means no, and whoever leaves is gone everywhere."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from letters.core.errors import LinkInvalid
from letters.documents import publishing
from letters.ledger.models import AuditEvent
from letters.outbox import sending
from letters.outbox.models import Message
from letters.signatures import counting, managing, renewing, signing
from letters.signatures.models import Renewal, Signature
from letters.verification.models import Evidence
from tests.factories import (
    make_letter,
    make_signature,
    make_signatures,
    make_user,
    sign_and_confirm,
    sign_up,
)
from tests.signatures.renewals import NOTE, asked, publish, sign_again

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(db):
    return make_user("alice")


@pytest.fixture
def letter():
    return make_letter(slug="lift")


def standing_of(signature):
    """What the page of this person's question says now."""
    return renewing.standing(asked(signature))


def test_new_version_is_current_with_nobody_and_the_old_one_keeps_its_list(letter, alice):
    row = sign_and_confirm(letter)
    old = letter.version

    letter = publish(letter, alice)

    assert (letter.version.number, letter.amendment, letter.version.succession.note) == (2, None, NOTE)
    assert counting.tally_for(letter.version).persons == 0
    assert counting.tally_for(old).persons == 1
    assert Signature.objects.get(pk=row.pk).version == old


def test_everybody_who_stands_is_asked_once_at_a_polite_rate(letter, alice):
    rows = make_signatures(letter, 3)
    for state in ("pending", "sample", "withdrawn", "removed", "erased"):
        make_signature(letter, state=state)
    with time_machine.travel("2026-11-23 14:00Z", tick=False):
        letter = publish(letter, alice)
        renewing.run()

        found = list(Message.objects.filter(kind="renewal").order_by("next_at"))
        steps = [(message.next_at - timezone.now()).total_seconds() for message in found]

    assert Renewal.objects.count() == 3
    assert {message.subject_id for message in found} == {asked(row).public_id for row in rows}
    assert steps == [0.0, 0.5, 1.0]


def test_later_batches_wait_for_the_mails_before_them(letter, alice, monkeypatch):
    monkeypatch.setattr(renewing, "BATCH", 2)
    make_signatures(letter, 3)
    with time_machine.travel("2026-11-23 14:00Z", tick=False):
        publish(letter, alice)
        renewing.run()
        moments = Message.objects.filter(kind="renewal").order_by("next_at").values_list("next_at", flat=True)

        assert [(moment - timezone.now()).total_seconds() for moment in moments] == [0.0, 0.5, 1.0]


def test_mail_names_the_note_the_deadline_and_a_link(letter, alice, mailoutbox):
    row = sign_and_confirm(letter, comment="Buy my book.")
    sending.deliver_due()
    with time_machine.travel("2026-11-23 14:00Z", tick=False):
        letter = publish(letter, alice)
        sending.deliver_due()

    mail = mailoutbox[-1]
    assert mail.to == ["suzie@example.com"]
    assert mail.subject == "The text was changed. Do you sign version 2? Lift the restriction"
    assert NOTE in mail.body
    assert f"/again/{renewing.token_for(asked(row))}/" in mail.body
    assert "7 December 2026, 14:00 UTC" in mail.body
    assert "Buy my book" not in mail.body


def test_yes_makes_a_confirmed_line_with_its_evidence_and_leaves_the_old_one(letter, alice):
    old = sign_and_confirm(letter, comment="Well.", consent_comment=True, consent_press=True)
    Signature.objects.filter(pk=old.pk).update(is_invited=True)
    Evidence.objects.create(signature=old, letter=letter, method="invitation", axis="name", checked_at=old.confirmed_at)
    letter = publish(letter, alice)
    later = timezone.now() + timedelta(days=1)

    with time_machine.travel(later, tick=False):
        new = sign_again(old)

    new.refresh_from_db()
    assert (new.version_id, new.state, new.carried_from_id) == (letter.version_id, "confirmed", old.pk)
    assert (new.display_name, new.comment, new.consent_press, new.email) == (
        old.display_name, "Well.", True, "suzie@example.com",
    )  # fmt: skip
    assert (new.confirmed_at, new.is_invited, new.verification) == (later, True, "email")
    kept = [
        tuple(row)
        for row in Evidence.objects.filter(signature=new).values_list("method", "checked_at").order_by("method")
    ]
    assert kept == [
        tuple(row)
        for row in Evidence.objects.filter(signature=old).values_list("method", "checked_at").order_by("method")
    ]
    assert Signature.objects.get(pk=old.pk).state == "confirmed"
    assert standing_of(old) == "signed"


def test_yes_twice_is_one_line_and_one_receipt(letter, alice, mailoutbox):
    old = sign_and_confirm(letter)
    publish(letter, alice)

    first, second = sign_again(old), sign_again(old)

    assert first.pk == second.pk
    assert Message.objects.filter(kind="renewed").count() == 1
    sending.deliver_due()
    assert mailoutbox[-1].subject == "You signed version 2: Lift the restriction"
    assert AuditEvent.objects.filter(action="signature-carried").count() == 1


def test_no_can_be_changed_until_the_deadline(letter, alice):
    old = sign_and_confirm(letter)
    letter = publish(letter, alice)

    renewing.decline(asked(old))
    renewing.decline(asked(old))
    assert asked(old).state == "declined"
    assert sign_again(old).version_id == letter.version_id
    with pytest.raises(renewing.SignedAlready):
        renewing.decline(asked(old))


@pytest.mark.parametrize(
    ("happens", "refusal", "standing"),
    [
        ("deadline", renewing.AskOver, "over"),
        ("closed", renewing.AskOver, "over"),
        ("paused", signing.LetterNotOpen, "paused"),
        ("withdrawn", signing.LinkExpired, None),
        ("replaced", renewing.Replaced, "replaced"),
    ],
)
def test_answer_comes_too_late(letter, alice, happens, refusal, standing):
    old = sign_and_confirm(letter)
    letter = publish(letter, alice)
    row = asked(old)
    now = timezone.now()
    if happens == "deadline":
        now += timedelta(days=15)
    elif happens == "withdrawn":
        managing.withdraw(old.public_id)
    elif happens == "replaced":
        publish(letter, alice, body="Once more.")
    else:
        publishing.move(letter, happens, by="test")

    with time_machine.travel(now), pytest.raises(refusal):
        renewing.sign_again(row, text_sha256=row.version.sha256[:16])

    with time_machine.travel(now):
        assert (standing_of(old) if standing else None) == standing
    assert Signature.objects.for_version(row.version).count() == 0


def test_form_of_another_text_is_refused(letter, alice):
    old = sign_and_confirm(letter)
    publish(letter, alice)

    for mark in ("", old.version.sha256[:16], asked(old).version.sha256[:15]):
        with pytest.raises(signing.TextChanged):
            renewing.sign_again(asked(old), text_sha256=mark)


def test_whoever_signed_the_new_version_by_the_form_is_not_carried_over_as_well(letter, alice):
    old = sign_and_confirm(letter)
    letter = publish(letter, alice)

    new = sign_and_confirm(letter)

    assert (standing_of(old), Signature.objects.get(pk=new.pk).carried_from_id) == ("signed", old.pk)
    assert sign_again(old).pk == new.pk
    assert Message.objects.filter(kind="renewed").count() == 0


def test_whoever_confirms_the_old_text_late_is_asked_at_once(letter, alice):
    waiting = sign_up(letter)
    letter = publish(letter, alice)

    signing.confirm(waiting.public_id)

    assert (asked(waiting).version_id, waiting.version_id != letter.version_id) == (letter.version_id, True)


def test_third_version_asks_everybody_of_all_versions_by_their_newest_line(letter, alice, mailoutbox):
    people = ("suzie", "bob", "mona", "charlie")
    yes, no, silent, gone = (sign_and_confirm(letter, person) for person in people)
    letter = publish(letter, alice)
    carried = sign_again(yes)
    renewing.decline(asked(no))
    late = sign_and_confirm(letter, "alice")  # the second version alone
    letter = publish(letter, alice, body="Once more.")
    managing.withdraw(gone.public_id)
    Message.objects.exclude(kind="renewal").delete()
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        renewing.run()
        sending.deliver_due()

    found = Renewal.objects.filter(version=letter.version)
    assert {row.signature_id for row in found} == {carried.pk, silent.pk, late.pk}
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted([carried.email, silent.email, late.email])
    words = {mail.to[0]: mail.body for mail in mailoutbox}
    assert f"Version 2: {NOTE}\nVersion 3: {NOTE}" in words[silent.email]
    assert "Version 2:" not in words[late.email]
    third = renewing.sign_again(found.get(signature=silent), text_sha256=letter.version.sha256)
    assert (third.version.number, third.carried_from_id) == (3, silent.pk)
    assert renewing.progress(letter.version.succession).waiting == 0


def test_whoever_stands_under_the_newest_version_or_was_removed_there_is_not_asked_by_an_older_line(letter, alice):
    standing, removed = sign_and_confirm(letter), sign_and_confirm(letter, "bob")
    letter = publish(letter, alice, days=20)
    Renewal.objects.all().delete()
    sign_and_confirm(letter)
    second = sign_and_confirm(letter, "bob")
    Signature.objects.filter(pk=second.pk).update(
        state="removed", removed_reason="impersonation", removed_at=timezone.now()
    )

    assert renewing.run() == 0
    assert Renewal.objects.filter(signature__in=[standing, removed]).count() == 0


def test_question_moves_to_the_line_that_was_confirmed_late_and_is_not_put_twice(letter, alice):
    first = sign_and_confirm(letter)
    letter = publish(letter, alice)
    waiting = sign_up(letter)
    letter = publish(letter, alice, body="Once more.")
    question = Renewal.objects.get(signature=first, version=letter.version)

    signing.confirm(waiting.public_id)
    renewing.run()

    question.refresh_from_db()
    assert question.signature_id == waiting.pk
    assert Renewal.objects.filter(version=letter.version).count() == 1


def test_reminder_leaves_once_two_days_before_the_end_to_the_silent_alone(letter, alice, mailoutbox):
    silent, said_no = sign_and_confirm(letter), sign_and_confirm(letter, "bob")
    letter = publish(letter, alice)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        sending.deliver_due()
    renewing.decline(asked(said_no))

    assert renewing.run() == 0
    with time_machine.travel(timezone.now() + timedelta(days=12, minutes=1)):
        assert (renewing.run(), renewing.run()) == (1, 0)
        sending.deliver_due()

    assert [mail.to for mail in mailoutbox if "Still to answer" in mail.subject] == [[silent.email]]


def test_a_hidden_line_stays_so_under_the_new_version(letter, alice):
    hidden = sign_and_confirm(letter)
    managing.hide(hidden.public_id, hidden=True)
    publish(letter, alice)

    assert sign_again(hidden).hidden_at is not None


def test_one_account_cannot_stand_behind_two_people_after_a_new_version(letter, alice):
    from letters.verification import recording  # noqa: PLC0415 - read beside what it is about
    from letters.verification.providers.base import Proof  # noqa: PLC0415 - the same

    proof = Proof(
        method="orcid", axis="account", claim={"orcid": "0000-0001"}, source="orcid", subject=("orcid", "0000-0001")
    )
    suzie = sign_and_confirm(letter)
    recording.record(suzie, [proof], by="signatory")
    letter = publish(letter, alice)
    sign_again(suzie)

    bob = sign_and_confirm(letter, "bob")
    with pytest.raises(recording.IdentityTaken):
        recording.record(bob, [proof], by="signatory")


def test_progress_counts_answers(letter, alice):
    yes, no, _silent = sign_and_confirm(letter), sign_and_confirm(letter, "bob"), sign_and_confirm(letter, "mona")
    letter = publish(letter, alice)
    sign_again(yes)
    renewing.decline(asked(no))

    found = renewing.progress(letter.version.succession)

    assert (found.asked, found.signed, found.declined, found.silent, found.waiting) == (3, 1, 1, 1, 0)


def test_link_of_another_purpose_or_of_nobody_is_refused(letter, alice):
    row = sign_and_confirm(letter)
    publish(letter, alice)
    token = renewing.token_for(asked(row))
    with pytest.raises(LinkInvalid):
        renewing.find(managing.token_for(row))
    managing.withdraw(row.public_id)

    with pytest.raises(signing.LinkExpired):
        renewing.find(token)


def test_questions_are_forgotten_with_the_addresses_of_a_closed_letter(letter, alice):
    sign_and_confirm(letter)
    letter = publish(letter, alice)
    publishing.move(letter, "closed", by="test")

    assert renewing.forget_closed(now=timezone.now()) == 0
    assert renewing.forget_closed(now=timezone.now() + timedelta(days=31)) == 1
