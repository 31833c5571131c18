"""Corrections by mail: to whoever asked and confirmed, seldom, naming nobody, ended by one click."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from letters.documents import publishing
from letters.outbox import sending, suppressing
from letters.outbox.models import Message, SuppressionReason
from letters.press import following, retaining
from letters.press.models import Correction, CorrectionReader
from letters.signatures import managing
from tests.factories import make_letter, make_signature

pytestmark = pytest.mark.django_db
ADDRESS = "desk@paper.example"


@pytest.fixture
def letter():
    return make_letter()


def follow(letter, address=ADDRESS):
    following.ask(letter, address, language="en")
    reader = CorrectionReader.objects.latest("id")
    following.confirm(reader.public_id)
    sending.deliver_due()
    return reader


def withdraw_one(letter, name="Suzie van der Berg"):
    managing.withdraw(make_signature(letter, display_name=name, at=timezone.now() - timedelta(hours=1)).public_id)


def later(**by):
    return time_machine.travel(timezone.now() + timedelta(**by), tick=False)


def mails(mailoutbox):
    return [mail for mail in mailoutbox if mail.subject.startswith(("Correction:", "2 corrections:"))]


def test_nobody_is_mailed_before_the_button(letter, mailoutbox):
    following.ask(letter, ADDRESS, language="en")
    withdraw_one(letter)

    with later(minutes=3):
        assert following.tell() == 0
        sending.deliver_due()

    assert "confirm it here" in next(mail for mail in mailoutbox if mail.to == [ADDRESS]).body
    assert mails(mailoutbox) == []


def test_a_correction_is_mailed_within_minutes_and_names_nobody(letter, mailoutbox):
    follow(letter)
    withdraw_one(letter, "Zyx Canary")

    with later(minutes=3):
        assert (following.tell(), following.tell()) == (1, 0)
        sending.deliver_due()

    (mail,) = mails(mailoutbox)
    assert mail.to == [ADDRESS]
    assert "One signature was withdrawn by its signatory." in mail.body
    assert "Zyx" not in mail.body + str(mail.alternatives)
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_is_not_settled_or_was_on_record_before_is_not_told(letter):
    withdraw_one(letter)
    with later(minutes=3):
        reader = follow(letter)
        withdraw_one(make_letter())
        assert following.tell() == 0

    with later(minutes=4):
        withdraw_one(letter)
        with later(minutes=1, seconds=59):
            assert following.tell() == 0
        with later(minutes=2, seconds=1):
            assert following.tell() == 1
    told = CorrectionReader.objects.get(pk=reader.pk)
    first, *_elsewhere, last = Correction.objects.order_by("id")
    assert (told.told_from, told.told_to) == (first.pk, last.pk)


def test_each_reader_is_told_of_the_letter_they_asked_for(letter, mailoutbox):
    other = make_letter(title="Another letter")
    follow(letter)
    follow(other, "radio@waves.example")
    withdraw_one(other)

    with later(minutes=3):
        assert following.tell() == 1
        sending.deliver_due()

    (mail,) = mails(mailoutbox)
    assert (mail.to, "Another letter" in mail.subject + mail.body) == (["radio@waves.example"], True)


def test_whoever_ends_it_ends_it_for_nobody_else(letter):
    mine, other = follow(letter), follow(letter, "radio@waves.example")
    elsewhere = follow(make_letter())
    withdraw_one(letter)
    with later(minutes=3):
        assert following.tell() == 2

    following.stop(mine.public_id)
    assert set(CorrectionReader.objects.all()) == {other, elsewhere}
    assert Message.objects.about(other.public_id).filter(kind="corrections").exists()
    following.blocked(suppressing.index_of("radio@waves.example"))
    assert list(CorrectionReader.objects.all()) == [elsewhere]
    publishing.move(letter, "closed", by="test")
    publishing.move(letter, "archived", by="test")
    retaining.run()
    assert list(CorrectionReader.objects.all()) == [elsewhere]


def test_at_most_one_an_hour_and_nothing_is_left_out(letter, mailoutbox):
    follow(letter)
    withdraw_one(letter)
    with later(minutes=3):
        following.tell()
        sending.deliver_due()
        withdraw_one(letter)
        withdraw_one(letter)
    with later(minutes=30):
        assert following.tell() == 0
    with later(minutes=64):
        assert following.tell() == 1
        sending.deliver_due()

    assert [mail.body.count("One signature was withdrawn") for mail in mails(mailoutbox)] == [1, 2]


def test_what_waits_is_not_queued_twice(letter):
    follow(letter)
    withdraw_one(letter)
    with later(minutes=3):
        following.tell()
        withdraw_one(letter)

    with later(minutes=90):
        assert following.tell() == 0

    assert Message.objects.filter(kind="corrections").count() == 1


def test_asking_twice_is_one_row_and_tells_nothing(letter, mailoutbox):
    reader = follow(letter)

    following.ask(letter, "DESK@paper.example", language="en")
    sending.deliver_due()

    assert CorrectionReader.objects.get().public_id == reader.public_id
    assert "already" in mailoutbox[-1].body


def test_one_click_deletes_the_address_and_what_waits(client, letter):
    reader = follow(letter)
    withdraw_one(letter)
    with later(minutes=3):
        following.tell()
    address = reverse("public:corrections-reader", args=[following.token_for(reader)])

    response = client.post(address, {"List-Unsubscribe": "One-Click"})

    assert (response.status_code, CorrectionReader.objects.count()) == (200, 0)
    assert not Message.objects.filter(subject_id=reader.public_id).exists()
    assert client.get(address).status_code == 200


def test_archiving_blocking_and_silence_delete_the_address(letter):
    follow(letter)
    publishing.move(letter, "closed", by="test")
    publishing.move(letter, "archived", by="test")
    assert CorrectionReader.objects.count() == 0
    letter.refresh_from_db()
    with pytest.raises(following.Over):
        following.ask(letter, ADDRESS, language="en")

    follow(make_letter())
    suppressing.suppress(ADDRESS, SuppressionReason.NOT_ME)
    assert CorrectionReader.objects.count() == 0

    following.ask(make_letter(), "other@paper.example", language="en")
    with later(days=15):
        assert retaining.run()["correction_readers"] == 1
