"""The whole promise of the files: a kit proves itself to a bare Python, a broken cell is named, and whoever withdraws
or erases is gone from list, files, feed and snapshots while the proof of everybody else stands."""

import csv
import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.conf import settings as site_settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.press.models import Snapshot
from tests.factories import make_signature
from tests.journeys import acts, clock
from tests.security.snapshots import tables_with

pytestmark = pytest.mark.browser

BO = {"name": "Bo Quibblewick", "position": "Locksmith", "affiliation": "Quibble Works", "email": "bo@quibble.example"}
ZYX = {
    "name": "Zyxkwob Canary",
    "position": "Zyxkwobologist",
    "affiliation": "Zyxkwob Institute",
    "email": "zyxkwob@zyxkwob.example",
}
TRACES = ("zyxkwob canary", "zyxkwobologist", "zyxkwob institute", "zyxkwob.example", "quibblewick", "quibble works")
PATHS = ("", "signatories/", "signatories.csv", "signatories.json", "signatories.xlsx", "openings.csv", "corrections/",
         "corrections.atom", "ledger/entries.jsonl", "ledger/checkpoint", "ledger/tile/entries/000.p/{size}", "press/",
         "press/{label}/", "press/{label}/signatories.csv", "press/{label}/openings.csv")  # fmt: skip


def catch_up(letter: Letter) -> Snapshot:
    """A new snapshot. The one before is given the address of another minute, since two of one minute have one."""
    Snapshot.objects.filter(label__gt="2026-02").update(label=f"2026-01-0{Snapshot.objects.count()}T0000Z")
    return clock.snapshot(letter)


def enter(page: Page, room: str, sentence: str) -> None:
    """The press room with this count, and not the browser's own copy of a few seconds ago."""
    page.goto(room)
    acts.until(page, lambda: page.reload() and sentence in page.locator("#sentence").inner_text(), sentence)


def unpacked(page: Page, folder: Path) -> Path:
    """The kit that the press room offers, unpacked as a journalist does."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the press kit").click()
    with zipfile.ZipFile(download.value.path()) as kit:
        kit.extractall(folder)
    return folder / kit.namelist()[0].split("/")[0]


def verified(kit: Path) -> tuple[int, str]:
    """(exit code, what it said) of the kit's own verifier in an interpreter that knows nothing of us."""
    command = [sys.executable, "-I", "-S", "verify.py", "."]
    run = subprocess.run(command, cwd=kit, env={}, capture_output=True, text=True, timeout=60)
    return run.returncode, run.stdout + run.stderr


def table_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode())))


def own_page(page: Page, mails: Any, address: str, person: dict[str, str]) -> str:
    """The own page of somebody who signed and confirmed."""
    acts.sign(page, address, person)
    acts.confirm(page, mails.wait(person["email"], subject="Confirm your signature").link("confirm"))
    return page.url


def readable(path: Path) -> Iterator[bytes]:
    """A file, what is packed in it, and the text of a PDF."""
    content = path.read_bytes()
    yield content
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(name) for name in packed.namelist())
    elif path.suffix == ".pdf":
        yield "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages).encode()


def files_with(word: str) -> list[str]:
    """Every file of the site that holds a word, in whatever it is packed."""
    files = (path for path in Path(site_settings.DATA_DIR).rglob("*") if path.is_file())
    return [path.name for path in files if any(word.encode().lower() in part.lower() for part in readable(path))]


def test_a_newsroom_checks_breaks_and_sees_who_left(
    site: str, letter: Letter, new_page: Any, smtp_mailbox: Any, settings: Any, tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    settings.DATA_DIR, settings.LEDGER_DIR = tmp_path / "site", tmp_path / "site" / "ledger"
    for name in ("Ada Sample", "=Cy Sample", "Di Sample"):
        make_signature(letter, display_name=name.lstrip("="), affiliation=f"{name} Works", at=timezone.now())
    page, address = new_page(), site + letter.get_absolute_url()
    bos, zyxs = (own_page(page, smtp_mailbox, address, person) for person in (BO, ZYX))
    first = catch_up(letter)

    enter(page, f"{address}press/", "5 people have signed")
    kit = unpacked(page, tmp_path / "first")
    code, said = verified(kit)
    assert (code, said[:11]) == (0, "OK 5 shown ")
    before = (kit / "signatories.csv").read_bytes()
    assert {"Zyxkwob Canary", "Bo Quibblewick"} <= {row[4] for row in table_of(kit / "signatories.csv")}
    assert len(files_with("zyxkwob canary")) >= 5

    (kit / "signatories.csv").write_bytes(before.replace(b"Locksmith", b"Minister"))
    code, said = verified(kit)
    assert (code, "position" in said, "Bo Quibblewick" in said, "signatories.csv" in said) == (1, True, True, True)

    page.goto(bos)
    page.get_by_text("Withdraw my signature", exact=True).click()
    acts.press(page, "Yes, withdraw my signature")
    expect(page.get_by_text("Your line is not printed and not counted.")).to_be_visible()
    catch_up(letter)
    enter(page, f"{address}press/", "4 people have signed")
    code, said = verified(unpacked(page, tmp_path / "second"))
    assert said.startswith("OK 4 shown ")
    assert (code, "1 retracted" in said) == (0, True)
    again = unpacked_from(page, address, first, tmp_path / "again")
    code, said = verified(again)
    assert (code, "Quibblewick" in (again / "signatories.csv").read_text()) == (0, False)
    feed = page.request.get(f"{address}corrections.atom").text()
    assert (feed.count("<entry>"), "withdr" in feed, "Quibblewick" in feed) == (2, True, False)  # and the redaction

    page.goto(zyxs)
    page.get_by_text("Erase everything about me").click()
    acts.press(page, "Yes, erase everything")
    expect(page.get_by_text("all you typed are deleted")).to_be_visible()
    last = catch_up(letter)
    assert [table for word in ("zyxkwob", "canary", b"zyxkwob".hex()) for table in tables_with([word])] == []
    assert [name for word in TRACES for name in files_with(word)] == []
    for path in PATHS:
        answer = page.request.get(address + path.format(label=first.label, size=last_size(page, address)))
        assert (path, answer.status, b"zyxkwob canary" in answer.body().lower()) == (path, 200, False)
    ours = (
        record.getMessage() for record in caplog.records if record.name != "mail.log"
    )  # that one is the mail server
    assert [line for line in ours if "zyxkwob" in line.lower()] == []
    enter(page, f"{address}press/", "3 people have signed")
    code, said = verified(unpacked(page, tmp_path / "third"))
    assert (code, said[:11], last.persons) == (0, "OK 3 shown ", 3)


def unpacked_from(page: Page, address: str, snapshot: Snapshot, folder: Path) -> Path:
    """The kit of an older snapshot, from its permanent page."""
    snapshot.refresh_from_db()
    page.goto(f"{address}press/{snapshot.label}/")
    return unpacked(page, folder)


def last_size(page: Page, address: str) -> str:
    """How many entries the log has, as its checkpoint says."""
    return page.request.get(f"{address}ledger/checkpoint").text().splitlines()[1]
