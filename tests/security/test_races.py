"""Fifty at the same instant: one row, one mail, fifty equal answers."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from letters.core import tokens
from letters.outbox.models import Message
from letters.signatures import managing, signing
from letters.signatures.models import Signature
from tests.factories import make_letter, sign_up
from tests.public.visitor import deliver, filled, sign_path

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

CROWD = 50


def all_at_once(requests):
    """Send (path, data) pairs from a thread each, started by one barrier."""
    barrier = threading.Barrier(len(requests))

    def send(request):
        client = Client(raise_request_exception=False)
        barrier.wait(20)
        try:
            return client.post(*request)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def answers(responses):
    return {(response.status_code, response.get("Location"), response.content) for response in responses}


def test_one_form_pressed_fifty_times_at_once_is_one_signature(mailoutbox):
    letter = make_letter()
    data = filled(letter)

    found = answers(all_at_once([(sign_path(letter), data)] * CROWD))

    row = Signature.objects.get()
    assert [status for status, _, _ in found] == [303]
    assert [message.subject_id for message in Message.objects.all()] == [row.public_id]
    assert len(deliver(mailoutbox)) == 1


def test_one_link_pressed_fifty_times_at_once_is_one_confirmation():
    row = sign_up(make_letter())
    path = reverse("public:confirm", args=[tokens.make(signing.CONFIRM, row.public_id)])

    found = answers(all_at_once([(path, {"action": "confirm"})] * CROWD))

    row.refresh_from_db()
    assert found == {(303, reverse("public:mine", args=[managing.token_for(row)]) + "?welcome=1", b"")}
    assert (row.state, row.evidence.count(), Message.objects.count()) == ("confirmed", 1, 1)


def test_ten_attempts_of_one_person_confirmed_at_once_count_once():
    letter = make_letter()
    rows = [sign_up(letter, display_name=f"Suzie {'I' * (n + 1)}") for n in range(10)]
    paths = [reverse("public:confirm", args=[tokens.make(signing.CONFIRM, row.public_id)]) for row in rows]

    responses = all_at_once([(path, {}) for path in paths])

    assert sorted(response.status_code for response in responses) == [303] + [410] * 9
    assert Signature.objects.confirmed().count() == 1


def test_one_person_under_two_letters_at_once_counts_in_both():
    rows = [sign_up(make_letter(slug="first")), sign_up(make_letter(slug="second", body="Another."))]
    paths = [reverse("public:confirm", args=[tokens.make(signing.CONFIRM, row.public_id)]) for row in rows]

    responses = all_at_once([(path, {}) for path in paths * 5])

    assert {response.status_code for response in responses} == {303}
    assert sorted(row.letter.slug for row in Signature.objects.confirmed()) == ["first", "second"]
