"""The press room and its files, as a newsroom meets them."""

import io
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from letters.press import redacting, snapshots
from letters.press.models import Snapshot
from letters.signatures import counting, managing
from tests.factories import make_letter, make_signature, make_signatures, make_team
from tests.public.visitor import words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_printing")]


@pytest.fixture
def letter():
    return make_letter(slug="lift", contact="press@lift.example")


@pytest.fixture
def signed(letter):
    """A line of the letter, counted and in a snapshot."""
    row = make_signature(letter, display_name="Suzie van der Berg", at=timezone.now() - timedelta(minutes=5),
                         comment="Let us work.", consent_comment=True, consent_quote=True)  # fmt: skip
    counting.refresh()
    snapshots.ask(letter)
    snapshots.make_waiting()
    return row


def newest(letter):
    return snapshots.newest(letter)


def file_of(letter, name):
    return reverse("public:snapshot-file", args=[letter.slug, newest(letter).label, name])


def test_number_contact_kit_and_proof_stand_on_one_page(client, letter, signed):
    page = client.get("/letters/lift/press/")
    words = words_of(page)

    row = newest(letter)
    kit = row.files.get(name__endswith=".zip")
    for found in (row.count["sentence"].split(",", 1)[1], "press@lift.example", "Let us work.", kit.sha256,
                  "Snapshot 1", "Nothing changed since."):  # fmt: skip
        assert found in words
    answer = client.get(file_of(letter, kit.name))
    data = answer.getvalue()
    assert (answer.status_code, answer.headers["Content-Type"], len(data)) == (200, "application/zip", kit.size_bytes)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{kit.name}"'
    assert client.get(file_of(letter, kit.name), headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_who_came_since_is_named_with_the_number_and_not_before_it(client, letter, signed):
    make_signature(letter, display_name="Bo Andersson", at=timezone.now())

    before = words_of(client.get(newest(letter).get_absolute_url()))
    counting.refresh()
    after = words_of(client.get(newest(letter).get_absolute_url()))

    assert ("Nothing changed since." in before, "Bo Andersson" in before) == (True, False)
    assert ("Since then: 1 added" in after, "Bo Andersson" in after) == (True, True)


def test_before_anybody_signed_the_page_says_so(client, letter):
    words = words_of(client.get("/letters/lift/press/"))

    assert "The first press kit is made as soon as somebody has signed" in words
    assert "nobody has signed" in words


def test_hidden_names_close_every_file_and_the_count_stays(client, letter, signed):
    paths = [file_of(letter, "signatories.csv"), file_of(letter, "letter.md"), "/letters/lift/signatories.xlsx"]
    letter.names_hidden_at = timezone.now()
    letter.save()

    answers = [client.get(path) for path in paths]
    page, old = client.get("/letters/lift/press/"), client.get(newest(letter).get_absolute_url())

    assert [(answer.status_code, "do not show the names" in answer.content.decode()) for answer in answers] == [
        (403, True)
    ] * 3
    assert "1 person has signed" in words_of(page)
    for shown in (page, old):
        assert (b"Suzie" in shown.content, b"snapshot-file" in shown.content, b".zip" in shown.content) == (False,) * 3


def test_a_file_that_is_made_anew_says_so_and_comes_back(client, letter, signed, monkeypatch):
    path = file_of(letter, "signatories.csv")
    monkeypatch.setattr(redacting, "_make_anew", lambda row: None)
    managing.withdraw(signed.public_id)
    redacting.run()

    away = client.get(path)
    words = words_of(client.get("/letters/lift/press/"))
    monkeypatch.undo()
    redacting.run()
    back = client.get(path)

    assert (away.status_code, away.headers["Retry-After"], "made anew" in away.content.decode()) == (503, "30", True)
    assert "made anew without them" in words
    data = back.getvalue()
    assert (back.status_code, b"Suzie" in data, b"redacted" in data) == (200, False, True)
    words = words_of(client.get(newest(letter).get_absolute_url()))
    assert ("1 no longer shown" in words, "Redacted on" in words, "1 person has signed" in words) == (True,) * 3


def test_what_changed_since_names_those_who_stand(client, letter, signed):
    row = newest(letter)
    later = timezone.now() + timedelta(seconds=1)
    make_signature(letter, display_name="Late Lou", at=later)
    signed.is_reviewed = False
    managing.correct(signed.public_id, managing.Correction("Suzie Berg", "", "Dean", "University X", "", "NL", ""))
    counting.refresh(now=later)

    words = words_of(client.get(row.get_absolute_url()))

    assert "1 added, 1 corrected, 0 no longer shown" in words
    assert ("Late Lou" in words, "Suzie Berg" in words, "Suzie van der Berg" in words) == (True, True, False)


def test_the_list_as_it_stands_comes_as_a_workbook_and_as_linked_data(client, letter, signed):
    sheet = load_workbook(io.BytesIO(client.get("/letters/lift/signatories.xlsx").getvalue()))["Signatories"]
    linked = json.loads(client.get("/letters/lift/letter.jsonld").getvalue())

    rows = list(sheet.iter_rows(values_only=True))
    assert dict(zip(*rows, strict=True))["display_name"] == "Suzie van der Berg"
    text, endorsement, dataset = linked["@graph"]
    assert (text["@type"], dataset["@type"]) == (["CreativeWork", "Message"], "Dataset")
    assert (endorsement["@type"], endorsement["agent"]["name"], endorsement["object"]) == (
        "EndorseAction", "Suzie van der Berg", {"@id": text["@id"]},
    )  # fmt: skip
    assert text["interactionStatistic"]["userInteractionCount"] == 1


@pytest.mark.parametrize("name", ["nothing.csv", "..%2fkept%2frows.jsonl", "head.json", "rows.jsonl"])
def test_what_is_no_file_of_a_snapshot_is_not_found(client, letter, signed, name):
    base = newest(letter).get_absolute_url()

    assert client.get(base + name).status_code == 404
    assert client.get("/letters/lift/press/2001-01-01T0000Z/").status_code == 404


@pytest.mark.parametrize("amount", [1, 6])
def test_the_page_costs_the_same_for_many_snapshots(client, letter, amount, django_assert_max_num_queries):
    make_signatures(letter, 3)
    counting.refresh()
    now = timezone.now()
    for number in range(amount):
        snapshots.ask(letter)
        snapshots.make_waiting(now=now + timedelta(minutes=number))
    assert Snapshot.objects.ready().count() == amount

    with django_assert_max_num_queries(26):
        assert client.get("/letters/lift/press/").status_code == 200


def test_an_organiser_keeps_the_list_at_the_desk(letter):
    make_signature(letter)
    team = make_team("alice", letter=letter)
    client = Client()
    client.force_login(team.memberships.get().user)
    path = reverse("desk:press", args=["lift"])

    asked, again = client.post(path), client.post(path)
    before = words_of(client.get(path))
    snapshots.make_waiting()
    after = words_of(client.get(path))

    assert (asked.status_code, again.status_code) == (303, 409)
    assert "is being made already" in words_of(again)
    assert ("Being made" in before, "no. 1, 1 person" in after) == (True, True)
