from datetime import timedelta

import pytest
from django.utils import timezone

from letters.documents import publishing
from letters.documents.models import Letter
from letters.ledger.models import AuditEvent
from letters.outbox import suppressing
from letters.outbox.models import Message, Suppression, SuppressionReason
from letters.signatures import deciding, emails, managing, reminding, retaining, signing
from letters.signatures.models import Signature
from letters.signatures.tasks import remind as remind_task
from letters.signatures.tasks import retain as retain_task
from tests.factories import make_letter, make_message, make_signature, sign_and_confirm, sign_up

pytestmark = [pytest.mark.django_db, pytest.mark.database]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def signed_up(letter=None, *, mail="sent", **changes):
    row = sign_up(letter or make_letter(), **changes)
    Message.objects.about(row.public_id).update(state=mail, sent_at=timezone.now() if mail == "sent" else None)
    return row


def reminders(row):
    return sorted(Message.objects.about(row.public_id).filter(kind="reminder").values_list("serial", flat=True))


def test_reminders_are_queued_on_day_two_and_seven_and_once_each():
    row = signed_up()
    at = row.signed_at
    queued = []
    for hours in range(0, 24 * 14, 6):
        queued += [hours / 24] * reminding.remind(now=at + hours * HOUR)

    assert queued == [2.0, 7.0]
    assert reminders(row) == [1, 2]


def test_a_reminder_that_was_missed_is_sent_late_but_not_after_its_turn():
    row = signed_up()

    assert reminding.remind(now=row.signed_at + 6 * DAY) == 1
    assert reminding.remind(now=row.signed_at + 13 * DAY) == 1
    assert reminding.remind(now=row.signed_at + 14 * DAY) == 0
    assert reminders(row) == [1, 2]


@pytest.mark.parametrize("mail", ["due", "sending", "bounced", "dead", "withheld"])
def test_no_reminder_when_the_first_mail_did_not_arrive(mail):
    row = sign_up(make_letter())
    Message.objects.update(state=mail, lease_until=timezone.now())

    assert reminding.remind(now=row.signed_at + 2 * DAY) == 0


@pytest.mark.parametrize("reason", list(SuppressionReason))
def test_no_reminder_to_a_blocked_address(reason):
    row = signed_up()
    suppressing.suppress("Suzie+x@example.com", reason)

    assert reminding.remind(now=row.signed_at + 2 * DAY) == 0


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_no_reminder_for_a_letter_that_takes_no_signatures(state):
    row = signed_up()
    publishing.move(row.letter, state, by="test")

    assert reminding.remind(now=row.signed_at + 2 * DAY) == 0


def test_no_reminder_to_whoever_confirmed():
    row = signed_up()
    signing.confirm(row.public_id)

    assert reminding.remind(now=row.signed_at + 2 * DAY) == 0


def test_a_reminder_is_not_built_for_whoever_confirmed_meanwhile():
    letter = make_letter()
    row, other = signed_up(letter), signed_up(letter, display_name="Suzie Again")
    reminding.remind(now=row.signed_at + 2 * DAY + HOUR)
    mine, again = (Message.objects.get(kind="reminder", subject_id=r.public_id) for r in (row, other))
    assert emails.build_reminder([mine])[mine.pk].to == "suzie@example.com"

    Signature.objects.filter(pk=other.pk).update(letter=letter)
    signing.confirm(row.public_id)

    assert emails.build_reminder([mine])[mine.pk].code == "answered"
    assert emails.build_reminder([again])[again.pk].code == "gone"


def test_expire_deletes_the_whole_attempt_after_fourteen_days_and_not_before():
    row, bob = signed_up(), sign_and_confirm(make_letter(), "bob")

    assert reminding.expire(now=row.signed_at + 14 * DAY) == 0
    assert reminding.expire(now=row.signed_at + 14 * DAY + timedelta(seconds=1)) == 1
    assert reminding.expire(now=row.signed_at + 14 * DAY + timedelta(seconds=1)) == 0

    assert list(Signature.objects.all()) == [bob]
    assert not Message.objects.about(row.public_id).exists()
    assert Message.objects.about(bob.public_id).exists()


def test_expire_works_in_batches(monkeypatch):
    monkeypatch.setattr(reminding, "BATCH", 2)
    letter = make_letter()
    for _ in range(5):
        make_signature(letter, state="expired")

    assert reminding.expire() == 5


# --- forgetting ---


def receipt(row, **fields):
    Message.objects.filter(subject_id=row.public_id, kind="withdrawn").update(**fields)


def test_address_of_a_withdrawn_signature_goes_with_its_receipt():
    row = sign_and_confirm(make_letter())
    managing.withdraw(row.public_id)
    now = timezone.now()

    assert retaining.forget_withdrawn(now=now) == 0
    receipt(row, state="sent")
    assert retaining.forget_withdrawn(now=now) == 1
    assert retaining.forget_withdrawn(now=now) == 0

    row.refresh_from_db()
    assert (row.email, row.email_index_odd, row.erased_at) == ("", None, now)


def test_address_of_a_withdrawn_signature_goes_after_a_day_though_no_receipt_left():
    row = sign_and_confirm(make_letter())
    managing.withdraw(row.public_id)
    row.refresh_from_db()

    assert retaining.forget_withdrawn(now=row.withdrawn_at + 24 * HOUR) == 0
    assert retaining.forget_withdrawn(now=row.withdrawn_at + 24 * HOUR + timedelta(seconds=1)) == 1


def test_a_removed_signature_is_emptied_after_thirty_days():
    row = sign_and_confirm(make_letter())
    deciding.remove(row, reason="impersonation", by="user:1")
    row.refresh_from_db()

    assert retaining.forget_removed(now=row.removed_at + 30 * DAY) == 0
    late = row.removed_at + 30 * DAY + timedelta(seconds=1)
    assert retaining.forget_removed(now=late) == 1
    assert retaining.forget_removed(now=late) == 0

    row.refresh_from_db()
    assert (row.state, row.removed_reason, row.display_name, row.email, row.list_key) == (
        "removed", "impersonation", "", "", None,
    )  # fmt: skip
    assert row.erased_at == late
    assert not Message.objects.about(row.public_id).exists()


@pytest.mark.parametrize("how", ["closed", "closes_at"])
def test_addresses_of_a_letter_go_thirty_days_after_it_closed(how, monkeypatch):
    monkeypatch.setattr(retaining, "BATCH", 2)
    letter, now = make_letter(), timezone.now()
    rows = [make_signature(letter) for _ in range(5)]
    other = make_signature()
    if how == "closed":
        publishing.move(letter, "closed", by="test")
        Letter.objects.filter(pk=letter.pk).update(closed_at=now)
    else:
        Letter.objects.filter(pk=letter.pk).update(closes_at=now)

    assert retaining.forget_closed(now=now + 30 * DAY) == 0
    assert retaining.forget_closed(now=now + 30 * DAY + timedelta(seconds=1)) == 5
    assert retaining.forget_closed(now=now + 30 * DAY + timedelta(seconds=1)) == 0

    assert Signature.objects.filter(email_sealed__isnull=False).get() == other
    rows[0].refresh_from_db()
    assert (rows[0].display_name, rows[0].state, rows[0].email_index_odd) == ("Suzie van der Berg", "confirmed", None)


def test_a_letter_that_opened_again_keeps_its_addresses():
    letter = make_letter(state="closed")
    make_signature(letter)
    publishing.move(letter, "open", by="test")

    assert retaining.forget_closed(now=timezone.now() + 99 * DAY) == 0


def test_retaining_does_everything_that_is_due_and_is_safe_to_run_twice():
    letter = make_letter()
    make_signature(letter, state="expired")
    make_signature(letter, state="withdrawn")
    make_signature(letter, state="removed", at=timezone.now() - 31 * DAY)
    make_message(state="sent", created_at=timezone.now() - 40 * DAY)
    make_signature(make_letter(closes_at=timezone.now() - 31 * DAY))

    done = retain_task()

    assert done == {
        "expired": 1, "withdrawn_addresses": 1, "removed": 1, "closed_addresses": 1, "invitations": 0, "renewals": 0,
        "messages": 1, "audit": 0,
    }  # fmt: skip
    assert set(retain_task().values()) == {0}
    assert remind_task() == 0
    assert not Suppression.objects.exists()
    assert AuditEvent.objects.exists()
