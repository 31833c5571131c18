"""Alice gathers the founding circle and launches: five are invited to the draft, one signs in the private round, the
text is locked, the hour is set, the public sees nothing before it and the first name after."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from letters.accounts.models import User
from letters.documents import launching
from letters.documents.models import Letter
from tests.factories import CAST, make_letter, make_signature, make_team
from tests.journeys import acts
from tests.journeys.inspecting import inspect
from tests.journeys.mail import Mailbox
from tests.journeys.organising import open_page, sit_down

pytestmark = pytest.mark.browser
SUZIE = CAST["suzie"]
FIVE = "\n".join([f"{SUZIE.name} <{SUZIE.email}>", *(f"Person {name} <{name.lower()}@example.org>" for name in "ABCD")])
BEHIND = [{"name": "Harbour Circle", "role": "author", "funding": "nobody pays", "interests": "none"}]


@pytest.fixture
def draft(site: str) -> Letter:
    letter = make_letter(slug="lift-it", state="draft", organisers=BEHIND, contact="press@example.org")
    make_team("alice", letter=letter)
    return letter


@pytest.fixture
def alice(site: str, draft: Letter, page: Page) -> Page:
    return sit_down(page, site, User.objects.get(email=CAST["alice"].email))


def test_the_circle_is_asked_and_the_letter_launched(
    site: str, draft: Letter, alice: Page, new_page: Callable[..., Page], smtp_mailbox: Mailbox
) -> None:
    open_page(alice, site, "invitations", draft)
    alice.get_by_label("People, one a line").fill(FIVE)
    alice.get_by_label("Where do you have the address from?").nth(1).fill("Our conference of 2026")
    alice.get_by_label("Place").nth(1).select_option("initiator")
    acts.press(alice, "Check the list")
    acts.press(alice, "Send 5 invitations")

    suzie = new_page(phone=True)
    suzie.goto(smtp_mailbox.wait(SUZIE.email, subject="read the draft").link("invited"))
    expect(suzie.get_by_role("heading", name="Read the draft, before anybody else")).to_be_visible()
    suzie.get_by_label("What should change, and why").fill("Say *tools*, not weapons.")
    acts.press(suzie, "Say it")
    expect(suzie.get_by_text("Your remark is with the organisers.")).to_be_visible()
    inspect(suzie, "invited-draft")

    open_page(alice, site, "letter", draft)
    expect(alice.get_by_text("1 remark of the circle is open.")).to_be_visible()
    inspect(alice, "desk-letter")
    open_page(alice, site, "launch", draft)
    acts.press(alice, "Begin the private round")

    suzie.goto(smtp_mailbox.wait(SUZIE.email, subject="Ready to sign").link("invited"))
    acts.press(suzie, "Go to the form")
    acts.field(suzie, "publish").check()
    acts.press(suzie, "Sign this letter")
    acts.confirm(suzie, smtp_mailbox.wait(SUZIE.email, subject="Confirm").link("confirm"))
    expect(suzie.get_by_text("The letter is not public yet.")).to_be_visible()

    acts.press(alice, "Lock the text")
    tomorrow = timezone.now() + timedelta(days=1)
    alice.locator("[name=opens-moment]").fill(f"{tomorrow:%Y-%m-%dT%H:%M}")
    acts.press(alice, "Set the hour")
    expect(alice.get_by_text("The letter opens by itself on")).to_be_visible()
    inspect(alice, "desk-launch")
    reader = new_page()
    reader.goto(site + draft.get_absolute_url())
    assert SUZIE.name not in reader.content()
    assert draft.title not in reader.content()

    acts.follow(alice, "Look it over and launch")
    acts.press(alice, "Publish now")
    expect(alice.get_by_text("The letter is open.")).to_be_visible()
    reader = new_page()  # the one before keeps what it saw for four seconds
    reader.goto(site + draft.get_absolute_url())
    expect(reader.get_by_role("heading", name="Initiators")).to_be_visible()
    expect(reader.get_by_text(SUZIE.name).first).to_be_visible()


def test_names_are_hidden_at_once_and_come_back(
    site: str, draft: Letter, alice: Page, new_page: Callable[..., Page]
) -> None:

    launching.launch(draft, by="user:1")
    draft.refresh_from_db()
    make_signature(draft, display_name="Harassed Person")
    address = site + draft.get_absolute_url()

    def harassed(seen: int) -> Page:
        """A reader who has not been here before sees the name so many times."""
        reader = new_page()
        reader.goto(address)
        expect(reader.get_by_text("Harassed Person")).to_have_count(seen)
        return reader

    harassed(1)
    open_page(alice, site, "launch", draft)
    acts.press(alice, "Hide all names, keep the count")
    expect(alice.get_by_text("No name is printed any more.")).to_be_visible()
    inspect(harassed(0), "letter-names-hidden")
    acts.press(alice, "Print the names again")
    expect(alice.get_by_text("The names are printed again.")).to_be_visible()
    harassed(1)
