"""Alice types for an hour, her session ends meanwhile, and she presses Save: she logs in, in another tab, sends it
again, and every word is stored."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from letters.accounts.models import User
from letters.documents.models import Letter
from tests.factories import CAST, make_letter, make_team
from tests.journeys import acts
from tests.journeys.inspecting import inspect
from tests.journeys.organising import open_page, sit_down

pytestmark = pytest.mark.browser
ANSWER = "Because “the law”\ncomes in <June> & not later."


@pytest.mark.parametrize("javascript", [True, False])
def test_what_alice_typed_outlives_her_session(site: str, new_page: Callable[..., Page], javascript: bool) -> None:
    letter = make_letter(slug="lift-it", state="draft")
    make_team("alice", letter=letter)
    alice = sit_down(new_page(javascript=javascript), site, User.objects.get(email=CAST["alice"].email))
    open_page(alice, site, "about", letter)
    alice.get_by_label("Contact", exact=True).fill("press@example.org")
    alice.locator("[name=faq-0-question]").fill("Why now?")
    alice.locator("[name=faq-0-answer]").fill(ANSWER)
    alice.context.clear_cookies(name="sessionid")
    acts.press(alice, "Save")

    expect(alice.get_by_role("heading", name="You are logged out")).to_be_visible()
    if javascript:
        inspect(alice, "desk-signed-out")
        alice.get_by_role("button", name="Send it again").click()
        expect(alice.get_by_text("You are not logged in yet.")).to_be_visible()
    with alice.context.expect_page() as opened:
        alice.get_by_role("link", name="Log in, in another tab").click()
    tab = opened.value
    tab.locator("[name=login]").fill(CAST["alice"].email)
    tab.locator("[name=password]").fill(CAST["alice"].email)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    expect(tab).to_have_url(f"{site}/desk/")

    acts.press(alice, "Send it again")
    if not javascript:  # the login gave the browser another mark for its forms
        expect(alice.get_by_role("heading", name="Please send it once more")).to_be_visible()
        acts.press(alice, "Send it again")
    expect(alice.get_by_text("Saved.")).to_be_visible()
    row = Letter.objects.get()
    assert (row.contact, row.faq) == ("press@example.org", [{"question": "Why now?", "answer": ANSWER}])
