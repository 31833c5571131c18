import threading
import uuid
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.db import connections, transaction
from django.utils import timezone

from letters.core import tokens
from letters.core.errors import LinkInvalid, RuleError
from letters.documents import publishing
from letters.documents.models import Letter, Version
from letters.ledger.models import AuditEvent
from letters.outbox import claiming, suppressing
from letters.outbox.models import Message, Suppression
from letters.signatures import deciding, managing, signing
from letters.signatures.models import Signature
from letters.verification.models import Evidence
from tests.factories import (
    CONSENTS_SHA256,
    make_letter,
    make_signature,
    make_version,
    make_words,
    sign_and_confirm,
    sign_up,
    typed,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NONCE = uuid.UUID(int=7)


def sign(letter, *, nonce=NONCE, sha256="", **changes):
    return signing.sign(
        letter,
        typed(**changes),
        nonce=nonce,
        text_sha256=sha256 or letter.version.sha256,
        consents_sha256=CONSENTS_SHA256,
    )


def states(letter):
    return Counter(letter.signatures.values_list("state", flat=True))


# --- signing ---


def test_sign_stores_a_pending_row_and_its_mail():
    letter = make_letter()

    public_id = sign(letter, comment="Let us work.", consent_comment=True)

    row = Signature.objects.get()
    assert (row.public_id, row.state, row.version, row.confirmed_at) == (public_id, "pending", letter.version, None)
    assert (row.display_name, row.comment, row.consent_comment, row.consent_press) == (
        "Suzie van der Berg", "Let us work.", True, False,
    )  # fmt: skip
    assert (row.email, row.consent_text_sha256, row.held_reason) == ("suzie@example.com", CONSENTS_SHA256, "")
    assert b"suzie" not in bytes(row.email_sealed or b"")
    message = Message.objects.get()
    assert (message.kind, message.subject_id, message.scope) == ("confirm", public_id, str(letter.pk))
    assert bytes(message.recipient_index or b"") == suppressing.index_of("suzie@example.com")


def test_sign_twice_with_one_form_is_one_row_and_one_mail():
    letter = make_letter()

    assert sign(letter) == sign(letter)

    assert Signature.objects.count() == 1
    assert Message.objects.count() == 1


def test_sign_with_one_nonce_and_other_data_is_another_attempt():
    letter = make_letter()

    ids = {sign(letter), sign(letter, display_name="Suzie Berg"), sign(letter, consent_press=True)}

    assert len(ids) == 3
    assert Signature.objects.count() == Message.objects.count() == 3


def test_sign_in_two_letters_with_one_nonce_is_two_rows():
    assert sign(make_letter()) != sign(make_letter())


def test_sign_again_answers_the_same_whatever_became_of_the_form():
    letter = make_letter()
    public_id = sign(letter)
    signing.confirm(public_id)
    assert sign(letter) == public_id

    Message.objects.all().delete()  # purged after a month
    assert sign(letter) == public_id
    assert states(letter) == {"confirmed": 1}


def test_sign_stores_nothing_when_its_mail_cannot_be_queued():
    letter = make_letter()
    public_id = signing.attempt_id(letter, NONCE, typed())
    Message.objects.create(kind="confirm", subject_id=public_id, created_at=timezone.now(), next_at=timezone.now())

    assert sign(letter) == public_id

    assert not Signature.objects.exists()


def test_sign_refuses_when_the_text_changed():
    letter = make_letter()
    shown = letter.version.sha256
    make_signature(letter)
    make_version(letter)

    with pytest.raises(signing.TextChanged):
        sign(letter, sha256=shown)
    assert sign(letter)


def test_sign_refuses_when_an_unsigned_text_was_replaced_under_its_number():
    letter = make_letter()
    shown = letter.version.sha256
    make_version(letter)
    assert letter.version.number == 1

    with pytest.raises(signing.TextChanged):
        sign(letter, sha256=shown)
    assert not Signature.objects.exists()


@pytest.mark.parametrize("cut", [0, 1, 15])
def test_sign_takes_no_less_than_sixteen_characters_of_the_texts_hash(cut):
    letter = make_letter()

    with pytest.raises(signing.TextChanged):
        signing.sign(letter, typed(), nonce=NONCE, text_sha256=letter.version.sha256[:cut], consents_sha256="")
    assert sign(letter, sha256=letter.version.sha256[:16])


@pytest.mark.django_db(transaction=True)
def test_sign_refuses_when_the_text_goes_away_in_the_same_instant():
    letter = make_letter()
    seen = Letter.objects.select_related("version").get(pk=letter.pk)
    publishing.set_words(letter, make_words(body="Other."), by="test")

    with pytest.raises(signing.TextChanged):
        sign(seen)

    assert not Signature.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("state", ["draft", "paused", "closed"])
def test_sign_refuses_a_letter_that_is_not_open(state):
    letter = make_letter(state=state)

    with pytest.raises(signing.LetterNotOpen):
        sign(letter)
    assert not Message.objects.exists()


@pytest.mark.parametrize(("opens", "closes"), [(1, None), (None, -1), (-9, 0), (1, 9)])
def test_sign_refuses_outside_the_letters_dates(opens, closes):
    with time_machine.travel("2026-11-23 14:00Z", tick=False):
        now = timezone.now()
        letter = make_letter(
            opens_at=now + timedelta(seconds=opens) if opens is not None else None,
            closes_at=now + timedelta(seconds=closes) if closes is not None else None,
        )
        with pytest.raises(signing.LetterNotOpen):
            sign(letter)


def test_sign_holds_a_name_that_mixes_scripts():
    row = sign_up(make_letter(), display_name="J\u043ehn Smith")

    assert row.held_reason == "mixed-script"
    signing.confirm(row.public_id)
    assert not Signature.objects.public().exists()


def test_sign_again_while_one_is_pending_never_touches_the_first():
    letter = make_letter()
    first = sign_up(letter, display_name="Suzie First")
    sign_up(letter, display_name="A Stranger")

    first.refresh_from_db()

    assert first.display_name == "Suzie First"
    assert states(letter) == {"pending": 2}


def test_resend_queues_another_mail_for_a_waiting_attempt_of_this_letter_alone():
    row = sign_up(make_letter())

    signing.resend(row.letter, row.public_id)

    assert sorted(Message.objects.about(row.public_id).values_list("serial", flat=True)) == [0, 1]
    for index in Message.objects.about(row.public_id).values_list("recipient_index", flat=True):
        assert bytes(index or b"") == suppressing.index_of("suzie@example.com")
    other = make_letter()
    before = Message.objects.exclude(recipient_index=None).count()
    signing.resend(other, row.public_id)
    assert Message.objects.exclude(recipient_index=None).count() == before


# --- confirming ---


def test_confirm_turns_the_row_into_a_line_of_the_list():
    row = sign_up(make_letter())

    confirmed = signing.confirm(row.public_id)

    row.refresh_from_db()
    assert confirmed.pk == row.pk
    assert (row.state, row.sort_name, row.search_text) == (
        "confirmed", "Berg, Suzie van der", "suzie van der berg university x",
    )  # fmt: skip
    assert row.confirmed_at == row.changed_at
    assert row.list_key
    assert list(Signature.objects.public()) == [row]
    assert Evidence.objects.values_list("method", "axis", "checked_at").get() == ("email", "address", row.confirmed_at)


def test_confirm_twice_is_confirm_once():
    row = sign_up(make_letter())
    first = signing.confirm(row.public_id)

    with time_machine.travel(timezone.now() + timedelta(days=99)):
        second = signing.confirm(row.public_id)

    assert (second.pk, second.confirmed_at) == (first.pk, first.confirmed_at)
    assert Evidence.objects.count() == 1


def test_confirm_of_the_second_attempt_purges_the_first():
    letter = make_letter()
    stranger = sign_up(letter, display_name="A Stranger", comment="Buy now")
    own = sign_up(letter, display_name="Suzie Berg", email="Suzie+x@EXAMPLE.com")
    other = sign_up(letter, "bob")

    signing.confirm(own.public_id)

    assert set(letter.signatures.values_list("display_name", "state")) == {
        ("Suzie Berg", "confirmed"),
        ("Bob Brandt", "pending"),
    }
    assert set(Message.objects.values_list("subject_id", flat=True)) == {own.public_id, other.public_id}
    with pytest.raises(signing.LinkExpired):
        signing.confirm(stranger.public_id)


def test_confirm_of_an_address_that_confirmed_already_deletes_the_attempt():
    letter = make_letter()
    standing = sign_and_confirm(letter)
    late = sign_up(letter, display_name="Suzie Again")

    with pytest.raises(signing.AlreadySigned):
        signing.confirm(late.public_id)

    assert list(letter.signatures.all()) == [standing]
    assert not Message.objects.about(late.public_id).exists()


TWELVE = [
    "ab@gmail.com", "AB@gmail.com", "a.b@gmail.com", "ab+1@gmail.com", "a.b+x@gmail.com", "ab@googlemail.com",
    "a.b@googlemail.com", "AB+y@GoogleMail.com", "aB@Gmail.com", "a.B@gmail.com", "ab+a+b@gmail.com", "ab+@gmail.com",
]  # fmt: skip


def test_confirm_of_twelve_spellings_of_one_address_makes_one_signature():
    letter = make_letter()
    attempts = [sign_up(letter, email=spelling) for spelling in TWELVE[:6]]
    answers = [outcome_of(row.public_id) for row in attempts]
    for spelling in TWELVE[6:]:
        answers.append(outcome_of(sign_up(letter, email=spelling).public_id))

    assert answers == ["confirmed", *["LinkExpired"] * 5, *["AlreadySigned"] * 6]
    assert states(letter) == {"confirmed": 1}


def outcome_of(public_id):
    try:
        return str(signing.confirm(public_id).state)
    except RuleError as error:
        return type(error).__name__


def test_confirm_counts_a_person_in_each_letter_and_each_version():
    one, two = make_letter(), make_letter()
    sign_and_confirm(one)
    sign_and_confirm(two)
    make_version(one)
    sign_and_confirm(one)

    assert states(one) == {"confirmed": 2}
    assert states(two) == {"confirmed": 1}


@pytest.mark.parametrize("state", ["withdrawn", "erased", "removed", "expired"])
def test_confirm_refuses_a_row_that_does_not_wait(state):
    row = make_signature(state=state)

    with pytest.raises(signing.LinkExpired):
        signing.confirm(row.public_id)
    with pytest.raises(signing.LinkExpired):
        signing.confirm(uuid.uuid4())

    assert not Signature.objects.confirmed().exists()


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_confirm_refuses_when_the_letter_stopped_meanwhile(state):
    row = sign_up(make_letter())
    publishing.move(row.letter, state, by="test")

    with pytest.raises(signing.LetterNotOpen):
        signing.confirm(row.public_id)

    assert Signature.objects.get().state == "pending"


def test_confirm_is_too_late_by_one_second():
    with time_machine.travel("2026-11-01 12:00Z", tick=False) as clock:
        row = sign_up(make_letter())
        token = tokens.make("confirm", row.public_id)
        clock.shift(timedelta(days=14))
        assert signing.find("confirm", token) == row
        clock.shift(1)
        with pytest.raises(signing.LinkExpired):
            signing.confirm(row.public_id)
        with pytest.raises(signing.LinkExpired):
            signing.find("confirm", token)
        clock.shift(-1)
        assert signing.confirm(row.public_id).is_confirmed


def test_confirm_is_too_late_when_the_letter_closed_a_second_ago():
    with time_machine.travel("2026-11-01 12:00Z", tick=False) as clock:
        row = sign_up(make_letter(closes_at=timezone.now() + timedelta(seconds=1)))
        clock.shift(1)
        with pytest.raises(signing.LetterNotOpen):
            signing.confirm(row.public_id)


def test_find_opens_a_row_by_a_token_of_the_right_purpose_alone():
    row = make_signature()

    assert signing.find("mine", tokens.make("mine", row.public_id)) == row
    with pytest.raises(LinkInvalid):
        signing.find("mine", tokens.make("confirm", row.public_id))
    with pytest.raises(signing.LinkExpired):
        signing.find("mine", tokens.make("mine", uuid.uuid4()))


def test_confirm_by_code_takes_the_code_of_this_attempt_in_this_letter_alone():
    row, other = sign_up(make_letter()), sign_up(make_letter(), "bob")
    code = tokens.code_for(row.public_id)

    for letter, public_id, typed_code in (
        (row.letter, row.public_id, tokens.code_for(other.public_id)),
        (row.letter, row.public_id, ""),
        (other.letter, row.public_id, code),
        (row.letter, uuid.uuid4(), code),
    ):
        with pytest.raises(RuleError) as refused:
            signing.confirm_by_code(letter, public_id, typed_code)
        assert refused.value.code == "code"
    assert not Signature.objects.confirmed().exists()

    assert signing.confirm_by_code(row.letter, row.public_id, code.lower()).is_confirmed
    assert signing.confirm_by_code(row.letter, row.public_id, code).is_confirmed


# --- races: real threads, real rows ---


def race(public_ids):
    """Confirm each id in a thread of its own, all at the same instant; the outcomes in any order."""
    start, outcomes = threading.Barrier(len(public_ids)), []

    def work(public_id):
        start.wait()
        try:
            outcomes.append(outcome_of(public_id))
        except Exception as error:
            outcomes.append(repr(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[public_id]) for public_id in public_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(outcomes)


@pytest.mark.django_db(transaction=True)
def test_fifty_attempts_of_one_person_confirmed_at_once_make_one_signature():
    letter = make_letter()
    with transaction.atomic():
        attempts = [sign_up(letter, display_name=f"Suzie {'x' * number}") for number in range(50)]

    outcomes = race([row.public_id for row in attempts])

    assert outcomes["confirmed"] == 1
    # A row that was purged by the winner before its thread came is gone; the others lose by the unique index.
    assert outcomes["AlreadySigned"] + outcomes["LinkExpired"] == 49, outcomes
    assert states(letter) == {"confirmed": 1}
    assert Evidence.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_presses_of_one_button_at_once_make_one_signature():
    row = sign_up(make_letter())

    assert race([row.public_id] * 50) == {"confirmed": 50}

    assert Signature.objects.get().is_confirmed
    assert Evidence.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_person_confirming_two_letters_at_once_counts_in_both():
    rows = [sign_up(make_letter()) for _ in range(2)]

    assert race([row.public_id for row in rows]) == {"confirmed": 2}


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_twenty_times_at_once_is_one_row_and_one_mail():
    letter, start, ids = make_letter(), threading.Barrier(20), []

    def work():
        start.wait()
        ids.append(sign(letter))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ids) == 20
    assert len(set(ids)) == 1
    assert Signature.objects.count() == Message.objects.count() == 1


# --- «This was not me» ---


def test_disown_deletes_a_pending_row_with_all_attempts_and_blocks_the_address():
    letter = make_letter()
    row, other = sign_up(letter), sign_up(letter, display_name="Another try")
    bob = sign_up(letter, "bob")

    shown, block = signing.disown(row.public_id)

    assert shown == letter
    assert list(letter.signatures.all()) == [bob]
    assert not Message.objects.about(row.public_id).exists()
    assert (block.reason, bytes(block.recipient_index)) == ("not_me", suppressing.index_of("suzie@example.com"))
    assert not Signature.objects.filter(pk=other.pk).exists()
    sign_up(letter)
    assert [message.subject_id for message in claiming.claim()] == [bob.public_id]


def test_disown_empties_a_confirmed_row():
    row = sign_and_confirm(make_letter())

    signing.disown(row.public_id)

    row.refresh_from_db()
    assert (row.state, row.display_name, row.email, row.list_key) == ("withdrawn", "", "", None)
    assert row.erased_at is not None
    assert not Evidence.objects.exists()
    assert AuditEvent.objects.filter(action="signature-disowned", object_id=str(row.public_id)).count() == 1
    with pytest.raises(signing.LinkExpired):
        signing.disown(row.public_id)
    assert Suppression.objects.count() == 1


def test_a_person_may_sign_again_after_withdrawing():
    letter = make_letter()
    first = sign_and_confirm(letter)
    managing.withdraw(first.public_id)

    assert sign_and_confirm(letter).is_confirmed

    assert states(letter) == {"withdrawn": 1, "confirmed": 1}


def test_a_person_may_sign_again_after_a_removal_which_then_cannot_be_undone():
    letter = make_letter()
    first = sign_and_confirm(letter)
    deciding.remove(first, reason="duplicate", by="user:1")
    sign_and_confirm(letter)

    with pytest.raises(RuleError) as refused:
        deciding.restore(first, by="user:1")

    assert refused.value.code == "signed-anew"
    assert states(letter) == {"removed": 1, "confirmed": 1}


def test_a_signed_text_cannot_be_deleted():
    row = make_signature()

    with pytest.raises(Exception, match="protected foreign keys"):
        Version.objects.filter(pk=row.version_id).delete()
