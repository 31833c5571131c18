"""Two people whose names are withheld: one from the beginning, one after the name was printed. Whatever the public can
reach is read, packed files included: nothing tells who they are."""

import html
import io
import re
import zipfile
from datetime import timedelta
from urllib.parse import urldefrag, urljoin

import pytest
from django.conf import settings
from django.utils import timezone

from letters.outreach import delivering
from letters.press import archiving, packages, redacting, sequencing, snapshots
from letters.press.kit import registry
from letters.press.sinks import FolderSink
from letters.signatures import anonymising, counting
from letters.signatures.anonymous_lines import Words
from letters.signatures.models import Signature
from tests import anonymous
from tests.factories import make_letter, sign_and_confirm, utc
from tests.moderation.people import reviewer
from tests.press.keeping import kept
from tests.press.printing.samples import bare, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]

FIRST = {
    "display_name": "Zyxanna Quillfeather", "given_name": "Zyxanna", "family_name": "Quillfeather",
    "name_latin": "Zyxanna Q", "honorific_prefix": "Zyxdr.", "email": "zyxanna@quillfeather.example", "country": "LI",
    "comment": "Quillfeathers agree", "orcid": "0000-0002-1694-233X", "website": "https://quillfeather.example/",
    "position": "Zoologist", "affiliation": "Institute of Herons", "consent_comment": True, "consent_quote": True,
    "consent_domain": True, "consent_press": True,
}  # fmt: skip
SECOND = {
    "display_name": "Wolfram Yonderly", "email": "wolfram@yonderly.example", "country": "SM", "position": "Archivist",
    "affiliation": "Yonderly Archive", "comment": "Yonderly said so", "consent_comment": True, "consent_quote": True,
}  # fmt: skip
WORDS = (
    "zyxanna", "quillfeather", "zyxdr", "1694-233", "liechtenstein", "wolfram", "yonderly", "san marino", "2001-02-03",
    "3 february 2001",
)  # fmt: skip
PRINTED = ("Zoologist", "Institute of Herons", "Archivist", "an archive in a small country")
STARTS = (
    "/", "/sitemap.xml", "/robots.txt", "/letters.atom", "/letters/lift/updates.atom", "/letters/lift/corrections.atom",
    "/embed/lift/", "/embed/lift.svg", "/letters/lift/count.json", "/letters/lift/openings.csv", "/ledger/checkpoint",
    "/letters/lift/ledger/entries.jsonl", "/letters/lift/ledger/checkpoint", "/letters/lift/ledger/tile/0/000.p/1",
    "/letters/lift/signatories/?q=zoologist", "/letters/lift/signatories/?evidence=reviewed", "/api/v1/openapi.json",
    *(f"/api/v1/letters/lift{path}" for path in ("", "/counts", "/signatories", "/anonymised", "/timeline", "/versions",
                                                "/corrections", "/snapshots", "/ledger")),
    "/api/v1/letters",
)  # fmt: skip
LINKS = re.compile(r"""(?:href|src)="([^"#]+)|"(?:[a-z_]*url|next)": "([^"]+)""")
TYPESET = (".pdf", ".png")
MOST_PAGES = 400


def crawl(client):
    """{address: its bytes} of everything that can be reached without being somebody."""
    found, waiting = {}, list(STARTS)
    while waiting:
        path = waiting.pop()
        if (
            path in found
            or path.startswith(("/static/", "/desk/", "/accounts/", "/mailbox"))
            or path.endswith("/sign/")
        ):
            continue
        assert len(found) < MOST_PAGES
        answer = client.get(path)
        found[path] = answer.getvalue() if hasattr(answer, "getvalue") else answer.content
        if re.match(
            r"text/html|application/(json|problem\+json|xml|atom\+xml)", answer.headers.get("Content-Type", "")
        ):
            for match in LINKS.finditer(found[path].decode()):
                url = urldefrag(urljoin(f"{settings.SITE_URL}{path}", html.unescape(match[1] or match[2])))[0]
                if url.startswith(f"{settings.SITE_URL}/"):
                    waiting.append(url.removeprefix(settings.SITE_URL))
    return found


def texts_of(name, data):
    """(where, what can be read there), packed files opened."""
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for member in packed.namelist():
                yield member, member
                yield from texts_of(f"{name}!{member}", packed.read(member))
    elif data[:5] == b"%PDF-":
        yield name, words_of(data)
    elif data[:4] != b"\x89PNG":
        yield name, data.decode(errors="replace")


def leaks(everything, words):
    """(where, word), spaces apart: type is set without them."""
    return [
        (where, word)
        for name, data in everything.items()
        for where, text in texts_of(name, data)
        for word in words
        if word.casefold() in text.casefold() or bare(word).casefold() in bare(text).casefold()
    ]


def on_disk(*folders):
    return {str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def letter():
    return make_letter(slug="lift", offers_anonymous=True)


def snapshot(letter, *, now=None):
    counting.refresh(now=now)
    while sequencing.run():
        pass
    return kept(letter, now=now)


def live(letter, monkeypatch):
    """Signed with and without the name, kept in a snapshot, withheld, checked, kept again; returns both signatures."""
    mona = reviewer()
    sign_and_confirm(letter, "alice")
    second = sign_and_confirm(letter, "bob", **SECOND)
    with monkeypatch.context() as patched:  # the second one is printed
        patched.setattr(registry, "FILES", tuple(f for f in registry.FILES if not f.name.endswith(TYPESET)))
        snapshot(letter)
    first = anonymous.ask(letter, **FIRST)
    Signature.objects.filter(pk=first.pk).update(
        signed_at=utc("2001-02-03 04:05"), confirmed_at=utc("2001-02-03 04:05")
    )
    anonymous.accept(first, mona)
    words = Words("Archivist", "an archive in a small country")
    anonymising.ask(second.public_id, words, consent_text_sha256="d" * 64)
    anonymous.accept(second, mona)
    redacting.run()
    return first, second


def test_nothing_public_tells_who_signed_without_a_name(client, letter, tmp_path, monkeypatch):
    first, second = live(letter, monkeypatch)
    pictures = ("newspaper-broadsheet.pdf", ".png")  # the other newspaper is made of the same; nobody is in a picture
    monkeypatch.setattr(registry, "FILES", tuple(f for f in registry.FILES if not f.name.endswith(pictures)))
    snapshot(letter, now=timezone.now() + timedelta(minutes=2))
    archive, package = tmp_path / "archive", tmp_path / "package.zip"
    archiving.write(letter, FolderSink(archive))
    with package.open("w+b") as file:
        packages.write(delivering.plan(letter, is_supplement=False), file)

    public = crawl(client)
    everything = {**public, **on_disk(archive, *map(snapshots.folder_of, letter.snapshots.all()))}
    everything["package.zip"] = package.read_bytes()

    assert len(public) > 60
    assert {word for _where, word in leaks(everything, PRINTED)} == set(PRINTED)
    assert leaks(everything, WORDS) == []
    assert leaks(public, [str(first.public_id)]) == []  # what the worker notes of ids is in no file that is served
    for query in ("zyxanna", "quillfeather", "yonderly", "wolfram"):
        page = client.get(f"/letters/lift/signatories/?q={query}")
        assert (page.context["lines"], page.context["unnamed"]) == ([], [])
        assert client.get(f"/api/v1/letters/lift/signatories?q={query}").json()["items"] == []
    for row in (first, second):
        assert client.get(f"/letters/lift/signatories/{row.public_id}/").status_code == 404
        assert client.get(f"/api/v1/letters/lift/signatories/{row.public_id}").status_code == 404
