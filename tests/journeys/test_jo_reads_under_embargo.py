"""Jo of The Paper reads a letter before its hour: let in at the desk, under terms, with a marked file."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from letters.accounts.models import User
from letters.documents.models import Letter
from tests.factories import CAST, make_letter, make_signature, make_team
from tests.journeys import acts
from tests.journeys.inspecting import inspect
from tests.journeys.mail import Mailbox
from tests.journeys.organising import open_page, sit_down

pytestmark = pytest.mark.browser
JO = {"Name": "Jo Press", "Outlet": "The Paper", "E-mail address": "jo@paper.example"}


@pytest.fixture
def letter(site: str) -> Letter:
    letter = make_letter(slug="lift-it", state="embargoed", opens_at=timezone.now() + timedelta(days=3))
    make_team("alice", letter=letter)
    make_signature(letter, is_reviewed=True)
    make_signature(letter, display_name="Nobody Checked")
    return letter


def test_jo_accepts_reads_and_takes_the_file_until_it_is_taken_back(
    site: str, letter: Letter, page: Page, new_page: Callable[..., Page], smtp_mailbox: Mailbox
) -> None:
    alice, jo = sit_down(page, site, User.objects.get(email=CAST["alice"].email)), new_page(phone=True)
    open_page(alice, site, "embargo", letter)
    for label, value in JO.items():
        alice.get_by_label(label, exact=True).fill(value)
    acts.press(alice, "Send the link")
    expect(alice.get_by_text("invited, terms not accepted yet")).to_be_visible()
    inspect(alice, "desk-journalists")

    jo.goto(smtp_mailbox.wait(JO["E-mail address"], subject="under embargo").link("embargo"))
    expect(jo.get_by_text("Lift the restriction")).to_have_count(0)
    inspect(jo, "embargo-terms")
    jo.get_by_label("I agree to all of these terms.").check()
    acts.press(jo, "Accept and open")
    expect(jo).to_have_url(f"{site}/letters/lift-it/embargo/")
    expect(jo.get_by_role("heading", name="Lift the restriction")).to_be_visible()
    assert [acts.text_of(name) for name in jo.locator(".line__name").all()] == ["Suzie van der Berg"]
    inspect(jo, "embargo-room")
    with jo.expect_download() as download:
        acts.press(jo, "Take the PDF")
    assert download.value.path().read_bytes().startswith(b"%PDF-")

    alice.reload()
    alice.locator("details summary").last.click()
    expect(alice.get_by_text("the PDF", exact=False).last).to_be_visible()
    alice.get_by_role("button", name="Take back Jo Press").click()
    jo.reload()
    expect(jo.get_by_text("Lift the restriction")).to_have_count(0)
