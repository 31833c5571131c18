from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from letters.documents.models import Letter
from tests.factories import make_letter

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("state", "opens", "closes", "is_open", "shown"),
    [
        ("draft", None, None, False, "draft"),
        ("open", None, None, True, "open"),
        ("paused", None, None, False, "paused"),
        ("closed", None, None, False, "closed"),
        ("open", 0, 1, True, "open"),
        ("open", 1, 9, False, "soon"),
        ("open", -9, 0, False, "closed"),
        ("paused", -9, -1, False, "closed"),
        ("open", None, 0, False, "closed"),
    ],
)
def test_letter_is_open_by_state_and_within_its_dates(state, opens, closes, is_open, shown):
    with time_machine.travel("2026-11-23 14:00Z", tick=False):
        now = timezone.now()
        letter = Letter(
            state=state,
            opens_at=None if opens is None else now + opens * SECOND,
            closes_at=None if closes is None else now + closes * SECOND,
        )

        assert (letter.is_open, letter.shown_state) == (is_open, shown)


@pytest.mark.parametrize(
    ("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("FA", "rtl"), ("az", "ltr")]
)
def test_letter_is_written_in_the_direction_of_its_language(language, direction):
    assert Letter(language=language).direction == direction


def test_letter_speaks_the_sites_language_where_the_site_does_not_speak_its_own(settings):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]

    assert Letter(language="de-AT").interface_language == "de"
    assert Letter(language="DE").interface_language == "de"
    assert Letter(language="fa").interface_language == "en"


@pytest.mark.django_db
def test_letter_shows_the_words_of_its_current_version():
    letter = make_letter(slug="lift", title="Lift", subtitle="Now")

    assert (letter.title, letter.subtitle, letter.dateline_place, str(letter.dateline_on)) == (
        "Lift", "Now", "The Hague", "2026-11-16",
    )  # fmt: skip
    assert letter.get_absolute_url() == "/letters/lift/"
    assert letter.version.get_absolute_url() == "/letters/lift/versions/1/"
    assert letter.order_label == "in alphabetical order"
    assert (str(letter), str(letter.version)) == ("lift", "lift v1")
    empty = Letter(slug="empty")
    assert (empty.title, empty.subtitle, empty.dateline_place, empty.dateline_on) == ("empty", "", "", None)


@pytest.mark.django_db
def test_public_letters_are_those_that_are_no_draft():
    make_letter(state="draft")
    shown = [make_letter(state=state) for state in ("open", "paused", "closed")]

    assert set(Letter.objects.public()) == set(shown)
