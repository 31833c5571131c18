"""The other way to confirm: the code from the mail, typed into the tab that still waits."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.signatures.models import Signature
from tests.journeys import acts
from tests.journeys.acts import SUZIE, SUZIES_LINE
from tests.journeys.mail import Mailbox

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_suzie_types_the_code_into_the_waiting_tab(
    site: str, letter: Letter, mailbox: Mailbox, new_page: Callable[..., Page], javascript: bool
) -> None:
    page = new_page(javascript=javascript, phone=javascript)
    address = site + letter.get_absolute_url()
    acts.sign(page, address, SUZIE)
    code = page.get_by_role("textbox", name="Code from the mail")

    code.fill("0000-0000")
    acts.press(page, "Confirm my signature")
    expect(page.locator(".error-summary")).to_be_focused()
    expect(code).to_have_value("0000-0000")
    assert Signature.objects.get().state == "pending"

    code.fill(mailbox.wait(SUZIE["email"]).code.lower().replace("-", " "))
    acts.press(page, "Confirm my signature")
    expect(page.get_by_text("Your signature is confirmed. Thank you.")).to_be_visible()
    page.goto(f"{address}signatories/")
    assert acts.listed(page) == [SUZIES_LINE]
