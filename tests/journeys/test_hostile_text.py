"""Text that wants to be code, in every place where people type: it is shown as text, and nothing runs."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from letters.core import tokens
from letters.documents.models import Letter
from letters.signatures import managing, signing
from letters.signatures.models import Signature
from tests.factories import make_signature
from tests.journeys import acts
from tests.journeys.mail import Mailbox

pytestmark = pytest.mark.browser

ATTACKS = {
    "position": "<script>alert('position')</script>",
    "affiliation": "\"'><svg/onload=alert('affiliation')>",
    "comment": "</textarea><img src=x onerror=alert('comment')><b data-hostile>{{7*7}}</b>",
    "email": '"><script>alert(1)</script>@example.org',
    "name": "<img src=x onerror=alert('name')>",
}
HARMLESS = {"name": "Mallory Mayhem", "email": "mallory@example.org"}


def assert_harmless(page: Page) -> None:
    """No element or attribute of the attacks has come to life; the watch sees dialogs and broken policies."""
    alive = "[onerror], [onload], [data-hostile], main script, main img"
    expect(page.locator(alive)).to_have_count(0)


def test_attacks_in_every_field_stay_text(site: str, letter: Letter, page: Page, mailbox: Mailbox) -> None:
    address = site + letter.get_absolute_url()
    page.goto(f"{address}sign/")
    acts.fill(page, ATTACKS, ticks=("publish", "publish_comment"))
    assert_harmless(page)
    acts.press(page, "Sign this letter")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert acts.values_of(page, list(ATTACKS)) == ATTACKS
    assert_harmless(page)
    acts.fill(page, HARMLESS)
    acts.press(page, "Sign this letter")
    expect(page.get_by_role("heading", name="Look in your mailbox")).to_be_visible()
    signature = Signature.objects.get()
    # No form takes such a name; a row that has one all the same is printed as text.
    Signature.objects.update(display_name=ATTACKS["name"])
    acts.press(page, "Send the mail again")
    acts.until(page, lambda: ATTACKS["name"] in mailbox.all()[0][1].text, "the mail with the name")

    page.goto(site + reverse("public:confirm", args=[tokens.make(signing.CONFIRM, signature.public_id)]))
    expect(page.get_by_text(ATTACKS["comment"])).to_be_visible()
    assert_harmless(page)
    acts.press(page, "Confirm my signature")
    expect(page.get_by_text(ATTACKS["name"]).first).to_be_visible()
    assert_harmless(page)
    for path in ("", "signatories/", f"signatories/{signature.public_id}/"):
        page.goto(address + path)
        expect(page.get_by_text(ATTACKS["position"]).first).to_be_visible()
        assert_harmless(page)
    page.goto(f"{site}/mailbox/")
    expect(page.locator("pre").get_by_text(ATTACKS["name"]).first).to_be_visible()
    frame = page.frame_locator("iframe").first
    expect(frame.get_by_text(ATTACKS["name"])).to_be_visible()
    expect(frame.locator("img")).to_have_count(0)
    assert_harmless(page)


def test_attacks_in_search_code_and_addresses_stay_text(site: str, letter: Letter, page: Page) -> None:
    attack = ATTACKS["affiliation"]
    mine = managing.token_for(make_signature(letter))
    page.goto(f"{site}{letter.get_absolute_url()}signatories/")
    page.get_by_role("searchbox").fill(attack)
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("heading", name=attack)).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value(attack)
    assert_harmless(page)

    page.goto(site + reverse("public:mine", args=[mine]))
    page.get_by_text("Change my line").click()
    acts.fill(page, {"name": ATTACKS["name"], "comment": ATTACKS["comment"], "position": attack})
    assert_harmless(page)
    acts.press(page, "Save the correction")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert acts.values_of(page, ["name"]) == {"name": ATTACKS["name"]}
    assert_harmless(page)
