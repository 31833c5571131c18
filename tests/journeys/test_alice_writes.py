"""Alice, who never saw the desk, begins a letter with its team in one form; the public page grows beside her words;
Bob writes at the same time, and neither loses anything."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from letters.accounts.models import Team, User
from letters.documents import drafting
from letters.documents.models import Letter
from tests.conftest import DESKTOP, PHONE
from tests.factories import make_user
from tests.journeys import acts
from tests.journeys.inspecting import inspect
from tests.journeys.mail import Mailbox
from tests.journeys.organising import make_account, open_page, sit_down

pytestmark = pytest.mark.browser
WALK = Path(__file__).parents[2] / "docs" / "first-letter.md"
BODY = "We find holes **before** others do.[^1]\n\n[^1]: Report of 2025."


class Walk:
    """What a person does who follows the pages alone; every field that is filled and every press is a step."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.steps = 0

    def fill(self, label: str, text: str, *, group: str = "") -> None:
        within = self.page.get_by_role("group", name=group) if group else self.page
        within.get_by_label(label, exact=True).fill(text)
        self.steps += 1

    def press(self, button: str) -> None:
        acts.press(self.page, button)
        self.steps += 1

    def follow(self, link: str) -> None:
        acts.follow(self.page, link)
        self.steps += 1


def test_first_letter_is_published_by_following_the_page_alone(
    site: str, mailbox: Mailbox, page: Page, new_page: Callable[..., Page]
) -> None:
    alice, walk = page, Walk(page)
    alice.goto(site)
    walk.follow("Write a letter")
    make_account(alice, mailbox, "alice@example.org")
    walk.steps += 4  # address, press, code, press
    walk.fill("Title", "Lift the restriction")
    walk.fill("Your team", "Harbour Circle")
    inspect(alice, "desk-letter-new")
    walk.press("Begin writing")

    expect(alice.get_by_role("heading", name="What is left before you can launch")).to_be_visible()
    walk.fill("Name", "Jo Doe", group="Addressee 1")
    walk.fill("Text", BODY)
    walk.fill("Demand", "Lift the restriction.", group="Demand 1")
    walk.press("Save")
    expect(alice.get_by_text("Saved.")).to_be_visible()
    look_on_a_phone(alice)
    walk.follow("Say who is behind the letter.")
    walk.fill("Name", "Harbour Circle", group="Organiser 1")
    walk.fill("Who pays", "Nobody pays", group="Organiser 1")
    walk.fill("Conflicts of interest", "none", group="Organiser 1")
    walk.fill("Contact", "press@example.org")
    walk.press("Save")
    expect(alice.get_by_text("Saved.")).to_be_in_viewport()  # although a link of the list led down the page
    expect(alice.get_by_role("heading", name="Nothing is missing")).to_be_in_viewport()
    walk.follow("Look it over and launch")
    preview = alice.frame_locator("iframe[title='Preview of the public page']")
    expect(preview.get_by_role("heading", name="Lift the restriction", level=1)).to_be_visible()
    inspect(alice, "desk-launch-now")
    walk.press("Publish now")
    expect(alice.get_by_text("The letter is open.")).to_be_visible()
    expect(alice.get_by_text(f"{site}/letters/lift-the-restriction/")).to_be_visible()

    reader = new_page()
    reader.goto(f"{site}/letters/lift-the-restriction/")
    expect(reader.get_by_role("heading", name="Lift the restriction", level=1)).to_be_visible()
    expect(reader.get_by_text("Report of 2025.")).to_be_visible()
    expect(reader.get_by_role("heading", name="Harbour Circle")).to_be_visible()
    counted = re.search(r"\*\*(\d+) steps\*\*", WALK.read_text())
    assert counted
    assert walk.steps == int(counted[1])


def look_on_a_phone(page: Page) -> None:
    """What is left and the preview stand below the form there, one tap away from its top and from its bar."""
    wide = page.viewport_size
    expect(page.get_by_role("link", name="4 things are left")).to_be_hidden()
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="4 things are left").click()
    expect(page.get_by_role("heading", name="What is left before you can launch")).to_be_in_viewport()
    page.get_by_role("link", name="Back to the text").click()
    expect(page.get_by_label("Title", exact=True)).to_be_in_viewport()
    page.get_by_role("link", name="See the page").click()
    expect(page.get_by_role("heading", name="As readers will see it")).to_be_in_viewport()
    inspect(page, "desk-write-phone")
    page.set_viewport_size(wide or DESKTOP)


def test_public_page_grows_beside_the_words(site: str, letter: Letter, page: Page) -> None:
    alice = sit_down(page, site, User.objects.get(email="alice@example.org"))
    open_page(alice, site, "write", letter)
    preview = alice.frame_locator("iframe[title='Preview of the public page']")
    expect(preview.get_by_role("heading", name="Lift it", level=1)).to_be_visible()

    alice.get_by_label("Text", exact=True).fill(BODY)
    expect(preview.get_by_text("before", exact=True)).to_be_visible()
    expect(preview.get_by_role("link", name="[1]", exact=True)).to_be_visible()
    alice.get_by_role("group", name="Demand 1").get_by_label("Demand").fill("Lift the restriction.")
    acts.press(alice, "Add a demand")
    expect(alice.get_by_role("group", name="Demand 2").get_by_label("Demand")).to_be_focused()
    alice.keyboard.type("Publish the criteria.")
    alice.get_by_role("group", name="Demand 2").get_by_role("button", name="Up").click()
    expect(preview.locator(".demands li").first).to_have_text("Publish the criteria.")
    expect(alice.get_by_text("Not saved yet")).to_be_visible()
    assert drafting.words_for(letter)["demands"] == []

    alice.keyboard.press("Control+s")
    expect(alice.get_by_text("Saved.")).to_be_visible()
    words = drafting.words_for(letter)
    assert (words["body"], words["demands"]) == (BODY, ["Publish the criteria.", "Lift the restriction."])
    inspect(alice, "desk-write")
    open_page(alice, site, "history", letter)
    inspect(alice, "desk-history")


@pytest.fixture
def letter(site: str) -> Letter:
    alice = make_user("alice")
    team = Team.objects.create(name="Harbour Circle")
    team.memberships.create(user=alice, role="owner")
    team.memberships.create(user=make_user("bob"), role="editor")
    letter = drafting.create(title="Lift it", team=team, by=alice)
    drafting.save(letter, {"title": "Lift it", "body": "One.\n\nTwo.", "closing": "Yours"}, based_on=1, by=alice)
    return letter


def test_two_organisers_write_at_once_and_nothing_is_lost(
    site: str, letter: Letter, page: Page, new_page: Callable[..., Page]
) -> None:
    people = {user.email: user for user in User.objects.all()}
    alice = sit_down(page, site, people["alice@example.org"])
    bob = sit_down(new_page(), site, people["bob@example.org"])
    for who in (alice, bob):
        open_page(who, site, "write", letter)

    bob.get_by_label("Salutation").fill("Dear Minister,")
    acts.press(bob, "Save")
    expect(bob.get_by_text("Saved.")).to_be_visible()
    alice.get_by_label("Text", exact=True).fill("One!\n\nTwo.")
    acts.press(alice, "Save")
    expect(
        alice.get_by_text("bob@example.org changed this meanwhile: salutation. Both changes are kept.")
    ).to_be_visible()
    expect(alice.get_by_label("Salutation")).to_have_value("Dear Minister,")

    bob.get_by_label("Closing").fill("With hope, Bob")
    bob.get_by_label("Text", exact=True).fill("One.\n\nTwo?")
    acts.press(bob, "Save")
    expect(bob.get_by_text("Both changes are kept.")).to_be_visible()
    expect(bob.get_by_label("Text", exact=True)).to_have_value("One!\n\nTwo?")
    alice.get_by_label("Closing").fill("In haste, Alice")
    acts.press(alice, "Save")
    expect(alice.get_by_role("heading", name="Two people wrote at once")).to_be_visible()
    expect(alice.get_by_label("Closing (optional)", exact=True)).to_have_value("In haste, Alice")
    expect(alice.get_by_label("What the other one saved")).to_have_value("With hope, Bob")
    inspect(alice, "desk-write-clash")
    alice.get_by_label("Take the other one, as it stands here").check()
    acts.press(alice, "Save")
    expect(alice.get_by_text("Saved.").or_(alice.get_by_text("Nothing was different."))).to_be_visible()
    words = drafting.words_for(letter)
    assert (words["body"], words["salutation"], words["closing"]) == (
        "One!\n\nTwo?",
        "Dear Minister,",
        "With hope, Bob",
    )
