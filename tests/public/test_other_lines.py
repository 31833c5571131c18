"""The own page of somebody who signed several versions: what it reaches, and what it says of that."""

import pytest
from django.urls import reverse

from letters.documents.models import Letter
from letters.signatures import counting, managing
from letters.signatures.models import Signature
from tests import anonymous
from tests.factories import make_letter, make_user, sign_and_confirm
from tests.public.visitor import form_with, words_of
from tests.signatures.renewals import publish, sign_again

pytestmark = pytest.mark.django_db

LISTS = ("/letters/lift/signatories/?version=1", "/letters/lift/signatories/?version=2")


@pytest.fixture
def alice(db):
    return make_user("alice")


@pytest.fixture
def letter():
    return make_letter(slug="lift")


@pytest.fixture
def pair(letter, alice):
    old = sign_and_confirm(letter)
    publish(letter, alice)
    return old, sign_again(old)


def path_of(row):
    return reverse("public:mine", args=[managing.token_for(row)])


def act(client, row, action, **fields):
    return client.post(path_of(row), {"action": action, **fields})


def listed(client):
    counting.refresh()
    return ["Suzie" in client.get(path).content.decode() for path in LISTS]


def test_page_shows_the_other_lines_and_leads_to_their_pages(client, pair):
    old, new = pair

    page = client.get(path_of(new))

    assert "Version 1 · Printed Suzie van der Berg, Professor of Cryptography, University X" in words_of(page)
    assert path_of(old) in page.content.decode()
    assert [line.number for line in client.get(path_of(old)).context["other_lines"]] == [2]


def test_somebody_with_one_line_reads_nothing_of_versions(client, letter):
    row = sign_and_confirm(letter)

    page = client.get(path_of(row))

    assert "Your line under other versions" not in words_of(page)
    assert form_with(page, "display_name").fields.get("also") is None


@pytest.mark.parametrize("by", [0, 1])
def test_who_hides_one_line_is_in_no_list(client, pair, by):
    before = listed(client)

    act(client, pair[by], "hide")

    assert (before, listed(client)) == ([True, True], [False, False])
    assert "Version 1 · Hidden by you" in words_of(client.get(path_of(pair[1])))


def test_showing_it_again_reaches_the_other_versions_that_are_ticked(client, pair):
    act(client, pair[1], "hide")
    page = client.get(path_of(pair[1])).content.decode()

    act(client, pair[1], "show")
    alone = listed(client)
    act(client, pair[1], "hide")
    act(client, pair[1], "show", also=["1", "nobody's", "9999999", "²"])

    assert 'value="1" id="show-also-1">' in page
    assert (alone, listed(client)) == ([False, True], [True, True])


def corrected(client, row, **changes):
    """The form as the page gave it, with some fields changed; ``also=None`` unticks."""
    fields = {**form_with(client.get(path_of(row)), "display_name").fields, **changes, "action": "correct"}
    return client.post(path_of(row), {name: value for name, value in fields.items() if value is not None})


def test_a_correction_reaches_them_unless_its_owner_unticks(client, pair):
    new = pair[1]

    corrected(client, new, position="Dean")
    both = list(Signature.objects.order_by("pk").values_list("position", flat=True))
    corrected(client, new, position="Rector", also=None)

    assert both == ["Dean", "Dean"]
    assert list(Signature.objects.order_by("pk").values_list("position", flat=True)) == ["Dean", "Rector"]


@pytest.mark.parametrize("also", [None, "1"])
def test_a_refused_correction_keeps_what_was_ticked(client, pair, also):
    page = corrected(client, pair[1], display_name="=1+1", also=also)

    assert page.status_code == 422
    assert form_with(page, "display_name").fields.get("also") == also


def test_a_line_without_its_name_is_shown_as_readers_see_it_and_offered_no_correction(client, letter, alice):
    old, _ = anonymous.printed(letter, alice)
    act(client, old, "delete-name")
    new = sign_and_confirm(publish(Letter.objects.get(), alice))

    page = client.get(path_of(new))

    assert "Version 1 · Printed, name withheld Professor of Cryptography, University X" in words_of(page)
    assert form_with(page, "display_name").fields.get("also") is None


def test_a_name_that_needs_a_consent_is_not_offered_where_none_is_asked(client, pair):
    old, new = pair
    Letter.objects.update(offers_anonymous=True)
    act(client, new, "hide")
    act(client, new, "show")
    act(client, new, "withhold-name", unnamed_position="Professor", consent_unnamed="on")

    page = client.get(path_of(old))

    assert [line.unnamed.label for line in page.context["other_lines"]] == ["Professor"]
    assert (page.context["needs_consent"], page.context["also_shown"]) == (False, [])


def test_consents_to_what_is_printed_are_taken_back_where_they_are_read(client, pair):
    Signature.objects.update(comment="Hello there.", consent_comment=True)
    counting.refresh()
    before = ["Hello there." in client.get(path).content.decode() for path in LISTS]
    fields = form_with(client.get(path_of(pair[0])), "use").fields

    act(client, pair[0], "uses")

    counting.refresh()
    after = ["Hello there." in client.get(path).content.decode() for path in LISTS]
    assert (before, fields["use"], after) == ([True, True], "consent_comment", [False, False])


def test_the_file_holds_what_is_stored_under_every_version(client, pair):
    Signature.objects.filter(pk=pair[0].pk).update(position="Dean")

    data = client.get(reverse("public:mine-data", args=[managing.token_for(pair[1])])).json()

    (other,) = data["other_versions"]
    assert (data["letter_version"], data["position"]) == (2, "Professor of Cryptography")
    assert (other["letter_version"], other["position"], other["email"]) == (1, "Dean", "suzie@example.com")
    assert set(other) == set(data) - {"other_versions"}
