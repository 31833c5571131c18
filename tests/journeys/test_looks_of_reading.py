"""Every state of the pages that readers see: pictures, axe-core, 320 pixels."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from letters.documents import publishing
from letters.documents.models import Letter
from tests.factories import make_letter, make_signature, make_version, sign_up
from tests.journeys import acts, clock
from tests.journeys.inspecting import inspect

pytestmark = pytest.mark.browser


def test_home_looks(site: str, page: Page, sample_letter: Letter) -> None:
    make_letter(title="A letter that is closed", state="closed", summary="It has been delivered.")

    page.goto(site)

    expect(page.get_by_role("heading", level=2)).to_have_count(3)  # two letters, and the way to write one
    inspect(page, "home-letters")


def test_home_without_letters_looks(site: str, page: Page) -> None:
    page.goto(site)

    expect(page.get_by_text("No letter is open here yet.")).to_be_visible()
    inspect(page, "home-empty")


def test_letter_looks(site: str, page: Page, sample_letter: Letter) -> None:
    page.goto(site + sample_letter.get_absolute_url())

    expect(page.get_by_role("heading", name="What we ask")).to_be_visible()
    inspect(page, "letter-open")


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_letter_that_takes_no_signatures_looks(site: str, page: Page, letter: Letter, state: str) -> None:
    make_signature(letter)
    publishing.move(letter, state, by="test")

    page.goto(site + letter.get_absolute_url())

    expect(page.get_by_role("link", name="Sign this letter")).to_have_count(0)
    inspect(page, f"letter-{state}")
    page.goto(site + reverse("public:sign", args=[letter.slug]))
    expect(page.get_by_role("textbox")).to_have_count(0)
    inspect(page, f"sign-{state}")


def test_letter_that_nobody_signed_looks(site: str, page: Page, letter: Letter) -> None:
    page.goto(site + letter.get_absolute_url())
    expect(page.get_by_text("Nobody has signed yet.")).to_be_visible()
    inspect(page, "letter-empty")

    page.goto(f"{site}{letter.get_absolute_url()}signatories/")
    expect(page.locator("main").get_by_text("Nobody has signed yet.")).to_be_visible()
    inspect(page, "signatories-empty")


def test_letter_before_its_hour_looks(site: str, page: Page) -> None:
    letter = make_letter(opens_at=timezone.now() + timedelta(days=1))

    page.goto(site + letter.get_absolute_url())

    expect(page.get_by_text("This letter takes signatures from")).to_be_visible()
    inspect(page, "letter-soon")


def test_list_looks(site: str, page: Page, sample_letter: Letter) -> None:
    page.goto(f"{site}{sample_letter.get_absolute_url()}signatories/")
    expect(page.locator(".signatory-list > li")).to_have_count(100)
    inspect(page, "signatories-first")

    page.get_by_role("link", name="Next page").click()
    expect(page.locator(".signatory-list > li")).to_have_count(37)
    inspect(page, "signatories-next")


def test_search_looks(site: str, page: Page, sample_letter: Letter) -> None:
    page.goto(f"{site}{sample_letter.get_absolute_url()}signatories/")
    page.get_by_role("searchbox").fill("van der")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="Found for “van der”")).to_be_visible()
    inspect(page, "signatories-search")

    page.get_by_role("searchbox").fill("nobody of this name")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_text("Nobody on the list matches.")).to_be_visible()
    inspect(page, "signatories-no-hits")


def test_single_signature_looks(site: str, page: Page, letter: Letter) -> None:
    row = make_signature(letter, comment="Give us our tools back.", consent_comment=True)

    page.goto(site + reverse("public:signature", args=[letter.slug, row.public_id]))

    expect(page.get_by_text("Give us our tools back.")).to_be_visible()
    inspect(page, "signature")


def test_versions_look(site: str, page: Page, letter: Letter) -> None:
    make_signature(letter)
    make_version(letter, title="Lift the restriction now")
    clock.count()

    page.goto(f"{site}{letter.get_absolute_url()}versions/2/")
    expect(page.get_by_role("heading", name="Version 2, the current text")).to_be_visible()
    inspect(page, "version-current")
    page.goto(f"{site}{letter.get_absolute_url()}versions/1/")
    expect(page.get_by_role("heading", name="Version 1, an earlier text")).to_be_visible()
    inspect(page, "version-earlier")
    page.goto(f"{site}{letter.get_absolute_url()}signatories/?version=1")
    expect(page.get_by_text("These people signed version 1 of the text.")).to_be_visible()
    inspect(page, "signatories-earlier-version")


def test_privacy_looks(site: str, page: Page) -> None:
    page.goto(f"{site}/privacy/")

    expect(page.get_by_role("row")).not_to_have_count(1)
    inspect(page, "privacy")


def test_mailbox_looks(site: str, page: Page, letter: Letter) -> None:
    page.goto(f"{site}/mailbox/")
    expect(page.get_by_text("No mail yet.")).to_be_visible()
    inspect(page, "mailbox-empty")

    sign_up(letter)
    heading = page.get_by_role("heading", name="Confirm your signature")
    acts.until(page, lambda: page.reload() and heading.count(), "the mail")
    inspect(page, "mailbox-mail")
    page.goto(page.url + page.locator("iframe").get_attribute("src").split("/")[-2] + "/")
    expect(page.get_by_role("link", name="See and confirm")).to_be_visible()
    inspect(page, "mail-confirm", is_mail=True)


def test_missing_page_looks(site: str, page: Page) -> None:
    page.goto(f"{site}/letters/nothing-here/")

    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    inspect(page, "error-404")
