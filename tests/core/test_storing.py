"""Rows that are stored together: all or none, and one statement where the database can."""

import uuid

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from letters.core import storing
from letters.outbox import queueing
from letters.outbox.models import Message, Suppression

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def _pair(subject_id: uuid.UUID) -> tuple[Suppression, Message]:
    return Suppression(
        recipient_index=subject_id.bytes * 2, reason="bounce", created_at=timezone.now()
    ), queueing.drafted("confirm", subject_id)


def test_all_rows_are_stored_as_they_are():
    block, mail = _pair(uuid.uuid4())

    storing.insert_together(block, mail)

    stored = Suppression.objects.get()
    assert (bytes(stored.recipient_index), stored.public_id) == (block.recipient_index, block.public_id)
    assert Message.objects.get().subject_id == mail.subject_id


@pytest.mark.parametrize("clash", ["first", "second"])
def test_none_is_stored_when_one_is_refused(clash):
    block, mail = _pair(uuid.uuid4())
    (block if clash == "first" else mail).save(force_insert=True)
    again, mail_again = _pair(mail.subject_id if clash == "second" else uuid.uuid4())
    if clash == "first":
        again.recipient_index = block.recipient_index

    with pytest.raises(IntegrityError):
        storing.insert_together(again, mail_again)

    assert (Suppression.objects.count(), Message.objects.count()) == ((1, 0) if clash == "first" else (0, 1))


@pytest.mark.django_db(transaction=True)
def test_postgresql_gets_one_statement(django_assert_num_queries):
    expected = 1 if connection.vendor == "postgresql" else 4  # SQLite: BEGIN, two inserts, COMMIT

    with django_assert_num_queries(expected):
        storing.insert_together(*_pair(uuid.uuid4()))
