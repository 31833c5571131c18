"""A new version is signed once by everybody, whatever is pressed at the same instant."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from letters.core import tokens
from letters.documents import amending, publishing
from letters.documents.models import Amendment, Letter
from letters.outbox.models import Message
from letters.signatures import managing, renewing, signing
from letters.signatures.models import Renewal, Signature
from tests.factories import make_letter, make_signatures, make_user, make_words, sign_and_confirm, sign_up
from tests.security.test_races import all_at_once

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def old(transactional_db):
    row = sign_and_confirm(make_letter(slug="lift"))
    publish(row.letter, make_user("alice"))
    return row


def publish(letter, alice, body="Another text."):
    deadline = timezone.now() + timedelta(days=10)
    renewing.publish(letter, make_words(body=body), note="x", deadline=deadline, by=alice)


def page_of(row):
    """The address of a person's question, and the form of its first button."""
    found = Renewal.objects.select_related("version").get(signature=row)
    mark = found.version.sha256[: signing.SHA256_SHOWN]
    return reverse("public:renew", args=[renewing.token_for(found)]), {"action": "sign", "version": mark}


def at_once(*acts):
    """Do all of these in threads of their own; their results, or the class of what they raised."""

    def run(act):
        try:
            return act()
        except Exception as error:
            return type(error)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_button_pressed_many_times_at_once_signs_once(old):
    responses = all_at_once([page_of(old)] * 10)

    assert {response.status_code for response in responses} == {303}
    assert Signature.objects.filter(carried_from=old).count() == 1
    assert Message.objects.filter(kind="renewed").count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_signing_again_and_withdrawing_at_once_leaves_nothing_standing(old, turn):
    mine = reverse("public:mine", args=[managing.token_for(old)])

    responses = all_at_once([page_of(old), (mine, {"action": "withdraw"})] * 3)

    assert {response.status_code for response in responses} <= {303, 409, 410}
    assert {row.state for row in Signature.objects.all()} == {"withdrawn"}


def test_signing_again_and_signing_by_the_form_at_once_is_one_line(old):
    letter = Letter.objects.select_related("version").get()
    attempt = sign_up(letter)
    confirm = reverse("public:confirm", args=[tokens.make(signing.CONFIRM, attempt.public_id)])

    responses = all_at_once([page_of(old), (confirm, {"action": "confirm"})] * 3)

    assert {response.status_code for response in responses} <= {303, 409, 410}
    assert Signature.objects.confirmed().for_version(letter.version).count() == 1
    assert Renewal.objects.get().state == "signed"


def test_letter_that_closes_at_the_same_time_has_the_line_or_refuses_it(old):
    row, letter = Renewal.objects.select_related("version").get(), old.letter

    def close():
        return publishing.move(letter, "closed", by="test")

    answers = at_once(close, *[lambda: renewing.sign_again(row, text_sha256=row.version.sha256)] * 4)

    refused = [answer for answer in answers[1:] if answer is renewing.AskOver]
    signed = [answer for answer in answers[1:] if isinstance(answer, Signature)]
    assert len(refused) + len(signed) == 4
    assert Signature.objects.filter(carried_from=old).count() == (1 if signed else 0)


def test_links_of_both_lines_withdraw_at_once_without_waiting_for_each_other(old):
    row = Renewal.objects.select_related("version").get()
    new = renewing.sign_again(row, text_sha256=row.version.sha256)

    answers = at_once(*[lambda: managing.withdraw(old.public_id), lambda: managing.withdraw(new.public_id)] * 3)

    assert all(isinstance(answer, Signature) for answer in answers)
    assert Message.objects.filter(kind="withdrawn").count() == 1


def test_asking_at_once_asks_everybody_once(transactional_db):
    letter, alice = make_letter(slug="lift"), make_user("alice")
    make_signatures(letter, 5)
    publish(letter, alice)
    Renewal.objects.all().delete()
    Message.objects.all().delete()

    answers = at_once(*[renewing.run] * 4)

    assert sum(answers) == 5
    assert (Renewal.objects.count(), Message.objects.filter(kind="renewal").count()) == (5, 5)


def test_two_fixes_at_once_of_one_text_are_one(transactional_db):
    letter, alice = make_letter(slug="lift"), make_user("alice")
    since = letter.version.sha256

    def fix(title):
        return lambda: amending.amend(letter, make_words(title=title), note="x", by=alice, since=since)

    answers = at_once(*[fix(f"Title {n}") for n in range(4)])

    assert answers.count(amending.MovedOn) == 3
    assert Amendment.objects.count() == 1
