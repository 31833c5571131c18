"""Twenty at the same instant: an invitation is sent, used and answered once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connections
from django.urls import reverse

from campaign.public.views.signing import fresh_nonce
from letters.core import tokens
from letters.outbox.models import Message
from letters.signatures import inviting, signing
from letters.signatures.models import Invitation, Signature
from tests.factories import make_invitation, make_letter, make_user
from tests.public.visitor import SUZIE
from tests.security.test_races import all_at_once

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

CROWD = 20


def form(row, **changes):
    typed = {name: value for name, value in SUZIE.items() if name != "email"}
    hidden = {"nonce": fresh_nonce(), "version": row.letter.version.sha256[: signing.SHA256_SHOWN]}
    return {**hidden, **typed, "action": "sign", **changes}


def test_one_invitation_used_many_times_at_once_is_one_attempt():
    row = make_invitation(email="suzie@example.com")
    path = reverse("public:invited-sign", args=[inviting.token_for(row)])

    responses = all_at_once([(path, form(row, comment=f"{n} holes")) for n in range(CROWD)])

    assert sorted(response.status_code for response in responses) == [303] + [409] * (CROWD - 1)
    assert Signature.objects.get().public_id == Invitation.objects.get().attempt


def test_confirming_and_declining_at_once_ends_in_one_of_both():
    row = make_invitation(email="suzie@example.com", role="initiator")
    page = reverse("public:invited", args=[inviting.token_for(row)])
    all_at_once([(reverse("public:invited-sign", args=[inviting.token_for(row)]), form(row))])
    attempt = Signature.objects.get()
    confirm = reverse("public:confirm", args=[tokens.make(signing.CONFIRM, attempt.public_id)])

    responses = all_at_once([(confirm, {"action": "confirm"}), (page, {"action": "decline"})] * 5)

    assert {response.status_code for response in responses} <= {303, 410}
    ended = Invitation.objects.get()
    kept = list(Signature.objects.values_list("state", "role"))
    assert (ended.state, kept) in [("signed", [("confirmed", "initiator")]), ("declined", [])]


def test_one_list_sent_twice_at_once_mails_everybody_once():
    letter = make_letter(slug="lift")
    people = "\n".join(f"Person {chr(65 + n)} <p{n}@example.org>" for n in range(5))
    user = make_user(is_staff=True)
    rows = inviting.read_list(letter, people)

    def send(_):
        try:
            for row in rows:
                with suppress(inviting.AlreadyInvited):
                    inviting.invite(letter, row.name, row.email, source="Our list", by=user)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))

    assert (Invitation.objects.count(), Message.objects.filter(kind="invitation").count()) == (5, 5)
