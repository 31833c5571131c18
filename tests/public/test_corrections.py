"""The page and the feed of corrections: on record, in order, and naming nobody who left."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from letters.documents import launching
from letters.press.models import Correction, CorrectionReader
from letters.signatures import managing
from letters.signatures.managing import Correction as Corrected
from tests.factories import make_letter, make_signature
from tests.public.visitor import words_of

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def renamed():
    row = make_signature(make_letter(slug="lift"), at=timezone.now() - timedelta(hours=1))
    now = {name: getattr(row, name) for name in Corrected.__dataclass_fields__}
    return managing.correct(row.public_id, Corrected(**{**now, "display_name": "Zyxkwob Canary", "sort_name": ""}))


def page(client, **query):
    return client.get("/letters/lift/corrections/", query)


def test_the_page_names_a_line_while_it_stands(client, renamed):
    assert "The name of one line was corrected. Zyxkwob Canary" in words_of(page(client))

    managing.withdraw(renamed.public_id)

    words = words_of(page(client))
    assert "One signature was withdrawn by its signatory." in words
    assert "The name of one line was corrected." in words
    assert "Zyxkwob" not in page(client).content.decode()


def test_the_page_names_nobody_while_names_are_hidden(client, renamed):
    launching.hide_names(renamed.letter, by="test")

    assert "Zyxkwob" not in words_of(page(client))


def test_the_feed_is_atom_with_stable_ids_and_no_name(client, renamed):
    response = client.get("/letters/lift/corrections.atom")

    root = ElementTree.fromstring(response.content)  # noqa: S314 - our own answer
    entry = root.find(f"{ATOM}entry")
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{Correction.objects.get().public_id}"
    assert all(root.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    assert {link.get("rel") for link in root.findall(f"{ATOM}link")} == {"alternate", "self"}
    assert b"Zyxkwob" not in response.content
    assert client.get("/letters/lift/corrections.atom", headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_the_page_tells_feed_readers_where_the_feed_is(client, renamed):
    assert 'type="application/atom+xml"' in page(client).content.decode()


def test_older_entries_stand_on_the_next_page(client, django_assert_num_queries):
    letter = make_letter(slug="lift")
    for number in range(101):
        what = {"kind": "count", "code": "duplicate", "detail": {"amount": number + 2}}
        Correction.objects.create(letter=letter, changed_at=timezone.now(), **what)

    response = page(client)

    oldest = Correction.objects.order_by("id")[1].pk
    assert f"?before={oldest}" in response.content.decode()
    assert words_of(page(client, before=oldest)).count("in one decision") == 1
    assert page(client, before="x").status_code == 404


@pytest.mark.parametrize("amount", [1, 3])
def test_the_page_costs_the_same_at_any_length(client, amount, django_assert_num_queries):
    letter = make_letter(slug="lift")
    for row in [make_signature(letter, at=timezone.now() - timedelta(hours=1)) for _ in range(amount)]:
        Correction.objects.create(letter=letter, kind="name", changed_at=timezone.now(), signature=row)

    with django_assert_num_queries(4):
        page(client)


def test_an_address_is_asked_for_and_refused_with_a_sentence(client):
    letter = make_letter(slug="lift")
    form = reverse("public:corrections-mail", args=[letter.slug])

    refused = client.post(form, {"email": "nobody"})
    accepted = client.post(form, {"email": "desk@paper.example"})

    assert (refused.status_code, accepted.status_code) == (422, 200)
    assert 'value="nobody"' in refused.content.decode()
    assert "Look in your mailbox" in words_of(accepted)
    assert CorrectionReader.objects.get().email == "desk@paper.example"
    cache.clear()


def test_looking_at_the_link_confirms_nothing(client):
    from letters.press import following  # noqa: PLC0415 - one use

    letter = make_letter(slug="lift")
    following.ask(letter, "desk@paper.example", language="en")
    reader = CorrectionReader.objects.get()
    link = reverse("public:corrections-reader", args=[following.token_for(reader)])

    client.get(link)
    assert CorrectionReader.objects.get().confirmed_at is None
    client.post(link, {"action": "confirm"})

    assert CorrectionReader.objects.get().confirmed_at is not None
    assert client.post(link, {"action": "x"}).status_code == 410
