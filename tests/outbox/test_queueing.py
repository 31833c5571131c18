import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from letters.outbox import purging, queueing, suppressing
from letters.outbox.models import Message, Suppression, SuppressionReason
from tests.factories import make_message

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ROW = uuid.uuid4()


def serials():
    return sorted(Message.objects.values_list("serial", flat=True))


def test_queue_stores_a_row_that_is_due_now():
    queueing.queue("note", ROW, scope="7", recipient_index=b"x" * 32)

    message = Message.objects.get()
    assert (message.kind, message.subject_id, message.serial, message.scope) == ("note", ROW, 0, "7")
    assert bytes(message.recipient_index or b"") == b"x" * 32
    assert message.state == "due"
    assert message.next_at <= timezone.now()


def test_queue_refuses_a_second_first_mail():
    queueing.queue("note", ROW)

    with pytest.raises(IntegrityError), transaction.atomic():
        queueing.queue("note", ROW)


def test_queue_leaves_nothing_when_its_transaction_fails():
    @transaction.atomic
    def fail_later():
        queueing.queue("note", ROW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_later()

    assert not Message.objects.exists()


def test_queue_once_says_whether_it_queued():
    assert queueing.queue_once("note", ROW) is True
    assert queueing.queue_once("note", ROW) is False
    assert queueing.queue_once("note", ROW, serial=1) is True
    assert queueing.queue_once("other", ROW) is True

    assert Message.objects.count() == 3


def test_queue_again_gives_each_mail_the_next_serial():
    for _ in range(3):
        queueing.queue_again("note", ROW)
    queueing.queue_again("note", uuid.uuid4())

    assert serials() == [0, 0, 1, 2]


def test_queue_again_still_queues_after_the_oldest_mails_were_purged():
    for days in (40, 20):
        make_message(subject_id=ROW, kind="note", serial=1 - (days == 40), state="sent",
                     created_at=timezone.now() - timedelta(days=days))  # fmt: skip
    assert purging.purge(timezone.now()) == 1

    queueing.queue_again("note", ROW)

    assert serials() == [1, 2]


def test_forget_deletes_every_mail_about_a_row_and_no_other():
    queueing.queue("note", ROW)
    queueing.queue("other", ROW)
    queueing.queue("note", uuid.uuid4())

    queueing.forget(ROW)

    assert Message.objects.count() == 1


@pytest.mark.parametrize(("state", "days", "kept"), [
    ("sent", 32, False), ("withheld", 32, False), ("dead", 32, False), ("bounced", 32, False),
    ("sent", 30, True), ("due", 99, True),
])  # fmt: skip
def test_purge_deletes_settled_mails_that_no_cap_counts_any_more(state, days, kept):
    make_message(state=state, created_at=timezone.now() - timedelta(days=days))

    assert purging.purge(timezone.now()) == (0 if kept else 1)
    assert purging.purge(timezone.now()) == 0

    assert Message.objects.exists() is kept


def test_suppress_blocks_a_mailbox_once_whatever_its_spelling():
    first = suppressing.suppress("Su.zie+x@GMAIL.com", SuppressionReason.BOUNCE)
    second = suppressing.suppress("suzie@googlemail.com", SuppressionReason.NOT_ME)

    assert first.pk == second.pk
    row = Suppression.objects.get()
    assert row.reason == "bounce"
    assert b"suzie" not in bytes(row.recipient_index)


def test_lift_takes_a_block_away_once():
    row = suppressing.suppress("suzie@example.com", SuppressionReason.NOT_ME)

    assert suppressing.lift(row.public_id) is True
    assert suppressing.lift(row.public_id) is False
    assert suppressing.lift(uuid.uuid4()) is False
    assert not Suppression.objects.exists()
