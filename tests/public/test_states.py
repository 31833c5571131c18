"""What readers find in each state: nothing before the launch, nobody while names are hidden."""

import pytest
import time_machine
from django.utils import timezone

from letters.documents.models import Letter
from letters.signatures import counting
from tests.factories import make_letter, make_signature, sign_and_confirm, utc
from tests.public.addresses import addresses_for
from tests.public.visitor import send, words_of

pytestmark = pytest.mark.django_db


def of_a_letter(paths):
    """Every public address below the letter's own, by URL name; but for the waiting tab of one visitor."""
    return [name for name, path in paths.items() if path.startswith("/letters/lift/") and name != "sent"]


@time_machine.travel("2026-11-23 14:00Z", tick=False)
def test_before_the_embargo_ends_the_address_says_when_and_nothing_else(client):
    letter = make_letter(
        slug="lift", state="embargoed", opens_at=utc("2026-12-01 08:00"), time_zone="Europe/Berlin", language="de"
    )
    make_signature(letter)

    page = client.get(letter.get_absolute_url())

    assert page.status_code == 200
    assert "1 December 2026, 09:00 CET (Europe/Berlin)" in words_of(page)
    for word in ("Lift", "Suzie", "The Hague", "Jo Doe", "holes"):
        assert word not in page.content.decode()
    assert '<meta name="robots" content="noindex">' in page.content.decode()


def test_everything_else_of_an_embargoed_letter_is_not_found(client):
    letter = make_letter(slug="lift", state="embargoed")
    paths = addresses_for(make_signature(letter), make_signature(letter, state="pending", person="bob"))

    says_the_hour = ("letter", "embargo-room")  # and nothing else, to whoever holds no link: test_embargoes.py
    for name in of_a_letter(paths):
        assert client.get(paths[name]).status_code == (200 if name in says_the_hour else 404), name
    assert "Lift the" not in client.get(paths["embargo-room"]).content.decode()
    assert "Lift" not in client.get(paths["home"]).content.decode()


def test_embargo_ends_by_its_hour_without_any_worker(client):
    letter = make_letter(slug="lift", state="embargoed")

    with time_machine.travel(letter.opens_at):
        assert "Lift the restriction" in words_of(client.get(letter.get_absolute_url()))


@pytest.mark.parametrize("state", ["draft", "private"])
def test_unpublished_letter_is_not_found(client, state):
    letter = make_letter(slug="lift", state=state)

    assert client.get(letter.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(("state", "sentence"), [("delivered", "Delivered on"), ("archived", "Archived on")])
def test_ended_letter_says_how_and_takes_no_signature(client, state, sentence):
    letter = make_letter(slug="lift", state=state)

    page = client.get(letter.get_absolute_url())

    assert f"{sentence} {timezone.now():%-d %B %Y}" in words_of(page)
    assert "Sign this letter" not in words_of(page)


def test_hours_and_days_are_those_of_the_letter_s_own_zone(client):
    """Half past eleven in the evening in Los Angeles is the next day in UTC."""
    evening = utc("2027-06-01 06:30")
    letter = make_letter(slug="lift", time_zone="America/Los_Angeles", closes_at=evening)
    page = letter.get_absolute_url()

    assert "Open until 31 May 2027, 23:30 PDT (America/Los_Angeles)" in words_of(client.get(page))
    Letter.objects.update(state="closed", closed_at=evening)
    assert "Closed for signatures on 31 May 2027" in words_of(client.get(page))


@pytest.mark.parametrize("ended", [{"state": "closed"}, {"closes_at": utc("2026-11-20 12:00")}])
def test_who_was_announced_and_did_not_sign_stands_there_until_the_close(client, ended):
    letter = make_letter(slug="lift", initiators=[{"name": "Ina Iversen", "position": "", "affiliation": ""}])
    page = letter.get_absolute_url()
    assert "not signed yet Ina Iversen" in words_of(client.get(page))

    Letter.objects.update(**ended)

    assert "Ina Iversen" not in words_of(client.get(page))


def test_closing_statement_is_labelled_as_the_organisers_words(client):
    letter = make_letter(slug="lift", state="closed", closing_statement="We **won**. <script>x</script>")

    page = client.get(letter.get_absolute_url())

    assert "These are the organisers’ own words." in words_of(page)
    assert "<strong>won</strong>" in page.content.decode()
    assert "<script>x" not in page.content.decode()


@pytest.fixture
def hidden(db):
    initiator = {"name": "Ina Iversen", "position": "", "affiliation": ""}
    letter = make_letter(slug="lift", initiators=[initiator])
    row = sign_and_confirm(letter, "charlie")
    make_signature(letter, person="alice", role="selected")
    make_signature(letter, display_name="Harbour Bank", signatory_type="organization")
    paths = addresses_for(row, make_signature(letter, state="pending", person="bob"))
    counting.refresh()
    Letter.objects.update(names_hidden_at=timezone.now())
    return paths


def test_no_public_address_names_anybody_while_names_are_hidden(client, hidden):
    for name in ("home", *of_a_letter(hidden)):
        for query in ("", "?q=Charlie", "?version=1"):
            response = client.get(hidden[name] + query)
            content = response.getvalue().decode(errors="replace")  # tiles of the ledger are no text
            for who in ("Charlie", "Čapek", "Adeyemi", "Harbour Bank", "Ina Iversen"):
                assert who not in content, (name, query, who)


def test_count_and_its_time_stay_while_names_are_hidden(client, hidden):
    page = words_of(client.get(hidden["letter"]))

    assert "2 people have signed" in page
    assert "The names are not shown at the moment" in page
    assert "The names are not shown at the moment" in words_of(client.get(hidden["signatories"]))
    assert client.get(hidden["count"]).json()["persons"] == 2


@pytest.mark.parametrize("name", ["signatories-csv", "signatories-json"])
def test_files_are_refused_with_a_sentence_while_names_are_hidden(client, hidden, name):
    answer = client.get(hidden[name])

    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/plain; charset=utf-8")
    assert answer.content.decode().startswith("The organisers do not show the names")


def test_page_that_a_reader_holds_changes_with_the_switch(client, hidden):
    Letter.objects.update(names_hidden_at=None)
    tag = client.get(hidden["signatories"]).headers["ETag"]
    assert client.get(hidden["signatories"], headers={"If-None-Match": tag}).status_code == 304

    Letter.objects.update(names_hidden_at=timezone.now())

    assert client.get(hidden["signatories"], headers={"If-None-Match": tag}).status_code == 200


def test_sign_preview_shows_ones_own_line_alone_while_names_are_hidden(client, hidden):
    answer = send(client, Letter.objects.get(), action="preview")

    assert "Suzie van der Berg" in words_of(answer)
    assert "Charlie" not in words_of(answer)
