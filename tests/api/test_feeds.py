"""Feeds, the sitemap, security.txt, robots.txt, and names that search engines are asked to pass over."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaign import environment
from letters.accounts.models import User
from letters.documents.models import Letter, Translation
from letters.moderation import ruling
from letters.outreach import timeline
from letters.signatures import counting
from tests.factories import make_letter, make_signature, make_user

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SITE = "https://letters.example.org"


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = SITE


@pytest.fixture
def letter():
    return make_letter(slug="lift", title="Lift <it> & more", summary="Short.")


def feed(client, path):
    answer = client.get(path)
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    tree = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    for one in (tree, *tree.findall(f"{ATOM}entry")):  # what RFC 4287 §4.1 asks for
        for name in ("id", "title", "updated"):
            assert len(one.findall(f"{ATOM}{name}")) == 1, name
        datetime.fromisoformat(one.find(f"{ATOM}updated").text)
    assert tree.find(f"{ATOM}author/{ATOM}name").text
    assert {link.get("rel") for link in tree.findall(f"{ATOM}link")} == {"alternate", "self"}
    return answer, tree


def add(letter, **fields):
    by = User.objects.first() or make_user()
    entry = timeline.Entry(kind="media", happened_on=timezone.now().date(), **fields)
    return timeline.add(letter, entry, by=by)


def test_timeline_is_a_feed_whose_entries_keep_their_ids(client, letter):
    event = add(letter, title="On the <radio>", summary="A & B", text="**Bold** [x](javascript:alert(1))")

    _, tree = feed(client, "/letters/lift/updates.atom")
    newest, published = tree.findall(f"{ATOM}entry")

    assert newest.find(f"{ATOM}id").text == f"urn:uuid:{event.public_id}"
    assert newest.find(f"{ATOM}title").text == "On the <radio>"
    words = newest.find(f"{ATOM}summary").text
    assert ("<p>A &amp; B</p>" in words, "<strong>Bold</strong>" in words) == (True, True)
    assert 'href="javascript' not in words
    assert published.find(f"{ATOM}category").get("term") == "published"


def test_feed_is_the_same_bytes_until_something_happens(client, letter):
    first, _ = feed(client, "/letters/lift/updates.atom")
    again = client.get("/letters/lift/updates.atom")
    tag = {"If-None-Match": first.headers["ETag"]}
    unchanged = client.get("/letters/lift/updates.atom", headers=tag)
    add(letter, title="On the radio\x0b")

    assert (again.content, unchanged.status_code) == (first.content, 304)
    _, tree = feed(client, "/letters/lift/updates.atom")
    assert client.get("/letters/lift/updates.atom", headers=tag).status_code == 200
    assert len(tree.findall(f"{ATOM}entry")) == 2


def test_letters_are_a_feed_without_those_that_are_not_public(client, letter):
    make_letter(slug="draft", state="draft")
    make_letter(slug="soon", state="embargoed")

    _, tree = feed(client, "/letters.atom")

    assert [entry.find(f"{ATOM}id").text for entry in tree.findall(f"{ATOM}entry")] == [f"{SITE}/letters/lift/"]
    assert client.get("/letters/draft/updates.atom").status_code == 404


def test_pages_name_their_feeds(client, letter):
    assert f'href="{SITE}/letters.atom"' in client.get("/").content.decode()
    for path in ("/letters/lift/", "/letters/lift/timeline/"):
        assert f'href="{SITE}/letters/lift/updates.atom"' in client.get(path).content.decode()


# --- sitemap, robots, security ---


def addresses(client):
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314 - our own
    return {found.find(f"{MAP}loc").text.removeprefix(SITE): found for found in tree}


def test_sitemap_lists_public_pages_alone(client, letter):
    for state in ("draft", "private", "embargoed"):
        make_letter(slug=state, state=state)
    make_letter(slug="invented", is_sample=True)

    found = addresses(client)

    assert set(found) == {
        "/", "/privacy/", "/api/v1/", "/letters/lift/", "/letters/lift/methodology/", "/letters/lift/timeline/",
        "/letters/lift/signatories/", "/letters/lift/versions/1/",
    }  # fmt: skip
    for path in found:
        assert (path, b'name="robots" content="noindex"' in client.get(path).content) == (path, False)


def test_sitemap_ties_translations_to_their_letter(client, letter):
    for language, is_public in (("de", True), ("fr", False)):
        Translation.objects.create(letter=letter, version=letter.version, language=language, is_public=is_public,
                                   edited_at=timezone.now())  # fmt: skip

    found = addresses(client)

    twins = {"en": f"{SITE}/letters/lift/", "de": f"{SITE}/letters/lift/?language=de"}
    for path in ("/letters/lift/", "/letters/lift/?language=de"):
        links = [(link.get("hreflang"), link.get("href")) for link in found[path] if link.get("hreflang")]
        assert dict(links) == twins
    assert "/letters/lift/?language=fr" not in found


def test_crawlers_are_kept_from_the_desk_and_led_to_the_sitemap(client):
    lines = client.get("/robots.txt").content.decode().splitlines()

    assert lines == [
        "User-agent: *", "Disallow: /desk/", "Disallow: /accounts/", "Disallow: /admin/",
        f"Sitemap: {SITE}/sitemap.xml",
    ]  # fmt: skip


def test_security_contact_is_valid_for_half_a_year(client, settings, time_machine):
    time_machine.move_to(datetime(2026, 11, 28, 18, 0, tzinfo=UTC), tick=False)
    settings.SECURITY_CONTACT = ["mailto:security@example.org", "https://example.org/security"]
    settings.SECURITY_POLICY = "https://example.org/policy"

    answer = client.get("/.well-known/security.txt")

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode() == (
        "Contact: mailto:security@example.org\nContact: https://example.org/security\n"
        "Expires: 2027-05-27T00:00:00Z\nPreferred-Languages: en\n"
        f"Canonical: {SITE}/.well-known/security.txt\nPolicy: https://example.org/policy\n"
    )


def test_nobody_to_tell_is_no_file(client, settings):
    settings.SECURITY_CONTACT = []

    assert client.get("/.well-known/security.txt").status_code == 404


@pytest.mark.parametrize("contact", ["security@example.org", "http://example.org", "mailto:a b@example.org"])
def test_contact_that_no_program_understands_is_refused(monkeypatch, contact):
    monkeypatch.setenv("SECURITY_CONTACT", contact)

    with pytest.raises(ImproperlyConfigured, match="SECURITY_CONTACT"):
        environment.contacts("SECURITY_CONTACT")


# --- names that are not to be found ---


def test_names_are_passed_over_where_the_organisers_ask_for_it(client, letter, settings):
    settings.PAGES_KEPT = 9
    row = make_signature(letter, consent_press=True)
    counting.refresh()
    paths = [
        reverse(f"public:{name}", args=["lift"]) for name in (
            "signatories", "signatories-csv", "signatories-json", "press", "press-people", "corrections",
        )
    ]  # fmt: skip
    before = {path: client.get(path) for path in paths}
    assert {answer.headers.get("X-Robots-Tag") for answer in before.values()} == {None}

    rules = ruling.rules_of(letter)
    ruling.save(letter, ruling.Rules(rules.methods, "email", [], 0, names_noindex=True), by="test")

    lines = [reverse(f"public:{name}", args=["lift", row.public_id]) for name in ("signature", "ask")]
    for path in (*paths, *lines, paths[0], reverse("public:press", args=["lift"])):
        tag = {"If-None-Match": before[path].headers["ETag"]} if path in before else {}
        answer = client.get(path, headers=tag)
        assert (path, answer.status_code, answer.headers["X-Robots-Tag"]) == (path, 200, "noindex")
    assert b'name="robots" content="noindex"' in client.get(paths[0]).content
    assert b'name="robots" content="noindex"' not in client.get("/letters/lift/").content
    assert "/letters/lift/signatories/" not in addresses(client)


def test_choice_is_made_at_the_desk(client):
    from tests.factories import make_team  # noqa: PLC0415 - here alone

    letter = make_letter(slug="lift")
    make_team("alice", letter=letter)
    client.force_login(User.objects.get(email="alice@example.org"))

    typed = {"publish_from": "email", "watched_names": "", "spike_per_hour": "0", "names_noindex": "on"}
    assert client.post("/desk/lift/rules/", typed).status_code == 303

    assert Letter.objects.get().names_noindex is True
    assert 'name="names_noindex" id="id_names_noindex" checked' in " ".join(
        client.get("/desk/lift/rules/").content.decode().split()
    ).replace('aria-describedby="id_names_noindex_helptext" ', "")


@pytest.mark.parametrize("address", ["/sitemap.xml", "/letters.atom"])
def test_addresses_of_letters_are_told_without_reading_their_texts(client, letter, address):
    """Four thousand letters of 100,000 characters each would be in memory for anybody who asks."""
    make_letter()

    with CaptureQueriesContext(connection) as queries:
        assert letter.slug in client.get(address).content.decode()

    assert not [query["sql"] for query in queries if '."body"' in query["sql"]]
    assert len(queries) <= 2
