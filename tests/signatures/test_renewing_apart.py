"""Asking for a new version is of one letter: nobody else is asked, counted, reminded, forgotten or let through."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from letters.documents import publishing
from letters.moderation import cases
from letters.outbox import sending
from letters.outbox.models import Message
from letters.signatures import managing, renewing
from letters.signatures.models import Renewal, Signature
from tests.factories import make_letter, make_signatures, make_user, sign_and_confirm
from tests.signatures.renewals import publish

pytestmark = pytest.mark.django_db


def letters_of(renewals):
    return sorted(renewals.values_list("signature__letter__slug", flat=True))


def test_signatories_of_another_letter_are_neither_asked_nor_counted():
    alice, mine, other = make_user("alice"), make_letter(slug="mine"), make_letter(slug="other")
    make_signatures(mine, 2)
    make_signatures(other, 3)

    mine = publish(mine, alice)
    renewing.run()
    assert letters_of(Renewal.objects.all()) == ["mine"] * 2
    other = publish(other, alice, body="Another text.")

    assert letters_of(Renewal.objects.filter(version=other.version)) == ["other"] * 3
    found = [renewing.progress(letter.version.succession) for letter in (mine, other)]
    assert [(row.asked, row.total, row.waiting) for row in found] == [(2, 2, 0), (3, 3, 0)]


def test_answers_and_leaving_are_of_one_person_alone():
    alice, letter = make_user("alice"), make_letter()
    yes, no, leaves, silent = (sign_and_confirm(letter, person) for person in ("suzie", "bob", "mona", "charlie"))
    letter = publish(letter, alice)
    question = {row.signature_id: row for row in Renewal.objects.all()}

    renewing.sign_again(question[yes.pk], text_sha256=letter.version.sha256)
    renewing.decline(question[no.pk])
    managing.withdraw(leaves.public_id)

    assert dict(Renewal.objects.values_list("signature", "state")) == {
        yes.pk: "signed", no.pk: "declined", silent.pk: "asked",
    }  # fmt: skip
    waiting = set(Message.objects.filter(kind="renewal").values_list("subject_id", flat=True))
    assert question[leaves.pk].public_id not in waiting
    assert question[silent.pk].public_id in waiting
    assert [row.display_name for row in Signature.objects.for_version(letter.version)] == [yes.display_name]
    assert [entry["state"] for entry in renewing.data_of(no)] == ["declined"]


def test_reminders_and_forgetting_are_of_one_letter():
    alice, mine, other = make_user("alice"), make_letter(slug="mine"), make_letter(slug="other")
    sign_and_confirm(mine)
    sign_and_confirm(other, "bob")
    mine, other = publish(mine, alice, days=14), publish(other, alice, days=28, body="Another text.")
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        sending.deliver_due()

    with time_machine.travel(timezone.now() + timedelta(days=12, minutes=1)):
        assert renewing.run() == 1
    assert letters_of(Renewal.objects.filter(reminded_at__isnull=False)) == ["mine"]
    publishing.move(mine, "closed", by="test")
    assert renewing.forget_closed(now=timezone.now() + timedelta(days=31)) == 1
    assert letters_of(Renewal.objects.all()) == ["other"]


def test_a_held_line_is_held_under_the_new_version_for_the_same_reason():
    alice, letter = make_user("alice"), make_letter()
    held, free = sign_and_confirm(letter), sign_and_confirm(letter, "bob")
    cases.open_case(held, "dispute", is_holding=True)
    letter = publish(letter, alice)

    for row in Renewal.objects.all():
        renewing.sign_again(row, text_sha256=letter.version.sha256)

    carried = dict(Signature.objects.for_version(letter.version).values_list("carried_from", "held_reason"))
    assert carried == {held.pk: "dispute", free.pk: ""}
    assert [row.carried_from_id for row in Signature.objects.public().for_version(letter.version)] == [free.pk]
