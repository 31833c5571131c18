"""The pages of checking many: a chosen case beside the list, the pace, a decision about many, a table of people."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.moderation import cases
from letters.moderation.models import BulkDecision, ListImport
from tests.factories import CAST, make_signature, make_user, sign_and_confirm
from tests.journeys.inspecting import inspect
from tests.moderation.people import show_second_factor_in

pytestmark = pytest.mark.browser
LIST = b"Name,E-mail\nAda Example,ada@uni.example\nBea Example,no address\nCleo Example,cleo@uni.example\n"


@pytest.fixture
def desk(site: str, letter: Letter, page: Page) -> Page:
    """Mona at her desk, logged in by the form."""
    make_user("mona", is_staff=True)
    page.goto(site + "/desk/")
    page.locator("[name=login]").fill(CAST["mona"].email)
    page.locator("[name=password]").fill(CAST["mona"].email)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk/")
    show_second_factor_in(next(cookie["value"] for cookie in page.context.cookies() if "session" in cookie["name"]))
    return page


def wave(letter: Letter) -> None:
    now = timezone.now()
    for number in range(40):
        row = make_signature(
            letter, email=f"p{number}@flood.example", display_name=f"Person {number:02}", network=b"n" * 16,
            at=now - timedelta(minutes=number % 13),
        )  # fmt: skip
        cases.open_case(row, "spike", is_holding=True)
    for number in range(30):
        make_signature(letter, state="pending", at=now - timedelta(minutes=number))
        make_signature(letter, at=now - timedelta(hours=2 * number))


def test_chosen_case_looks(site: str, letter: Letter, desk: Page) -> None:
    sign_and_confirm(letter, position="Dean")
    sign_and_confirm(letter, email="suzie@mail.example")
    cases.open_case(make_signature(letter, display_name="Ada Example"), "mixed-script", is_holding=True)

    desk.goto(site + reverse("desk:queue", args=[letter.slug]))
    desk.keyboard.press("j")
    expect(desk.get_by_role("heading", name="Beside it")).to_be_visible()
    desk.keyboard.press("?")
    inspect(desk, "desk-queue-chosen")

    desk.keyboard.press("r")
    expect(desk.get_by_label("Reason")).to_be_focused()
    desk.keyboard.press("3")
    desk.keyboard.press("Tab")
    desk.keyboard.type("The same person twice.")
    desk.keyboard.press("Escape")
    desk.keyboard.press("j")
    expect(desk.locator("[data-panel]")).to_contain_text("Letters of several scripts in one word")
    desk.keyboard.press("k")
    expect(desk.get_by_label("What you found")).to_have_value("The same person twice.")
    expect(desk.get_by_label("Reason")).not_to_have_value("")
    desk.get_by_label("What you found").press("Control+Enter")
    expect(desk.locator("[data-row]")).to_have_count(1)
    expect(desk.locator("[data-row][data-chosen]")).to_contain_text("Ada Example")

    desk.get_by_label("Reason").select_option("not-a-person")
    desk.get_by_label("What you found").fill("Nobody of this name works there.")
    desk.context.clear_cookies(name="sessionid")  # the session ends
    desk.get_by_label("What you found").press("Control+Enter")
    expect(desk.get_by_role("heading", name="You are logged out")).to_be_visible()
    desk.get_by_text("What you typed", exact=True).click()
    expect(desk.get_by_text("Nobody of this name works there.")).to_be_visible()


def test_pace_and_many_look(site: str, letter: Letter, desk: Page) -> None:
    wave(letter)
    desk.goto(site + reverse("desk:surge", args=[letter.slug]))
    inspect(desk, "desk-pace")

    desk.get_by_role("link", name="Show how many flood.example").click()
    desk.wait_for_load_state("load")
    inspect(desk, "desk-many")
    desk.get_by_role("button", name="Show how many").click()
    expect(desk.get_by_role("heading", name="Refuse cases that wait: 40")).to_be_visible()
    inspect(desk, "desk-many-preview")
    desk.get_by_label("Reason").select_option("not-a-person")
    desk.get_by_label("What you found").fill("One network, one domain, one minute.")
    desk.get_by_role("button", name="Refuse cases that wait: 40").click()
    expect(desk.get_by_text("40 of 40 done")).to_be_visible()
    inspect(desk, "desk-many-done")
    assert BulkDecision.objects.get().state == "done"


def test_table_of_invitations_looks(site: str, letter: Letter, desk: Page) -> None:
    desk.goto(site + reverse("desk:invitations-import", args=[letter.slug]))
    desk.get_by_label("Table").set_input_files({"name": "l.csv", "mimeType": "text/csv", "buffer": LIST})
    desk.get_by_role("button", name="Read the table").click()
    inspect(desk, "desk-table")

    desk.get_by_label("Where do you have the addresses from?").fill("Our conference")
    desk.get_by_role("button", name="Send 2 invitations").click()
    expect(desk.get_by_text("3 of 3 rows looked at")).to_be_visible()
    assert ListImport.objects.get().sent_count == 2
