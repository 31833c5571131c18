"""Every state of the page behind a signatory's own link: pictures, axe-core, 320 pixels."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import make_signature, sign_and_confirm
from tests.journeys import acts
from tests.journeys.inspecting import inspect

pytestmark = pytest.mark.browser

STATES = {
    "pending": "Not confirmed yet",
    "hidden": "Hidden by you",
    "held": "Being checked",
    "withdrawn": "Withdrawn",
    "removed": "Removed by the organisers",
    "erased": "Erased",
}


def mine(site: str, signature: Signature) -> str:
    return site + reverse("public:mine", args=[managing.token_for(signature)])


def test_own_page_looks(site: str, letter: Letter, page: Page) -> None:
    signature = sign_and_confirm(letter, comment="Give us our tools back.", consent_comment=True)

    page.goto(mine(site, signature) + "?welcome=1")
    expect(page.get_by_text("Your signature is confirmed. Thank you.")).to_be_visible()
    inspect(page, "mine-welcome")

    for summary in page.locator("summary").all():
        summary.click()
    expect(page.get_by_role("button", name="Yes, erase everything")).to_be_visible()
    inspect(page, "mine-opened")

    acts.fill(page, {"name": "=cmd"})
    acts.press(page, "Save the correction")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    inspect(page, "mine-errors")


@pytest.mark.parametrize(("state", "words"), STATES.items())
def test_own_page_of_a_line_not_printed_looks(site: str, letter: Letter, page: Page, state: str, words: str) -> None:
    page.goto(mine(site, make_signature(letter, state=state)))

    expect(page.locator(".notice__title", has_text=words)).to_be_visible()
    inspect(page, f"mine-{state}")


def test_lost_link_looks(site: str, letter: Letter, page: Page) -> None:
    page.goto(site + reverse("public:mine-link", args=[letter.slug]))
    inspect(page, "mine-link-fresh")

    acts.press(page, "Send me the link")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    inspect(page, "mine-link-errors")

    acts.fill(page, {"email": "suzie@example.com"})
    acts.press(page, "Send me the link")
    expect(page.get_by_role("heading", name="Look in your mailbox")).to_be_visible()
    inspect(page, "mine-link-sent")
