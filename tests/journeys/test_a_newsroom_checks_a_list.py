"""A newsroom checks the list that it has: in the browser, with the network off, and every forgery is named."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, Request, expect

from letters.documents.models import Letter
from letters.ledger import note
from letters.press import indexing, proofs, sequencing
from letters.signatures import managing
from letters.signatures.anonymous_lines import Words
from letters.signatures.models import AnonymousLine, Signature
from tests.factories import make_signature
from tests.journeys import clock
from tests.journeys.inspecting import inspect
from tests.press import kits

pytestmark = pytest.mark.browser
DROPPED = (
    "signatories.csv", "openings.csv", "checkpoint", "checkpoint.tlog-proof", "entries.jsonl", "letter.md", "key.txt",
)  # fmt: skip


@pytest.fixture
def signed(letter: Letter) -> Letter:
    """Alice, Suzie, Bob and Charlie in the list, behind them Mona by position and affiliation alone."""
    for person in ("alice", "bob", "charlie", "suzie"):
        make_signature(letter, person=person)
    mona = make_signature(letter, person="mona", state="hidden")
    line = AnonymousLine(signature=mona, asked_at=mona.signed_at, checked_at=mona.signed_at)
    line.say(Words("Moderator", "a newspaper"))
    line.save()
    sequencing.run()
    clock.count()
    return letter


class CheckPage:
    """The page as somebody uses it; ``asked`` are the requests that it made since it was loaded."""

    def __init__(self, page: Page, address: str = "") -> None:
        self.page, self.answers = page, 0
        self.asked: list[str] = []
        if address:
            page.goto(f"{address}check/")
        self.status = page.locator("[data-check-status]")
        self.answer = page.locator("[data-check-answer]")
        expect(self.status).to_have_attribute("data-result", re.compile("right|wrong"))
        page.on("request", self._request)

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)

    def drop(self, *paths: object) -> str:
        """Choose files; what the page says of them."""
        self.page.locator("#files").set_input_files([str(path) for path in paths])
        return self._said()

    def paste(self, text: str) -> str:
        self.page.locator("#names").fill(text)
        self.page.get_by_role("button", name="Check these names").click()
        return self._said()

    def _said(self) -> str:
        self.answers += 1
        expect(self.answer).to_have_attribute("data-answers", str(self.answers))
        expect(self.answer).to_be_visible()
        return re.sub("[\u2068\u2069]", "", self.answer.inner_text())

    def is_right(self) -> bool:
        return self.answer.get_attribute("data-result") == "right"


def test_every_forgery_is_named_with_the_network_off(site: str, page: Page, signed: Letter, tmp_path) -> None:
    kit = kits.published(signed, tmp_path / "kit")
    (tmp_path / "held").write_bytes(kits.later_checkpoint(signed))
    found = CheckPage(page, site + signed.get_absolute_url())
    expect(found.status).to_have_attribute("data-result", "right")
    expect(found.status).to_contain_text("In the site’s log: no. 1 of 1.")
    expect(found.status).to_contain_text("Unwitnessed")
    page.context.set_offline(True)

    said = found.drop(*(kit.folder / name for name in DROPPED))
    assert found.is_right(), said
    assert "Rows: 5. Stands: 5" in said
    assert "The checkpoint that you hold (6 entries) fits the log of this site." in said
    assert "In the site’s log: no. 1 of 1." in said
    assert "Unwitnessed: nobody outside this site has cosigned that yet." in said

    for number, (done, (tamper, _program, expected)) in enumerate(kits.DRILL.items()):
        forged = kits.published(signed, tmp_path / str(number))
        tamper(forged)
        said = found.drop(*(forged.folder / name for name in DROPPED))
        assert (done, found.is_right(), expected in said) == (done, False, True), said

    forged = kits.published(signed, tmp_path / "unnamed")
    forged.edit(6, "affiliation", "a bank")
    said = found.drop(*(forged.folder / name for name in DROPPED))
    assert "affiliation: your file says a bank, signed was a newspaper." in said

    said = found.drop(tmp_path / "held")
    assert "the log ends at 6 entries, the checkpoint that you hold was made of 11: it was rolled back" in said
    assert not found.is_right()
    page.context.set_offline(False)
    assert found.asked == []


WITNESS = note.Signer("newsroom.example/w", bytes(range(32)), note.COSIGNATURE)
LOOKED = 1_790_000_000  # 2026-09-21 14:13:20 UTC


def test_old_list_is_answered_row_by_row(site: str, page: Page, signed: Letter, settings, tmp_path) -> None:
    settings.WITNESSES = [str(WITNESS.verifier)]
    kit = kits.published(signed, tmp_path)
    managing.withdraw(Signature.objects.get(display_name="Charlie Čapek").public_id)
    Signature.objects.filter(display_name="Bob Brandt").update(position="Chief of Locks", changed_at=timezone.now())
    make_signature(signed, person="mona")
    sequencing.run()
    clock.count()
    kits.cosign(WITNESS, seconds=LOOKED)
    found = CheckPage(page, site + signed.get_absolute_url())
    expect(found.status).to_contain_text("Witnessed by")
    assert "newsroom.example/w on September 21, 2026 at 14:13 UTC." in re.sub(
        "[\u2068\u2069]", "", found.status.inner_text()
    )

    said = found.drop(_of_another_tree(signed, tmp_path))
    assert "checkpoint.tlog-proof: the cosignature of newsroom.example/w is of another tree, or was altered." in said
    assert not found.is_right()

    said = found.drop(kit.folder / "signatories.csv", kit.folder / "openings.csv", kit.folder / "checkpoint")
    assert "Rows: 5. Stands: 3 · Corrected since: 1 · Withdrawn since: 1" in said
    assert "In the list now and not in your file: 1." in said
    inspect(page, "check-answered")
    page.get_by_role("button", name="Corrected since").click()
    corrected = re.compile("Bob Brandt.*file says .Incident Responder., the list says .Chief of Locks", re.DOTALL)
    expect(page.locator("[data-check-rows]")).to_have_text(corrected)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the answers as CSV").click()
    assert '"Charlie Čapek","Withdrawn since"' in saved.value.path().read_text()

    said = found.drop(kit.folder / "signatories.csv")
    assert "Stands: 3 · Differs from the list now: 1 · Withdrawn since: 1" in said

    said = found.paste("bob  BRANDT\nCharlie Čapek\nMona Mbeki, Moderator")
    assert "Rows: 3. In the list: 2 · Not in the list now: 1" in said
    assert "Names of those who withdrew are not kept." in said


def _of_another_tree(letter: Letter, folder: Path) -> Path:
    """The newest proof, with what the witness said of another state of the site's log."""
    proof, path = indexing.proof_of(proofs.log_of(letter)).text, folder / "checkpoint.tlog-proof"
    own = proof.rpartition("— newsroom.example/w")[0]
    path.write_text(own + WITNESS.line("letters.example/index\n9\n", seconds=LOOKED), encoding="utf-8")
    return path


WRONG = {
    "empty.csv": (b"", "the file is empty"),
    "letter.docx": (b"PK\x03\x04" + bytes(200), "this is no table and no file of the log"),
    "list.ods": (b"PK\x03\x04" + bytes(200), "save the first sheet as CSV"),
    "page.csv": (b"<!doctype html><title>Log in</title>", "this is no table and no file of the log"),
    "headings.csv": (b"signature_id,display_name\r\n", "the list has its headings and no row"),
    "other.csv": (b"Name;Town\r\nAlice Anders;Utrecht\r\n", "its first row has no column signature_id"),
    "fact-sheet.md": (b"# Lift the restriction\n", "Not looked at here: fact-sheet.md"),
}


def test_wrong_files_are_said_to_be_unchecked_and_the_log_of_a_fresh_letter_is_waited_for(
    site: str, page: Page, letter: Letter, tmp_path
) -> None:
    make_signature(letter, person="alice")
    make_signature(letter, person="bob", display_name="Bob Brändt", sort_name="Brändt, Bob")
    clock.count()
    page.add_init_script("const later = setTimeout; setTimeout = (run, wait) => later(run, wait / 50)")
    page.goto(f"{site}{letter.get_absolute_url()}check/")
    expect(page.get_by_text("This letter has no log yet")).to_be_visible()

    sequencing.run()  # the journey fails when the page asked for what is not there: the browser complains of each 404
    found = CheckPage(page)
    assert found.status.get_attribute("data-result") == "right"
    expect(page.get_by_text(f"python3 verify.py . --key {proofs.vkey_of(letter)}")).to_be_visible()

    for name, (content, expected) in WRONG.items():
        (tmp_path / name).write_bytes(content)
        said = found.drop(tmp_path / name)
        assert (name, found.is_right(), "Nothing was checked." in said, expected in said) == (name, False, True, True)

    kit = kits.published(letter, tmp_path / "kit")
    (kit.folder / "fact-sheet.md").write_text("# Lift the restriction\n")
    said = found.drop(*sorted(kit.folder.iterdir()))
    assert found.is_right(), said
    assert "Rows: 2. Stands: 2" in said
    assert "Not looked at here: fact-sheet.md" in said

    (tmp_path / "cut.csv").write_bytes(b"display_name\r\nAlice Adeyemi\r\n")
    assert "Rows: 1. In the list: 1" in found.drop(tmp_path / "cut.csv")
    (tmp_path / "windows.csv").write_bytes((kit.folder / "signatories.csv").read_text().encode("cp1252"))
    assert "letters may have been lost in it" in found.drop(tmp_path / "windows.csv")
    said = found.paste("Brändt, Bob\nBob Brandt")
    assert "Rows: 2. In the list: 1 · Not in the list now: 1" in said
    assert "The list has a name that is nearly the same." in said


def test_browser_without_ed25519_says_what_it_did_not_check(site: str, page: Page, signed: Letter, tmp_path) -> None:
    kit = kits.published(signed, tmp_path)
    lacking = "crypto.subtle.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError'));"
    body = lacking + (settings.BASE_DIR / "static/js/check-worker.js").read_text()
    page.route("**/check-worker*.js", lambda route: route.fulfill(body=body, content_type="text/javascript"))

    found = CheckPage(page, site + signed.get_absolute_url())

    expect(found.status).to_contain_text("Not checked: the signature under the checkpoint.")
    said = found.drop(*(kit.folder / name for name in ("signatories.csv", "openings.csv", "checkpoint")))
    assert "Rows: 5. Stands: 5" in said
    assert "The signature under your checkpoint was not checked" in said


def test_list_of_the_site_that_is_not_what_was_signed_is_named(site: str, page: Page, signed: Letter) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE signatures_signature SET position = 'Emperor' WHERE display_name = 'Bob Brandt'")
    page.add_init_script("const later = setTimeout; setTimeout = (run, wait) => later(run, wait / 50)")

    found = CheckPage(page, site + signed.get_absolute_url())

    expect(found.status).to_have_attribute("data-result", "wrong")
    expect(found.status).to_contain_text(re.compile(r"Row 4 \(.*Bob Brandt.*\): It does not open entry \d"))


def test_check_page_without_javascript_explains_and_sends_nothing(site: str, new_page, signed: Letter) -> None:
    page = new_page(javascript=False)

    page.goto(f"{site}{signed.get_absolute_url()}check/")

    expect(page.get_by_role("heading", name="This page needs JavaScript, and there is another way")).to_be_visible()
    expect(page.get_by_label("Drop files here, or choose them")).to_be_hidden()
    expect(page.get_by_text(f"python3 verify.py . --key {proofs.vkey_of(signed)}")).to_be_visible()
