"""The static copy: complete in itself, true to the page, and silent about whoever is not on it."""

import hashlib
import io
import json
import re
import zipfile
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from letters.documents import amending, closing
from letters.documents.models import Letter, Translation
from letters.press import archives, archiving, logged, turns
from letters.press.models import Archive
from letters.press.sinks import FolderSink
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import STATES, make_letter, make_signature, make_user, make_version, sign_and_confirm
from tests.press.kits import PROGRAM, run

pytestmark = pytest.mark.django_db


class References(HTMLParser):
    """What a page leads to or loads, and the ids in it."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found, self.ids, self.tags = [], set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("href", "src", "action"):
                self.found.append(value or "")
            elif name == "id":
                self.ids.add(value)


def read(path):
    page = References()
    page.feed(path.read_text(encoding="utf-8"))
    return page


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "copy"


def translated(letter, language, *, is_public):
    """A whole translation that readers may choose, or not yet."""
    row = Translation(letter=letter, version=letter.version, language=language, is_public=is_public)
    row.title, row.body, row.edited_at, row.revision = f"Titel {language}", "Text", timezone.now(), 1
    row.save()
    Letter.objects.filter(pk=letter.pk).update(translations_revision=1)


def archive(letter, folder, **options):
    return archiving.write(letter, FolderSink(folder), **options)


def everything(folder):
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def words(folder):
    """Every text of the archive, styles left out."""
    return "\n".join(
        path.read_text(encoding="utf-8") for name, path in everything(folder).items() if not name.startswith("assets")
    )


def test_every_reference_leads_into_the_folder(folder, monkeypatch):
    monkeypatch.setattr(archiving, "LINES_PER_PAGE", 2)
    letter = make_letter(body="See [the law](https://law.example/1) and [us](mailto:us@example.org).")
    for _number in range(5):
        make_signature(letter)
    make_version(letter)
    make_signature(letter, signatory_type="organization")

    archive(letter, folder)

    files = everything(folder)
    assert {"index.html", "version-1.0.html", "version-2.0.html", "changes-1.0-2.0.html", "signatories-1.html",
            "organisations.html", "methodology.html", "letter-1.0.md", "signatories.csv", "signatories.json",
            "count.json", "README.txt", "SHA256SUMS", "assets/css/site.css"} <= files.keys()  # fmt: skip
    outside = set()
    for name, path in files.items():
        if not name.endswith(".html"):
            continue
        page = read(path)
        assert not page.tags & {"script", "form", "iframe", "object"}, name
        for reference in page.found:
            parts = urlsplit(reference)
            if parts.scheme:
                outside.add(reference)
                continue
            assert not reference.startswith("/"), (name, reference)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), (name, reference)
            if parts.fragment and target.suffix == ".html":
                assert parts.fragment in read(target).ids, (name, reference)
    assert outside == {"https://law.example/1", "mailto:us@example.org"}  # what the letter itself says


def test_the_list_is_checked_from_the_disk_by_the_log_that_lies_beside_it(folder):
    letter = make_letter()
    lines = [sign_and_confirm(letter, person) for person in ("suzie", "bob", "charlie")]
    managing.withdraw(lines[0].public_id)

    assert archive(letter, folder).has_proof

    proof = folder / archiving.proven.FOLDER
    assert (proof / "verify.py").read_bytes() == PROGRAM.read_bytes()
    code, printed = run(proof)
    assert (code, printed[:26]) == (0, "OK 2 shown + 0 withheld, 0")
    forged = (proof / "signatories.csv").read_text().replace("Bob Brandt", "Bob Grandt")
    (proof / "signatories.csv").write_text(forged)
    assert run(proof)[0] == 1
    assert "python3 proof/verify.py proof" in (folder / "README.txt").read_text()


def test_a_log_that_does_not_follow_keeps_no_archive_from_being_made(folder, monkeypatch):
    tried = []

    def behind(*_):
        tried.append(1)
        raise logged.NotSettled

    monkeypatch.setattr(logged, "proof_of", behind)
    make_signature(letter := make_letter())

    assert archive(letter, folder).persons == 1

    assert (len(tried), (folder / "proof").exists()) == (logged.TRIES, False)
    assert "The public log is not in this copy" in (folder / "README.txt").read_text()


def test_translations_and_questions_are_in_it_and_no_unpublished_one(folder):
    letter = make_letter(faq=[{"question": "Who may sign?", "answer": "**Anybody**[^1]\n\n[^1]: In defence."}])
    for language, is_public in (("ar", True), ("de", False)):
        translated(letter, language, is_public=is_public)

    archive(letter, folder)

    page = (folder / "translation-ar.html").read_text()
    assert ('<article class="letter group" lang="ar" dir="rtl">' in page, "Courtesy translation" in page) == (
        True,
        True,
    )
    assert (folder / "translation-de.html").exists() is False
    index = (folder / "index.html").read_text()
    assert ('href="translation-ar.html"' in index, "<strong>Anybody</strong>" in index) == (True, True)


def test_styles_ask_for_nothing_that_is_not_there(folder):
    archive(make_letter(), folder)

    sheets = list((folder / "assets").rglob("*.css"))
    for sheet in sheets:
        for reference in re.findall(r"""(?:url\(|@import )["']?([^"')]+)""", sheet.read_text(encoding="utf-8")):
            assert reference.startswith("data:") or (sheet.parent / reference).is_file(), (sheet.name, reference)
    assert len(sheets) > 5
    assert list((folder / "assets" / "fonts").glob("*.woff2")) != []


def test_only_what_readers_see_is_in_it(folder):
    letter = make_letter()
    for state in STATES:
        make_signature(letter, state=state, display_name=f"Name {state}", email=f"{state}@mail.example")

    archive(letter, folder)

    found = words(folder)
    shown = {state for state in STATES if f"Name {state}" in found}
    assert shown == {"confirmed", "sample"}
    assert "mail.example" not in found


def test_hidden_names_are_nowhere_and_the_count_stays(folder):
    letter = make_letter(names_hidden_at=timezone.now(), initiators=[])
    make_signature(letter, display_name="Name confirmed")

    archive(letter, folder)

    assert "Name confirmed" not in words(folder)
    assert {"signatories.csv", "signatories.json", "signatories-1.html"} & everything(folder).keys() == set()
    assert json.loads((folder / "count.json").read_text())["persons"] == 1
    assert "The names are not shown at the moment" in (folder / "index.html").read_text()


def test_hashes_of_all_files_are_right(folder):
    archive(make_letter(), folder)

    listed = dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    found = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in everything(folder).items()}
    assert listed == {name: digest for name, digest in found.items() if name != "SHA256SUMS"}


def test_it_says_when_it_was_made_and_where_the_letter_was_first(folder, settings):
    settings.SITE_URL = "https://letters.example"
    letter = make_letter(slug="lift-it")

    archive(letter, folder, now=timezone.now().replace(2026, 11, 24, 14, 5))

    page = (folder / "index.html").read_text()
    assert "Archive copy as of 14:05 UTC, 24 November 2026." in page
    assert "https://letters.example/letters/lift-it/" in page
    assert 'href="https://letters.example' not in page


def test_list_is_whole_and_in_its_order_over_its_pages(folder, monkeypatch):
    monkeypatch.setattr(archiving, "LINES_PER_PAGE", 2)
    letter = make_letter()
    for name in ("Dora", "Ada", "Emil", "Bo", "Cem"):
        make_signature(letter, display_name=name)
    seen = []

    archive(letter, folder, progress=lambda done, total: seen.append((done, total)))

    pages = [(folder / f"signatories-{number}.html").read_text() for number in (1, 2, 3)]
    names = [re.findall(r'line__name">([^<]+)<', page) for page in pages]
    assert names == [["Ada", "Bo"], ["Cem", "Dora"], ["Emil"]]
    assert "signatories-4.html" not in everything(folder)
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_closing_statement_stands_as_the_organisers_words(folder):
    letter = make_letter()
    closing.state(letter, "We **won**.", by="test")

    archive(letter, folder)

    page = (folder / "index.html").read_text()
    assert "<strong>won</strong>" in page
    assert "the organisers’ own words" in page


def test_texts_are_the_bytes_that_were_signed(folder):
    letter = make_letter()
    make_signature(letter)
    amending.amend(
        letter, {**letter.version.words, "title": "Lift the restrictions"}, note="A letter was missing", by=make_user()
    )

    archive(letter, folder)

    first = (folder / "letter-1.0.md").read_bytes()
    assert hashlib.sha256(first).hexdigest() == letter.version.sha256
    assert "Lift the restrictions" in (folder / "letter-1.1.md").read_text()
    assert "A letter was missing" in (folder / "version-1.1.html").read_text()


def test_command_writes_a_folder_or_a_zip_file_and_overwrites_nothing(tmp_path):
    letter = make_letter(slug="lift-it")
    make_signature(letter)
    packed = tmp_path / "copy.zip"

    call_command("archive_letter", "lift-it", to=tmp_path / "copy")
    call_command("archive_letter", "lift-it", to=packed)

    with zipfile.ZipFile(packed) as file:
        assert file.testzip() is None
        assert {name.split("/")[0] for name in file.namelist()} == {f"lift-it-archive-{timezone.now():%Y-%m-%d}"}
        assert len(file.namelist()) == len(everything(tmp_path / "copy"))
    for target in (tmp_path / "copy", packed):
        with pytest.raises(CommandError, match="is there already"):
            call_command("archive_letter", "lift-it", to=target)


@pytest.mark.parametrize("state", ["draft", "private", "embargoed"])
def test_letter_that_nobody_sees_is_not_archived(tmp_path, state):
    letter = make_letter(state=state)

    with pytest.raises(CommandError, match="no public letter"):
        call_command("archive_letter", letter.slug, to=tmp_path / "copy")
    with pytest.raises(archives.NotPublic):
        archives.ask(letter, by=make_user())
    assert not (tmp_path / "copy").exists()


@pytest.fixture
def asked(settings, tmp_path, db):
    settings.DATA_DIR = tmp_path
    letter = make_letter()
    make_signature(letter, at=timezone.now() - timedelta(days=1))
    return archives.ask(letter, by=make_user())


def test_asked_archive_is_made_once_and_kept_for_days(asked):
    with pytest.raises(archives.AlreadyAsked):
        archives.ask(asked.letter, by=asked.asked_by)
    assert (archives.make_waiting(), archives.make_waiting()) == (1, 0)

    asked.refresh_from_db()
    with archives.open_file(asked) as file:
        body = file.read()
    assert (asked.state, asked.size_bytes, asked.sha256) == ("ready", len(body), hashlib.sha256(body).hexdigest())
    assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None
    assert archives.progress_of(asked) == (1, 1)
    assert archives.expire(now=asked.expires_at - timedelta(seconds=1)) == 0
    assert archives.expire(now=asked.expires_at) == 1
    assert not archives.path_of(asked).exists()
    asked.refresh_from_db()
    with pytest.raises(archives.Gone):
        archives.open_file(asked)


@pytest.mark.parametrize("change", ["withdraw", "hide", "hide-names"])
def test_archive_with_somebody_who_left_is_handed_out_no_more(asked, change):
    archives.make_waiting()
    asked.refresh_from_db()
    row = Signature.objects.get()

    if change == "withdraw":
        managing.withdraw(row.public_id)
    elif change == "hide":
        managing.hide(row.public_id, hidden=True)
    else:
        Letter.objects.update(names_hidden_at=timezone.now())

    fresh = Archive.objects.select_related("letter").get()
    with pytest.raises(archives.Gone):
        archives.open_file(fresh)
    archives.make_waiting()
    assert not archives.path_of(fresh).exists()


def test_new_signature_leaves_an_archive_true(asked):
    archives.make_waiting()

    make_signature(asked.letter)

    archives.open_file(Archive.objects.select_related("letter").get()).close()


@pytest.mark.parametrize("leave", [managing.withdraw, lambda pk: managing.hide(pk, hidden=True)])
def test_whoever_came_after_an_archive_began_may_be_in_it_and_ends_it_by_leaving(asked, leave):
    archives.make_waiting()
    late = make_signature(asked.letter)

    leave(late.public_id)

    with pytest.raises(archives.Gone):
        archives.open_file(Archive.objects.select_related("letter").get())
    assert archives.expire(now=timezone.now()) == 1


def test_archive_of_a_worker_that_died_is_made_anew(asked):
    Archive.objects.update(state="running", started_at=timezone.now() - turns.STUCK_AFTER - timedelta(seconds=1))

    assert archives.make_waiting() == 1


def test_archive_that_fails_says_so_and_another_can_be_asked_for(asked, monkeypatch, caplog):
    monkeypatch.setattr(archiving, "_styles", lambda: ["css/missing.css"])

    archives.make_waiting()

    asked.refresh_from_db()
    assert asked.state == "failed"
    assert list(archives.path_of(asked).parent.iterdir()) == []
    archives.ask(asked.letter, by=asked.asked_by)
