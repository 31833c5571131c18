"""An editor on deadline: number, file and proof from one page; and the same page after somebody withdrew."""

import hashlib
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.press import redacting, snapshots
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature
from tests.journeys import clock
from tests.journeys.inspecting import inspect

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("without_printing")]
COUNTRIES = ("NL", "DE", "FR", "NL", "GB", "NL", "DE", "ES", "IN", "NL")


def signed_letter() -> Letter:
    letter = make_letter(slug="lift-it", title="Lift the restriction", contact="press@lift.example")
    for day, country in enumerate(COUNTRIES):
        make_signature(letter, at=timezone.now() - timedelta(days=day, hours=1), country=country,
                       display_name=f"Signatory {chr(65 + day)}", affiliation=f"University {chr(65 + day % 3)}",
                       comment="Defenders need the tools that attackers have.", consent_comment=not day,
                       consent_quote=not day)  # fmt: skip
    make_signature(letter, signatory_type="organization", display_name="Society of Locksmiths")
    clock.snapshot(letter)
    return letter


def test_a_newsroom_takes_number_file_and_proof_and_sees_a_withdrawal(
    site: str, page: Page, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    letter = signed_letter()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)

    page.goto(f"{site}/letters/lift-it/")
    page.get_by_role("link", name="Press room").first.click()
    page.get_by_role("button", name="Copy the sentence").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "10 people have signed" in page.evaluate("navigator.clipboard.readText()")
    button = page.get_by_role("link", name="Download the press kit")
    box = button.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900  # without scrolling
    with page.expect_download() as download:
        button.click()
    kit = tmp_path / download.value.suggested_filename
    download.value.save_as(kit)
    assert hashlib.sha256(kit.read_bytes()).hexdigest() in page.locator(".press__take").inner_text()
    assert wrong_hashes(kit) == []
    inspect(page, "press")

    gone = Signature.objects.get(display_name="Signatory B")
    managing.withdraw(gone.public_id)
    clock.count()
    redacting.run()
    page.reload()
    expect(page.get_by_text("As of").first).to_contain_text("9 people have signed")
    expect(page.get_by_text("0 added, 0 corrected, 1 no longer shown").first).to_be_visible()
    page.get_by_role("link", name="Its permanent page").click()
    expect(page.locator("#sentence")).to_contain_text("10 people have signed")
    inspect(page, "snapshot")
    names = page.request
    for path in ("signatories/", "signatories.csv", "corrections.atom", f"press/{newest(letter)}/signatories.csv"):
        answer = names.get(f"{site}/letters/lift-it/{path}")
        assert (path, answer.status, "Signatory B" in answer.text()) == (path, 200, False)


def newest(letter: Letter) -> str:
    row = snapshots.newest(letter)
    assert row is not None
    assert row.label is not None
    return row.label


def wrong_hashes(kit: Path) -> list[str]:
    """Members whose hash is not the one in SHA256SUMS."""
    with zipfile.ZipFile(kit) as packed:
        sums = packed.read(f"{kit.stem}/SHA256SUMS").decode().splitlines()
        listed = dict(line.split("  ")[::-1] for line in sums)
        found = {name: hashlib.sha256(packed.read(f"{kit.stem}/{name}")).hexdigest() for name in listed}
    return [name for name, digest in listed.items() if found[name] != digest]
