"""More people confirm in an hour than this letter usually has: those beyond the line are held, Mona sees the wave,
refuses a fake in it by its case and asks for the release of the rest, to which Alice agrees."""

import pytest
from playwright.sync_api import Page, expect

from letters.accounts.models import User
from letters.documents.models import Letter
from letters.moderation import bulking
from letters.signatures.models import Signature
from tests.factories import CAST, make_team, make_user, sign_and_confirm
from tests.journeys import acts
from tests.journeys.organising import open_page, sit_down
from tests.moderation.people import show_second_factor_in

pytestmark = pytest.mark.browser
USUAL = 2


def sit_down_strong(page: Page, site: str, person: str) -> Page:
    """With a second factor shown."""
    page.context.clear_cookies()
    sit_down(page, site, User.objects.get(email=CAST[person].email))
    show_second_factor_in(next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sessionid"))
    return page


def test_a_surge_is_held_looked_at_and_released_by_two(
    site: str, letter: Letter, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulking, "ALONE_MOST", 1)
    make_team("mona", "moderator", letter=letter).memberships.create(user=make_user("alice"), role="owner")
    Letter.objects.filter(pk=letter.pk).update(spike_per_hour=USUAL)
    letter.refresh_from_db()
    for number in range(USUAL + 3):
        sign_and_confirm(letter, email=f"p{number}@example.org", display_name=f"Person {'ABCDE'[number]}")
    assert Signature.objects.public().count() == USUAL
    mona = sit_down_strong(page, site, "mona")

    open_page(mona, site, "surge", letter)
    open_page(mona, site, "queue", letter)
    expect(mona.get_by_role("heading", name="A sudden wave")).to_be_visible()
    expect(mona.get_by_role("heading", name="3 cases wait")).to_be_visible()

    mona.get_by_role("link", name="Person D").first.click()
    mona.get_by_label("Reason").select_option(index=1)
    mona.get_by_label("What you found").fill("Nobody of this name works there.")
    acts.press(mona, "Refuse and mail the reason")
    expect(mona.get_by_text("The signatory gets a mail in a quarter of an hour")).to_be_visible()

    open_page(mona, site, "queue", letter)
    mona.get_by_role("link", name="Release 2 signatures").click()
    acts.press(mona, "Show how many")
    acts.press(mona, "Ask a second person: 2 rows")
    expect(mona.get_by_text(f"can agree: {CAST['alice'].email}")).to_be_visible()
    assert Signature.objects.public().count() == USUAL

    alice = sit_down_strong(page, site, "alice")
    alice.goto(f"{site}/desk/")
    alice.get_by_role("link", name="Accept cases that wait: 2 rows").click()
    acts.press(alice, "Agree: 2 rows")
    expect(alice.get_by_role("button", name="Ask to undo 2 rows")).to_be_visible()
    printed = Signature.objects.public().order_by("display_name").values_list("display_name", flat=True)
    assert list(printed) == ["Person A", "Person B", "Person C", "Person E"]
