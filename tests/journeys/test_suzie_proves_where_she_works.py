"""Evidence from the signatory's side: what is offered, the mail to the work address, the sentence that changes."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.verification.models import Check, Organization, OrganizationDomain
from tests.journeys import acts
from tests.journeys.acts import SUZIE, SUZIES_LINE
from tests.journeys.inspecting import inspect
from tests.journeys.mail import Mailbox

pytestmark = pytest.mark.browser
WORK = "s.berg@uni-x.example"
PROVEN = "Confirmed by e-mail at uni-x.example, used by staff and students of University X, on"


@pytest.fixture
def university(transactional_db: None) -> Organization:
    today = timezone.now().date()
    row = Organization.objects.create(name="University X", source="curated", checked_on=today)
    OrganizationDomain.objects.create(
        organization=row, domain="uni-x.example", kind="mixed", source="curated", checked_on=today
    )
    return row


def signed(page: Page, address: str, mailbox: Mailbox) -> None:
    acts.sign(page, address, SUZIE | {"email": "suzie@example.org"})
    acts.confirm(page, mailbox.wait("suzie@example.org", subject="Confirm your signature").link("confirm"))


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_suzie_confirms_her_work_address_by_link(
    site: str,
    letter: Letter,
    university: Organization,
    mailbox: Mailbox,
    new_page: Callable[..., Page],
    javascript: bool,
) -> None:
    page = new_page(javascript=javascript, phone=javascript)
    address = site + letter.get_absolute_url()
    signed(page, address, mailbox)
    expect(page.get_by_role("heading", name="Strengthen it")).to_be_visible()

    acts.follow(page, "Work e-mail")
    page.get_by_role("textbox", name="Work e-mail address").fill("suzie@gmail.com")
    acts.press(page, "Start this check")
    expect(page.locator(".error-summary")).to_contain_text("gmail.com is a free mail service")
    expect(page.get_by_role("textbox", name="Work e-mail address")).to_have_value("suzie@gmail.com")

    page.get_by_role("textbox", name="Work e-mail address").fill(WORK)
    page.get_by_role("checkbox", name="Show the domain").check()
    acts.press(page, "Start this check")
    expect(page.get_by_role("heading", name="Look in your work mailbox")).to_be_visible()

    page.goto(mailbox.wait(WORK).link("verify"))
    expect(page.get_by_text("Nothing has happened yet.")).to_be_visible()
    expect(page.locator(".evidence")).to_contain_text(PROVEN)
    assert Check.objects.get().state == "waiting"
    acts.press(page, "Yes, this is my work address")

    expect(page.get_by_role("heading", name="Confirmed. Thank you.")).to_be_visible()
    page.goto(f"{address}signatories/?evidence=affiliation")
    assert acts.listed(page) == [SUZIES_LINE]
    expect(page.locator(".signatory-list .evidence")).to_contain_text(PROVEN)


def test_suzie_types_the_code_and_sees_the_new_sentence(
    site: str, letter: Letter, university: Organization, mailbox: Mailbox, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    signed(page, site + letter.get_absolute_url(), mailbox)
    inspect(page, "mine-strengthen")
    acts.follow(page, "Work e-mail")
    inspect(page, "verify-work-email")
    page.get_by_role("textbox", name="Work e-mail address").fill(WORK)
    acts.press(page, "Start this check")
    inspect(page, "verify-work-email-mailed")
    code = page.get_by_role("textbox", name="Code from the mail")

    code.fill("0000-0000")
    acts.press(page, "Confirm with this code")
    expect(page.locator(".error-summary")).to_contain_text("That is not the code in the mail.")
    code.fill(mailbox.wait(WORK).code)
    acts.press(page, "Confirm with this code")

    expect(page.get_by_text("What readers see, or will see once the line is printed")).to_be_visible()
    expect(page.locator(".slip .evidence")).to_contain_text(
        "Confirmed by e-mail at a mail domain used by staff and students of University X on"
    )


def test_owner_of_a_strange_work_address_ends_the_check(
    site: str, letter: Letter, university: Organization, mailbox: Mailbox, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    signed(page, site + letter.get_absolute_url(), mailbox)
    acts.follow(page, "Work e-mail")
    page.get_by_role("textbox", name="Work e-mail address").fill("rector@uni-x.example")
    acts.press(page, "Start this check")
    owner = new_page()
    owner.goto(mailbox.wait("rector@uni-x.example").link("verify"))
    inspect(owner, "verify-mail")

    acts.press(owner, "This was not me")

    expect(owner.get_by_role("heading", name="Noted: it was not you")).to_be_visible()
    assert not Check.objects.exists()
