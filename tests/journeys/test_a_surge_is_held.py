"""More people confirm in an hour than this letter usually has: those beyond the line are held, Mona sees the wave,
refuses a fake in it by its case and releases the rest."""

import pytest
from playwright.sync_api import Page, expect

from letters.accounts.models import User
from letters.documents.models import Letter
from letters.signatures.models import Signature
from tests.factories import CAST, make_team, sign_and_confirm
from tests.journeys import acts
from tests.journeys.organising import open_page, sit_down

pytestmark = pytest.mark.browser
USUAL = 2


def test_a_surge_is_held_looked_at_and_released(site: str, letter: Letter, page: Page) -> None:
    make_team("mona", "moderator", letter=letter)
    Letter.objects.filter(pk=letter.pk).update(spike_per_hour=USUAL)
    letter.refresh_from_db()
    for number in range(USUAL + 3):
        sign_and_confirm(letter, email=f"p{number}@example.org", display_name=f"Person {'ABCDE'[number]}")
    assert Signature.objects.public().count() == USUAL
    mona = sit_down(page, site, User.objects.get(email=CAST["mona"].email))

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
    acts.press(mona, "Release 2 signatures")
    expect(mona.get_by_text("Released: 2.")).to_be_visible()
    printed = Signature.objects.public().order_by("display_name").values_list("display_name", flat=True)
    assert list(printed) == ["Person A", "Person B", "Person C", "Person E"]
