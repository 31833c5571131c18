"""Pages for reading: the same bytes for everybody, cached by HTTP, and never staler than what was counted."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from letters.documents import publishing
from letters.documents.models import Letter
from letters.signatures import counting, managing
from tests.factories import (
    make_letter,
    make_signature,
    make_signatures,
    make_user,
    make_version,
    sign_and_confirm,
    utc,
)
from tests.public.addresses import READ, addresses_for
from tests.public.visitor import words_of

pytestmark = pytest.mark.django_db

CACHED = "public, max-age=4, stale-if-error=30"
TEMPLATES = {
    "home": ["public/home.html"],
    "privacy": ["public/privacy.html"],
    "letter": ["public/letter.html"],
    "version": ["public/version.html"],
    "signatories": ["public/signatories.html"],
    "signature": ["public/signature.html"],
    "methodology": ["public/methodology.html"],
    "changes": ["public/changes.html"],
    "corrections": ["public/corrections.html"],
    "press-people": ["public/press_people.html"],
    "timeline": ["public/timeline.html"],
    "live-file": ["files/kit_methodology.md"],
    "share": ["public/share.html"],
    "press": ["public/press.html"],
    "check": ["public/check.html"],
    "snapshot": ["public/snapshot.html"],
}
TAGGED = [name for name in READ if name not in ("privacy", "signature")]
UNCOUNTED = (
    "version-text", "changes", "share", "snapshot-file", "letter-pdf", "share-image", "share-square", "qr-svg",
    "qr-png", "check-file", "ended", "corrections-atom", "ledger-checkpoint", "ledger-key", "ledger-entries",
    "ledger-log-checkpoint", "ledger-log-entries", "ledger-checkpoint-proof", "ledger-log-checkpoint-proof",
)  # fmt: skip
STRANGE = {
    "Accept-Language": "ar;q=0.9, de;q=0.8",
    "User-Agent": "Curl/8",
    "Accept": "text/plain",
    "Cookie": 'csrftoken=malformed; sessionid=stale; django_language=fr; messages="[]"',
    "X-Forwarded-For": "203.0.113.9",
    "Referer": "https://elsewhere.example/",
}


@pytest.fixture
def letter():
    organiser = {"name": "Alice Adeyemi", "role": "host", "funding": "", "interests": ""}
    return make_letter(slug="lift", summary="Short.", organisers=[organiser])


@pytest.fixture
def paths(letter):
    confirmed, waiting = sign_and_confirm(letter), make_signature(letter, state="pending", person="bob")
    counting.refresh()
    return addresses_for(confirmed, waiting)


def tag_of(client, path):
    return client.get(path).headers["ETag"]


def test_page_is_cacheable_and_holds_nothing_of_the_visitor(client, paths, subtests):
    for name in READ:
        with subtests.test(name=name):
            response = client.get(paths[name])

            assert response.status_code == 200
            assert response.headers["Cache-Control"] == CACHED
            assert not response.cookies
            assert "Cookie" not in response.headers.get("Vary", "")
            assert [template.name for template in response.templates[:1]] == TEMPLATES.get(name, [])


def test_two_visitors_get_the_same_bytes(client, paths, subtests):
    for name in READ:
        with subtests.test(name=name):
            plain = client.get(paths[name])

            strange = client.get(paths[name], headers=STRANGE)

            assert strange.getvalue() == plain.getvalue()
            assert strange.serialize_headers() == plain.serialize_headers()
            assert not strange.cookies


def test_logged_in_operator_gets_the_bytes_of_everybody(client, paths):
    plain = {name: client.get(paths[name]) for name in READ}

    client.force_login(make_user(is_staff=True, is_superuser=True))

    for name in READ:
        shown = client.get(paths[name])
        assert (name, shown.getvalue()) == (name, plain[name].getvalue())
        assert shown.serialize_headers() == plain[name].serialize_headers()


def test_unchanged_page_is_not_sent_again(client, paths, subtests):
    for name in TAGGED:
        with subtests.test(name=name):
            first = client.get(paths[name])

            second = client.get(paths[name], headers={"If-None-Match": first.headers["ETag"]})
            other = client.get(paths[name], headers={"If-None-Match": '"something-else"'})

            assert (second.status_code, second.getvalue()) == (304, b"")
            assert {name: second.headers[name] for name in ("ETag", "Cache-Control")} == {
                "ETag": first.headers["ETag"],
                "Cache-Control": CACHED,
            }
            assert (other.status_code, other.getvalue()) == (200, first.getvalue())


def test_head_says_what_get_would(client, paths, subtests):
    for name in TAGGED:
        with subtests.test(name=name):
            shown = client.get(paths[name])

            head = client.head(paths[name])

            assert (head.status_code, head.getvalue()) == (200, b"")
            assert {key: value for key, value in head.headers.items() if key != "Content-Length"} == {
                key: value for key, value in shown.headers.items() if key != "Content-Length"
            }


@pytest.mark.parametrize("name", [name for name in TAGGED if name not in UNCOUNTED])
def test_confirmation_changes_the_tag_once_it_is_counted(client, letter, paths, name):
    before = tag_of(client, paths[name])
    sign_and_confirm(letter, "charlie")
    uncounted = tag_of(client, paths[name])

    counting.refresh()

    assert uncounted == before
    assert tag_of(client, paths[name]) != before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("summary", "Another summary."),
        ("contact", "press@example.org"),
        ("initiators", [{"name": "Ina Iversen", "position": "", "affiliation": ""}]),
        ("organisers", [{"name": "Locks e.V.", "role": "host", "funding": "", "interests": ""}]),
        ("closes_at", utc("2030-01-01 00:00")),
        ("is_sample", True),
        ("language", "ar"),
    ],
)
def test_changed_letter_changes_the_tag_of_its_page(client, letter, paths, field, value):
    before = client.get(paths["letter"])
    Letter.objects.filter(pk=letter.pk).update(**{field: value})

    after = client.get(paths["letter"])

    assert after.content != before.content
    assert after.headers["ETag"] != before.headers["ETag"]


@pytest.mark.parametrize("state", ["paused", "closed"])
@pytest.mark.parametrize("name", ["home", "letter", "signatories"])
def test_moved_letter_changes_the_tag_of_pages_that_say_so(client, letter, paths, name, state):
    before = tag_of(client, paths[name])

    publishing.move(letter, state, by="test")

    assert tag_of(client, paths[name]) != before


@pytest.mark.parametrize("name", ["home", "letter", "version", "signatories", "count", "signatories-json"])
def test_new_text_changes_the_tag_although_its_first_count_looks_alike(client, letter, name):
    path = addresses_for(make_signature(letter), make_signature(letter, state="pending"))[name]
    counting.refresh()
    before = tag_of(client, path)

    make_version(letter, title="Another title")
    counting.refresh()

    assert tag_of(client, path) != before


def test_letter_that_reaches_its_hour_is_shown_as_closed(client, letter, paths, time_machine):
    now = timezone.now()
    Letter.objects.filter(pk=letter.pk).update(closes_at=now + timedelta(hours=1))
    before = client.get(paths["letter"])

    time_machine.move_to(now + timedelta(hours=1), tick=False)
    after = client.get(paths["letter"], headers={"If-None-Match": before.headers["ETag"]})

    assert after.status_code == 200
    assert paths["sign"] in before.content.decode()
    assert paths["sign"] not in after.content.decode()


def test_not_modified_costs_one_query(client, paths, django_assert_num_queries):
    tag = tag_of(client, paths["letter"])

    with django_assert_num_queries(1):
        response = client.get(paths["letter"], headers={"If-None-Match": tag})

    assert response.status_code == 304


@pytest.mark.parametrize(
    ("name", "queries"),
    [("home", 2), ("letter", 3), ("version", 1), ("signatories", 3), ("signature", 2), ("count", 1)],
)
@pytest.mark.parametrize("item_count", [1, 3])
def test_page_costs_the_same_for_one_signature_and_for_many(
    client, letter, name, queries, item_count, django_assert_num_queries
):
    rows = make_signatures(letter, item_count)
    path = addresses_for(rows[0], make_signature(letter, state="pending"))[name]
    counting.refresh()
    client.get(path)  # the text of a version is rendered once per process

    with django_assert_num_queries(queries):
        client.get(path)


def test_home_costs_the_same_for_one_letter_and_for_many(client, django_assert_num_queries):
    for _ in range(3):
        make_letter()
    counting.refresh()

    with django_assert_num_queries(2):
        response = client.get("/")

    assert len(response.context["letters"]) == 3


def test_version_text_is_the_very_bytes_that_are_hashed(client, letter):
    response = client.get(reverse("public:version-text", args=["lift", 1]))

    assert hashlib.sha256(response.content).hexdigest() == letter.version.sha256
    assert response.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'inline; filename="lift-v1.md"'


def test_earlier_text_keeps_its_page_its_list_and_its_count(client, letter):
    make_signature(letter, display_name="Early Erin")
    first = letter.version
    make_version(letter, title="Second title")
    make_signature(letter, display_name="Late Leo")
    counting.refresh()

    text = client.get(reverse("public:version", args=["lift", 1])).content.decode()
    early = client.get("/letters/lift/signatories/?version=1").content.decode()
    late = client.get("/letters/lift/signatories/").content.decode()
    count = client.get("/letters/lift/count.json?version=1").json()

    assert first.sha256 in text
    assert ("Early Erin" in early, "Late Leo" in early) == (True, False)
    assert ("Early Erin" in late, "Late Leo" in late) == (False, True)
    assert (count["letter_version"], count["persons"]) == (1, 1)


def test_count_is_the_sentence_of_the_page(client, letter, paths):
    count = json.loads(client.get(paths["count"]).content)

    assert (count["persons"], count["withheld"], count["letter"]) == (1, 0, "lift")
    assert count["sentence"] in words_of(client.get(paths["letter"]))
    assert client.get(paths["count"]).headers["Access-Control-Allow-Origin"] == "*"


def test_list_is_walked_forth_and_back_without_loss(client, letter):
    rows = make_signatures(letter, 205)
    counting.refresh()
    path, seen, pages = reverse("public:signatories", args=["lift"]), [], []

    while path:
        page = client.get(path).context
        pages.append([line.public_id for line in page["lines"]])
        seen, path, last = [*seen, *pages[-1]], page["next_url"], page
    back = client.get(last["previous_url"]).context

    assert [len(page) for page in pages] == [100, 100, 5]
    assert len(seen) == 205
    assert set(seen) == {row.public_id for row in rows}
    assert [line.public_id for line in back["lines"]] == pages[1]
    assert client.get(back["first_url"]).context["is_first"]


def test_search_finds_names_without_accents_and_keeps_its_words(client, letter):
    make_signature(letter, display_name="Šárka Ñúñez")
    make_signature(letter, display_name="Someone Else")
    counting.refresh()

    response = client.get("/letters/lift/signatories/?q=sarka+nunez")

    assert [line.name for line in response.context["lines"]] == ["Šárka Ñúñez"]
    assert response.context["query"] == "sarka nunez"


def test_names_are_set_apart_from_the_direction_of_the_page(client, letter):
    make_signature(letter, display_name="شیرین عبادی")
    counting.refresh()

    assert '<bdi class="line__name">شیرین عبادی</bdi>' in client.get(letter.get_absolute_url()).content.decode()


@pytest.mark.parametrize("name", [name for name in READ if name not in ("home", "privacy")])
def test_draft_is_not_there(client, name):
    draft = make_letter(state="draft")
    path = addresses_for(make_signature(draft), make_signature(draft, state="pending"))[name]

    assert client.get(path).status_code == 404


def test_hidden_line_loses_its_page_at_once(client, letter, paths):
    assert client.get(paths["signature"]).status_code == 200

    managing.hide(letter.signatures.get(state="confirmed").public_id, hidden=True)

    assert client.get(paths["signature"]).status_code == 404


@pytest.mark.parametrize("name", READ)
def test_nothing_is_sent_to_a_page_for_reading(client, paths, name):
    response = client.post(paths[name], {"x": "1"})

    assert response.status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/letters/none/",
        "/letters/lift/versions/2/",
        "/letters/lift/versions/0/",
        "/letters/lift/versions/99999/letter.md",
        "/letters/lift/signatories/?version=2",
        "/letters/lift/signatories/?version=abc",
        "/letters/lift/count.json?version=-1",
        "/letters/lift/signatories.csv?version=1e309",
        "/letters/lift/signatories/00000000-0000-0000-0000-000000000000/",
    ],
)
def test_what_is_not_there_is_not_found_in_words(client, paths, path):
    response = client.get(path)

    assert response.status_code == 404
    assert [t.name for t in response.templates][:1] == ["404.html"]
