"""The page that moves a letter: every button, and every refusal in words."""

from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse

from letters.accounts.models import User
from letters.documents import drafting
from letters.documents.models import Letter
from tests.factories import CAST, make_letter, make_team, utc

pytestmark = pytest.mark.django_db
BEHIND = [{"name": "Jo Doe", "role": "author", "funding": "nobody pays", "interests": "none"}]


@pytest.fixture
def letter(client):
    letter = make_letter(state="draft", organisers=BEHIND, contact="press@example.org", time_zone="Europe/Berlin")
    make_team("alice", letter=letter)
    client.force_login(User.objects.get(email=CAST["alice"].email))
    return letter


def press(client, letter, action, **fields):
    return client.post(reverse("desk:launch", args=[letter.slug]), {"action": action, **fields})


def state_of(letter):
    return Letter.objects.get(pk=letter.pk).state


def test_the_whole_life_by_its_buttons(client, letter):
    life = [
        ("private", "private"), ("lock", "private"), ("launch", "open"), ("pause", "paused"), ("reopen", "open"),
        ("close", "closed"), ("reopen", "open"), ("close", "closed"), ("deliver", "delivered"), ("archive", "archived"),
    ]  # fmt: skip

    assert [(press(client, letter, action).status_code, state_of(letter)) for action, _ in life] == [
        (303, state) for _, state in life
    ]


def test_the_hour_is_that_of_the_zone(client, letter):
    with time_machine.travel(utc("2026-12-01 12:00"), tick=False):
        client.force_login(User.objects.get(email=CAST["alice"].email))
        answer = press(client, letter, "schedule", **{"opens-moment": "2026-12-02T09:00", "opens-zone": "Asia/Kolkata"})

    assert answer.status_code == 303
    assert Letter.objects.get(pk=letter.pk).opens_at == utc("2026-12-02 03:30")


@pytest.mark.parametrize(
    ("moment", "zone", "status", "sentence"),
    [
        ("", "UTC", 422, "This field is required."),
        ("soon", "UTC", 422, "Give the day and the hour, such as 2026-12-01T09:00."),
        ("2027-03-28T02:30", "Europe/Berlin", 422, "02:30 does not exist on that day in Europe/Berlin"),
        ("2020-01-01T09:00", "UTC", 409, "at least a minute and at most a year away"),
        ("2026-12-02T09:00", "Mars/Olympus", 422, "Select a valid choice."),
    ],
)
def test_a_wrong_hour_is_refused_at_the_field_and_stays_typed(client, letter, moment, zone, status, sentence):
    answer = press(client, letter, "schedule", **{"opens-moment": moment, "opens-zone": zone})

    page = answer.content.decode()
    assert (answer.status_code, state_of(letter)) == (status, "draft")
    assert sentence in page
    assert f'value="{moment}"' in page if moment else True


@pytest.mark.parametrize("action", ["", "explode", "close", "archive", "call-off"])
def test_a_button_that_does_not_fit_the_state_changes_nothing(client, letter, action):
    answer = press(client, letter, action)

    assert (answer.status_code, state_of(letter)) == (409, "draft")


def test_a_letter_that_is_not_ready_says_what_is_missing(client, letter):
    Letter.objects.filter(pk=letter.pk).update(organisers=[])

    page = client.get(reverse("desk:launch", args=[letter.slug])).content.decode()
    answer = press(client, letter, "launch")

    assert "What is left before you can launch" in page
    assert (answer.status_code, state_of(letter)) == (409, "draft")


def test_hour_that_the_clocks_show_twice_is_the_first_and_named_by_its_zone(client, letter):
    press(client, letter, "schedule", **{"opens-moment": "2027-10-31T02:30", "opens-zone": "Europe/Berlin"})

    page = client.get(reverse("desk:launch", args=[letter.slug])).content.decode()
    assert Letter.objects.get(pk=letter.pk).opens_at == utc("2027-10-31 00:30")
    assert "The letter opens by itself on 31 October 2027, 02:30 CEST (Europe/Berlin)." in page


def look_over(client, letter):
    return client.get(reverse("desk:launch-now", args=[letter.slug]))


def test_the_last_look_names_what_was_left_empty_and_has_no_button_while_something_is_missing(client, letter):
    whole = look_over(client, letter).content.decode()
    Letter.objects.filter(pk=letter.pk).update(summary="In short.", organisers=[])
    missing = look_over(client, letter).content.decode()

    assert ("Publish now" in whole, "Publish now" in missing) == (True, False)
    assert f'href="{reverse("desk:about", args=[letter.slug])}#id_summary"' in whole
    assert f"{settings.SITE_URL}{letter.get_absolute_url()}" in whole
    assert (state_of(letter), "Say who is behind the letter." in missing) == ("draft", True)


def test_footnotes_that_lead_nowhere_are_told_of_before_the_text_is_frozen(client, letter):
    words, number = drafting.opened(letter)
    pages = [lambda: look_over(client, letter), lambda: client.get(reverse("desk:launch", args=[letter.slug]))]
    assert [page().context["slips"] for page in pages] == [[], []]

    drafting.save(letter, {**words, "body": "See[^2].\n\n[^3]: Lone."}, based_on=number, by=User.objects.get())

    for page in pages:
        text = unescape(page().content.decode())
        assert "The mark [^2] is printed as you typed it" in text
        assert "The note [^3] is printed nowhere" in text
    press(client, letter, "launch")
    assert state_of(letter) == "open"


def test_after_the_launch_the_page_gives_the_address_to_send_around(client, letter):
    press(client, letter, "launch")

    page = client.get(reverse("desk:launch", args=[letter.slug])).content.decode()
    assert f'id="address">{settings.SITE_URL}{letter.get_absolute_url()}<' in page
    assert f'href="{reverse("public:sign", args=[letter.slug])}"' in page
    assert look_over(client, letter).headers["Location"] == reverse("desk:launch", args=[letter.slug])


def test_a_draft_is_deleted_by_whoever_ticks_it(client, letter):
    unsure = press(client, letter, "discard")
    assert (unsure.status_code, state_of(letter)) == (409, "draft")

    answer = press(client, letter, "discard", sure="yes")

    assert (answer.status_code, Letter.objects.filter(pk=letter.pk).exists()) == (303, False)
    assert letter.title in client.get(reverse("desk:home")).content.decode()  # that it is deleted


def test_the_public_sees_the_hour_and_not_the_title(client, letter):
    with time_machine.travel(utc("2026-12-01 12:00"), tick=False) as clock:
        client.force_login(User.objects.get(email=CAST["alice"].email))
        press(client, letter, "schedule", **{"opens-moment": "2026-12-02T09:00", "opens-zone": "UTC"})
        client.logout()
        before = client.get(letter.get_absolute_url())
        clock.shift(timedelta(days=1))
        after = client.get(letter.get_absolute_url())

    assert letter.title not in before.content.decode()
    assert (before.status_code, after.status_code) == (200, 200)
    assert letter.title in after.content.decode()
