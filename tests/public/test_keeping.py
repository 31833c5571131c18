"""What a web process remembers: never longer than it says, never another page, never for a signature."""

import pytest

from campaign import finding
from campaign.public import headers
from letters.documents import publishing
from letters.signatures import counting, signing
from tests.factories import make_letter, sign_and_confirm, sign_up

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _remember(settings):
    settings.PAGES_KEPT, settings.LETTER_KEPT_SECONDS = 2, 60.0
    finding._kept.clear()
    headers._pages.clear()
    yield
    finding._kept.clear()
    headers._pages.clear()


def test_second_reader_costs_no_query_and_gets_the_same_page(client, django_assert_num_queries):
    letter = make_letter()
    sign_and_confirm(letter)
    counting.refresh()
    first = client.get(letter.get_absolute_url())

    with django_assert_num_queries(0):
        second = client.get(letter.get_absolute_url())

    assert second.content == first.content
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Content-Type"] == first.headers["Content-Type"]


def test_changed_count_draws_the_page_anew(client, settings):
    settings.LETTER_KEPT_SECONDS = 0.0
    letter = make_letter()
    sign_and_confirm(letter, "suzie")
    counting.refresh()
    client.get(letter.get_absolute_url())

    sign_and_confirm(letter, "bob")
    counting.refresh()

    assert "2 people have signed" in client.get(letter.get_absolute_url()).content.decode()


def test_only_so_many_pages_are_remembered(client):
    for _ in range(5):
        client.get(make_letter().get_absolute_url())

    assert len(headers._pages) == 2


def test_searches_are_not_remembered(client):
    letter = make_letter()

    for word in ("abc", "bcd", "cde"):
        client.get(f"{letter.get_absolute_url()}signatories/?q={word}")

    assert headers._pages == {}


def test_letter_closed_while_it_is_remembered_confirms_nobody(client):
    letter = make_letter()
    waiting = sign_up(letter)
    client.get(letter.get_absolute_url())
    publishing.move(letter, "closed", by="test")

    with pytest.raises(signing.LetterNotOpen):
        signing.confirm(waiting.public_id)
