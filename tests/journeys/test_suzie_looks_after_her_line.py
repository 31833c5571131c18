"""Behind the link in every mail: correct, hide, show, download, erase; and a link that was lost."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.signatures.models import Signature
from tests.journeys import acts
from tests.journeys.acts import SUZIE, SUZIES_LINE
from tests.journeys.mail import Mailbox

pytestmark = pytest.mark.browser

CORRECTED = "Dr. Suzie van der Berg, Professor of Cryptography, Institute of Locks, Netherlands"


def now_listed(page: Page, address: str) -> list[str]:
    page.goto(f"{address}signatories/")
    page.reload()
    return acts.listed(page)


def test_suzie_corrects_hides_shows_downloads_and_erases(
    site: str, letter: Letter, smtp_mailbox: Mailbox, new_page: Callable[..., Page], settings: Any
) -> None:
    page, reader = new_page(phone=True), new_page(javascript=False)
    address = site + letter.get_absolute_url()
    acts.sign(page, address, SUZIE)
    acts.confirm(page, smtp_mailbox.wait(SUZIE["email"]).link("confirm"))
    mine = page.url
    assert now_listed(reader, address) == [SUZIES_LINE]

    page.get_by_text("Change my line").click()
    kept = ("name", "tie", "country", "comment")
    assert acts.values_of(page, [*kept]) == {name: SUZIE[name] for name in kept}
    acts.fill(page, {"name": "Dr. Suzie van der Berg", "affiliation": "Institute of Locks", "tie": "Not stated"})
    assert acts.text_of(page.locator("#preview .line")) == CORRECTED
    acts.press(page, "Save the correction")
    expect(page.locator(".slip .line").first).to_have_text(CORRECTED)
    acts.until(reader, lambda: now_listed(reader, address) == [CORRECTED], "the corrected line")

    acts.press(page, "Hide my line")
    expect(page.get_by_text("Hidden by you")).to_be_visible()
    acts.until(reader, lambda: now_listed(reader, address) == [], "the list without the hidden line")
    acts.press(page, "Print my line again")
    expect(page.get_by_role("button", name="Hide my line")).to_be_visible()
    acts.until(reader, lambda: now_listed(reader, address) == [CORRECTED], "the line shown again")

    with page.expect_download() as download:
        acts.follow(page, "Download all we store about you (JSON)")
    stored = json.loads(download.value.path().read_bytes())
    assert {SUZIE["email"], SUZIE["comment"], "Institute of Locks"} <= texts_in(stored)

    page.get_by_text("Erase everything about me").click()
    acts.press(page, "Yes, erase everything")
    expect(page.locator(".notice__title", has_text="Erased")).to_be_visible()
    acts.until(reader, lambda: now_listed(reader, address) == [], "the list without the erased line")
    row = Signature.objects.get()
    assert (row.display_name, row.email, row.comment) == ("", "", "")
    page.goto(mine)
    assert "Suzie" not in page.content()


def test_suzie_lost_her_link_and_a_stranger_learns_nothing(
    site: str, letter: Letter, mailbox: Mailbox, page: Page
) -> None:
    address = site + letter.get_absolute_url()
    acts.sign(page, address, SUZIE)
    acts.confirm(page, mailbox.wait(SUZIE["email"]).link("confirm"))
    answers = []

    for email in ("nobody@example.org", SUZIE["email"]):
        page.goto(address)
        acts.follow(page, "Get the link to your signature")
        acts.fill(page, {"email": email})
        acts.press(page, "Send me the link")
        expect(page.get_by_role("heading", name="Look in your mailbox")).to_be_visible()
        answers.append(page.locator("main").inner_html())

    assert answers[0] == answers[1]
    page.goto(mailbox.wait(SUZIE["email"], subject="link to your signature").link("mine"))
    expect(page.locator(".slip .line").first).to_have_text(SUZIES_LINE)
    assert {to for to, _ in mailbox.all()} == {SUZIE["email"]}


def texts_in(value: Any) -> set[str]:
    """Every text in a JSON value, however deep."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return set().union(*map(texts_in, value))
    return {value} if isinstance(value, str) else set()
