"""Downloads: named with their date, the same for everybody, and whole."""

import csv
import io
import json

import pytest
from django.urls import reverse

from campaign.public import limits
from letters.signatures import counting
from tests.factories import make_letter, make_signature, make_signatures, make_version, utc

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def letter(time_machine):
    time_machine.move_to(utc("2026-11-23 14:00"), tick=False)
    return make_letter(slug="lift")


def fetch(client, kind, query=""):
    return client.get(reverse(f"public:signatories-{kind}", args=["lift"]) + query)


def rows_of(response):
    return list(csv.DictReader(io.StringIO(response.getvalue().decode(), newline="")))


@pytest.mark.parametrize(("kind", "content_type"), [("csv", "text/csv; charset=utf-8"), ("json", "application/json")])
def test_file_is_named_with_its_date_and_open_to_every_page(client, letter, kind, content_type):
    counting.refresh()

    response = fetch(client, kind)

    assert response.headers["Content-Type"] == content_type
    assert response.headers["Content-Disposition"] == f'attachment; filename="signatories-lift-2026-11-23.{kind}"'
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_file_of_a_sample_and_of_an_older_text_says_so_in_its_name(client, letter):
    type(letter).objects.filter(pk=letter.pk).update(is_sample=True)
    make_signature(letter)
    make_version(letter)
    counting.refresh()

    response = fetch(client, "csv", "?version=1")

    assert 'filename="sample-signatories-lift-v1-2026-11-23.csv"' in response.headers["Content-Disposition"]
    assert len(rows_of(response)) == 1


def test_csv_is_what_spreadsheets_and_parsers_expect(client, letter):
    make_signature(letter, display_name="Ann “Lee”, Jr.", affiliation='The "Lab", Inc.')
    counting.refresh()

    body = fetch(client, "csv").getvalue()

    assert body.startswith(b"signature_id,list_position,")
    assert body.count(b"\r\n") == 2
    assert body.endswith(b"\r\n")
    assert b'"The ""Lab"", Inc."' in body


def test_csv_and_json_hold_the_list_in_its_order(client, letter):
    make_signatures(letter, 7)
    counting.refresh()
    shown = client.get("/letters/lift/signatories/").context["lines"]

    cells = rows_of(fetch(client, "csv"))
    listed = json.loads(fetch(client, "json").getvalue())["signatories"]

    assert [row["display_name"] for row in cells] == [line.name for line in shown]
    assert [row["list_position"] for row in cells] == [str(place) for place in range(1, 8)]
    assert [{name: row[name] for name in cells[0]} for row in listed] == cells
    assert {row["text_sha256"] for row in listed} == {letter.version.sha256}


def test_permalink_in_the_file_is_a_page(client, letter, settings):
    make_signature(letter)
    counting.refresh()

    (row,) = rows_of(fetch(client, "csv"))

    assert row["permalink"].startswith(f"{settings.SITE_URL}/letters/lift/signatories/")
    assert client.get(row["permalink"].removeprefix(settings.SITE_URL)).status_code == 200


def test_json_says_what_it_counts(client, letter):
    make_signature(letter)
    make_signature(letter, state="hidden")
    counting.refresh()

    found = json.loads(fetch(client, "json").getvalue())

    assert (found["persons"], found["withheld"], len(found["signatories"])) == (1, 1, 1)
    assert (found["letter_version"], found["text_sha256"]) == (1, letter.version.sha256)
    assert found["count_sentence"].startswith("As of 14:00 UTC, 23 November 2026, 1 person has signed")


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_file_of_an_empty_list_is_whole(client, letter, kind):
    counting.refresh()

    body = fetch(client, kind).getvalue().decode()

    assert (rows_of(fetch(client, kind)) if kind == "csv" else json.loads(body)["signatories"]) == []


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_head_of_a_file_reads_no_row(client, letter, kind, django_assert_num_queries):
    make_signatures(letter, 2)
    counting.refresh()

    with django_assert_num_queries(1):
        response = client.head(reverse(f"public:signatories-{kind}", args=["lift"]))

    assert response.getvalue() == b""


def test_one_network_has_few_files_made_and_keeps_nobody_else_from_theirs(client, letter, settings):
    settings.REDIS_URL = ""
    make_signature(letter)
    counting.refresh()
    paths = [reverse("public:signatories-json", args=["lift"])]
    paths += [reverse("public:live-file", args=["lift", name]) for name in ("signatories.xlsx", "letter.jsonld")]

    first = [client.get(f"{paths[n % 3]}?n={n}") for n in range(limits.FILES_IN_TEN_MINUTES)]
    beyond = [client.get(path) for path in paths]
    known = [client.get(path, headers={"If-None-Match": first[n]["ETag"]}) for n, path in enumerate(paths)]
    others = client.get(paths[0], REMOTE_ADDR="192.0.2.2")

    assert {answer.status_code for answer in first} == {200}
    assert [(answer.status_code, answer["Retry-After"], answer["Cache-Control"]) for answer in beyond] == [
        (429, "601", "no-store")
    ] * 3
    assert [answer.status_code for answer in known] == [304] * 3
    assert (fetch(client, "csv").status_code, others.status_code) == (200, 200)
