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


def test_login_leads_to_the_desk(client, settings):
    assert reverse("desk:home") == settings.LOGIN_REDIRECT_URL
