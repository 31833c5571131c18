"""The page behind the mail about a new version: a look changes nothing, a pressed button answers."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from letters.documents.models import Letter
from letters.signatures import managing, renewing
from letters.signatures.models import Renewal, Signature
from tests.factories import make_letter, make_user, make_words, sign_and_confirm
from tests.public.visitor import form_with, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(db):
    row = sign_and_confirm(make_letter(slug="lift"))
    deadline = timezone.now() + timedelta(days=10)
    words = make_words(demands=["Lift the restriction by May.", "Publish the *criteria*."])
    renewing.publish(row.letter, words, note="A date.", deadline=deadline, by=make_user("alice"))
    return row


@pytest.fixture
def path(old):
    return reverse("public:renew", args=[renewing.token_for(Renewal.objects.get(signature=old))])


def press(client, path, action):
    fields = form_with(client.get(path), "version").fields
    return client.post(path, {**fields, "action": action})


def test_page_shows_difference_line_and_deadline_and_changes_nothing(client, old, path):
    words = words_of(client.get(path))

    assert "Lift the restriction [put in: by May end]" in words
    assert "A date." in words
    assert "Suzie van der Berg" in words
    assert "Leave my signature under version 1" in words
    assert (client.head(path).status_code, Renewal.objects.get().state, Signature.objects.count()) == (200, "asked", 1)


def test_yes_leads_to_the_own_page_of_the_new_line(client, old, path):
    answer = press(client, path, "sign")

    new = Signature.objects.get(carried_from=old)
    assert (answer.status_code, answer.url) == (
        303,
        reverse("public:mine", args=[managing.token_for(new)]) + "?welcome=1",
    )
    assert press_page(client, path) == "You signed version 2"
    assert answer.headers["Cache-Control"] == "no-store"


def press_page(client, path):
    """The heading that the page has now."""
    return next(part for part in ("You signed version 2", "The time to answer is over", "Do you sign version 2?")
                if part in words_of(client.get(path)))  # fmt: skip


def test_no_says_so_and_can_be_changed(client, old, path):
    assert press(client, path, "leave").url == path
    assert "You left your signature under the earlier version." in words_of(client.get(path))
    assert press(client, path, "sign").status_code == 303


def test_unknown_button_and_changed_text_are_refused(client, old, path):
    assert client.post(path, {"action": "x"}).status_code == 409
    assert client.post(path, {"action": "sign", "version": "0" * 16}).status_code == 409
    assert Signature.objects.count() == 1


def test_after_the_deadline_the_page_offers_the_ordinary_form(client, old, path):
    form = form_with(client.get(path), "version").fields
    with time_machine.travel(timezone.now() + timedelta(days=11)):
        page = client.post(path, {**form, "action": "sign"})

        assert page.status_code == 409
        assert reverse("public:sign", args=["lift"]) in page.content.decode()
        assert press_page(client, path) == "The time to answer is over"


def test_altered_link_is_not_found(client, path):
    assert client.get(path[:-2] + "x/").status_code == 404


def test_own_page_says_that_withdrawing_ends_every_version(client, old, path):
    press(client, path, "sign")
    page = client.get(reverse("public:mine", args=[managing.token_for(old)]))

    assert "It ends under every version of the letter." in words_of(page)
    letter = Letter.objects.get()
    assert letter.version.number == 2
