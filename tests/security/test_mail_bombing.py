"""A form that mails strangers: how many mails one address gets, and what a stranger can put into them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from letters.outbox.models import Message
from tests.factories import make_letter, make_words, sign_and_confirm, sign_up, utc
from tests.public.visitor import deliver, filled, send, sign_path

pytestmark = pytest.mark.django_db

SPELLINGS = ("victim@gmail.com", "v.ictim@gmail.com", "VICTIM@GMAIL.COM", "victim+1@gmail.com", "victim@googlemail.com")


@pytest.mark.database
def test_two_hundred_networks_over_fifty_letters_cause_five_mails(client, mailoutbox):
    letters = [make_letter(**make_words(title=f"Letter {number}")) for number in range(50)]

    for number in range(200):
        letter = letters[number % 50]
        data = filled(letter, email=SPELLINGS[number % 5], display_name=f"Robot {chr(65 + number % 26)}")
        answer = client.post(sign_path(letter), data, REMOTE_ADDR=f"203.0.113.{number}")
        assert answer.status_code == 303

    honest = send(client, letters[0], email="honest@example.org")

    assert honest.status_code == 303
    assert [mail.to for mail in deliver(mailoutbox)][5:] == [["honest@example.org"]]
    assert Message.objects.filter(state="withheld", error="capped").count() == 195


def test_one_letter_causes_three_mails_a_day(client, mailoutbox, time_machine):
    letter = make_letter()
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    for number in range(6):
        send(client, letter, comment=f"Attempt {number}")
    first_day = deliver(mailoutbox)

    time_machine.move_to(now + timedelta(days=1, seconds=1), tick=False)
    send(client, letter, comment="The next day")

    assert (len(first_day), len(deliver(mailoutbox))) == (3, 1)


def test_sending_again_stays_under_the_cap(client, mailoutbox):
    letter = make_letter()
    waiting = send(client, letter)["Location"]

    for _ in range(9):
        client.post(waiting, {"action": "resend"})

    assert len(deliver(mailoutbox)) == 3


def test_sending_again_under_another_letter_is_no_way_around_the_cap(client, mailoutbox):
    letter, other = make_letter(slug="lift"), make_letter(slug="other", body="Another.")
    waiting = send(client, letter)["Location"]

    for _ in range(9):
        client.post(waiting.replace("/lift/", f"/{other.slug}/"), {"action": "resend"})

    assert len(deliver(mailoutbox)) == 1


def test_lost_link_stays_under_the_cap(client, mailoutbox):
    letter = make_letter()
    sign_and_confirm(letter)
    deliver(mailoutbox)

    for _ in range(9):
        client.post(reverse("public:mine-link", args=[letter.slug]), {"email": "suzie@example.com"})

    assert len(deliver(mailoutbox)) == 3


def test_lost_link_is_limited_by_network(client, settings, time_machine):
    time_machine.move_to(utc("2026-11-23 14:00"), tick=False)
    settings.LINK_LIMIT_NETWORK, settings.REDIS_URL = 1, ""
    path = reverse("public:mine-link", args=[make_letter().slug])

    answers = [client.post(path, {"email": "suzie@example.com"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1]["Retry-After"] == "601"


def test_mail_carries_the_name_and_nothing_else_that_a_stranger_typed(client, mailoutbox):
    letter = make_letter()

    send(
        client, letter, display_name="Buy Now", position="Cheap Pills", affiliation="Casino Royale", comment="Click me"
    )

    (mail,) = deliver(mailoutbox)
    whole = str(mail.message())
    assert mail.subject == f"Confirm your signature: {letter.title}"
    assert "Buy Now" in whole
    assert [word for word in ("Cheap", "Casino", "Click me") if word in whole] == []


def test_mail_goes_to_one_address_without_a_name(client, mailoutbox):
    row = sign_up(make_letter(), display_name="Bob, Eve")

    (mail,) = deliver(mailoutbox)

    assert (mail.to, mail.cc, mail.bcc, mail.message()["To"]) == ([row.email], [], [], "suzie@example.com")
