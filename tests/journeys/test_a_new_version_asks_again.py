"""Alice corrects a slip, translates, then changes what the letter says; Suzie signs again and Bob stays behind."""

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.signatures.models import Signature
from tests.factories import make_user, sign_and_confirm
from tests.journeys import acts, clock
from tests.journeys.inspecting import inspect
from tests.journeys.mail import Mailbox

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(site: str, letter: Letter, page: Page, client: Client) -> Page:
    """Alice at her desk."""
    client.force_login(make_user("alice", is_staff=True))
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    page.goto(site + reverse("desk:versions", args=[letter.slug]))
    return page


def test_a_new_version_asks_again(site: str, letter: Letter, desk: Page, mailbox: Mailbox) -> None:
    suzie, _bob = sign_and_confirm(letter), sign_and_confirm(letter, "bob")
    clock.count()
    correct_a_slip(desk)
    translate(site, letter, desk)
    change_the_meaning(desk)

    link = mailbox.wait(suzie.email, subject="Do you sign version 2?").link("again")
    desk.goto(link)
    expect(desk.get_by_role("heading", name="Do you sign version 2?")).to_be_visible()
    inspect(desk, "renew-open")
    acts.press(desk, "Sign version 2")
    expect(desk.get_by_role("heading", name="Your signature")).to_be_visible()
    assert "with the line that you had before" in mailbox.wait(suzie.email, subject="You signed version 2").text

    desk.goto(mailbox.wait("bob@example.org", subject="Do you sign version 2?").link("again"))
    acts.press(desk, "Leave my signature under version 1")
    expect(desk.get_by_text("You left your signature under the earlier version.")).to_be_visible()

    clock.count()
    read_both(site, letter, desk)
    assert list(Signature.objects.order_by("version__number", "id").values_list("version__number", "display_name")) == [
        (1, "Suzie van der Berg"),
        (1, "Bob Brandt"),
        (2, "Suzie van der Berg"),
    ]


def correct_a_slip(desk: Page) -> None:
    acts.follow(desk, "Correct a slip")
    desk.get_by_label("Salutation").fill("Dear Madam,")
    acts.press(desk, "See what changes")
    expect(desk.get_by_role("heading", name="What readers will see as changed")).to_be_visible()
    acts.press(desk, "Publish the fix")
    expect(desk.get_by_role("heading", name="There is a problem")).to_be_visible()
    inspect(desk, "desk-amend-errors")
    desk.get_by_label("What changed, for readers").fill("The addressee is a woman.")
    desk.get_by_label("The meaning stays the same").check()
    acts.press(desk, "Publish the fix")
    expect(desk.get_by_text("The fix is published.")).to_be_visible()


def translate(site: str, letter: Letter, desk: Page) -> None:
    desk.goto(site + reverse("desk:translations", args=[letter.slug]))
    desk.get_by_label("Language").select_option(value="ar")
    acts.press(desk, "Begin a translation")
    for field in desk.locator(".translate__part").locator("input, textarea").all():
        field.fill("ارفعوا القيود")
    desk.get_by_label("Translated by").fill("ليلى")
    inspect(desk, "desk-translate")
    acts.press(desk, "Save and publish")
    expect(desk.get_by_text("Published. Readers can choose it")).to_be_visible()
    acts.follow(desk, "All translations")
    desk.goto(f"{site}{letter.get_absolute_url()}?language=ar")
    inspect(desk, "letter-translated")
    desk.goto(site + reverse("desk:versions", args=[letter.slug]))


def change_the_meaning(desk: Page) -> None:
    acts.follow(desk, "New version")
    desk.get_by_label("Demands, one a line").fill(
        "Lift the restriction before May.\nPublish the *criteria*.\nPay for it."
    )
    acts.press(desk, "See what changes")
    desk.get_by_label("What changed, for readers").fill("The demands name a date and the costs.")
    desk.get_by_label("The new version starts with nobody").check()
    acts.press(desk, "Publish the new version")
    expect(desk.get_by_text("The new version is published.")).to_be_visible()


def read_both(site: str, letter: Letter, desk: Page) -> None:
    desk.goto(site + letter.get_absolute_url())
    expect(desk.get_by_text("2 people signed version 1; they are being asked until")).to_be_visible()
    inspect(desk, "letter-second-version")
    acts.follow(desk, "See every changed word")
    inspect(desk, "changes")
    desk.goto(site + reverse("public:version", args=[letter.slug, 1]))
    inspect(desk, "version-with-fixes")
    desk.goto(site + reverse("desk:versions", args=[letter.slug]))
    expect(desk.get_by_role("row", name="Signed again 1")).to_be_visible()
    inspect(desk, "desk-versions")
