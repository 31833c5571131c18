import pytest
from django.urls import reverse

from letters.documents.models import Letter
from tests.factories import make_letter
from tests.public.visitor import form_with, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def path():
    return reverse("desk:rules", args=[make_letter().slug])


GOOD = {"publish_from": "affiliation", "watched_names": "Ada Lovelace\n\nBob", "spike_per_hour": "50",
        "methods": ["orcid", "review"]}  # fmt: skip


def test_rules_are_saved_and_shown_again(desk, path):
    response = desk.post(path, GOOD, follow=True)

    letter = Letter.objects.get()
    assert (letter.publish_from, letter.watched_names, letter.spike_per_hour, letter.methods) == (
        "affiliation", ["Ada Lovelace", "Bob"], 50, ["orcid", "review"],
    )  # fmt: skip
    assert "Saved." in words_of(response)
    assert form_with(response, "watched_names").fields["watched_names"] == "Ada Lovelace\nBob"
    assert "Nothing was different." in words_of(desk.post(path, GOOD, follow=True))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"publish_from": "gut"}, "Select a valid choice"),
        ({"watched_names": "Ada Lovelace\n=cmd"}, "Line 2: A name cannot begin with"),
        ({"spike_per_hour": "many"}, "Enter a whole number; 0 leaves it to the site."),
        ({"spike_per_hour": ""}, "Enter a whole number; 0 leaves it to the site."),
        ({"spike_per_hour": "-1"}, "greater than or equal to 0"),
        ({"methods": ["palm-reading"]}, "palm-reading"),
    ],
)
def test_a_wrong_entry_is_named_and_nothing_is_saved(desk, path, changes, sentence):
    response = desk.post(path, {**GOOD, **changes})

    assert response.status_code == 422
    assert sentence in words_of(response)
    letter = Letter.objects.get()
    assert (letter.publish_from, letter.watched_names, letter.spike_per_hour, letter.methods) == ("email", [], 0, [])


def opened(desk, path):
    return form_with(desk.get(path), "watched_names").fields


def test_what_two_people_changed_in_different_rules_is_both_kept(desk, path):
    first, second = opened(desk, path), opened(desk, path)
    desk.post(path, {**first, "watched_names": "Ada Lovelace", "spike_per_hour": "7"})
    answer = desk.post(path, {**second, "watched_names": "Bob", "publish_from": "affiliation"}, follow=True)

    letter = Letter.objects.get()
    assert (letter.watched_names, letter.spike_per_hour, letter.publish_from) == (
        ["Ada Lovelace", "Bob"], 7, "affiliation",
    )  # fmt: skip
    assert "Both changes are kept." in words_of(answer)


def test_one_rule_that_two_people_changed_is_shown_and_saved_by_the_next_press(desk, path):
    first, second = opened(desk, path), opened(desk, path)
    desk.post(path, {**first, "spike_per_hour": "7", "publish_from": "account", "watched_names": "Ada Lovelace"})
    answer = desk.post(path, {**second, "spike_per_hour": "9", "watched_names": "Bob"})

    assert answer.status_code == 409
    assert "Now it is: 7" in words_of(answer)
    again = form_with(answer, "watched_names").fields
    assert (again["spike_per_hour"], again["watched_names"]) == ("9", "Bob")
    assert Letter.objects.get().spike_per_hour == 7

    assert desk.post(path, again).status_code == 303
    letter = Letter.objects.get()
    assert (letter.spike_per_hour, letter.watched_names, letter.publish_from) == (
        9, ["Ada Lovelace", "Bob"], "account",
    )  # fmt: skip


@pytest.mark.parametrize("base", ["", "{", "[]", '{"methods": 1}', '{"spike_per_hour": []}'])
def test_a_base_that_no_page_sent_is_none(desk, path, base):
    answer = desk.post(path, {**GOOD, "base": base})

    assert answer.status_code in (303, 422)
    assert (Letter.objects.get().spike_per_hour == 50) == (answer.status_code == 303)


def test_login_leads_to_the_desk(client, settings):
    assert reverse("desk:home") == settings.LOGIN_REDIRECT_URL
