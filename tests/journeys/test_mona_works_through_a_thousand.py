"""A thousand waiting signatures: fifty of them within a minute, by keyboard; and what a double press does not do."""

import time
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.moderation.models import Case
from letters.signatures.models import Signature
from tests.factories import CAST, make_signature, make_user

pytestmark = pytest.mark.browser
WAITING = 1000
WANTED = 50
SECONDS = 60  # the promise; about twelve on a machine with nothing else to do
THREE_PRESSES = """() => {
  const press = () => new KeyboardEvent("keydown", {key: "a", bubbles: true});
  for (const _ of [1, 2, 3]) document.activeElement.dispatchEvent(press());
}"""
"""Faster than a fifth of a second, whatever else the machine has to do."""


def fill(letter: Letter) -> None:
    """Rows straight into the tables: what is measured is the desk."""
    now, first = timezone.now(), make_signature(letter, state="held", display_name="Signatory 0000")
    own = {"id", "public_id", "email_index_odd", "email_index_even"}
    values = {
        field.attname: getattr(first, field.attname) for field in first._meta.concrete_fields if field.name not in own
    }
    rows = []
    for number in range(1, WAITING):
        name = f"Signatory {number:04}"
        row = Signature(**{**values, "display_name": name, "search_text": name})
        row.set_email(f"s{number}@example.org")
        rows.append(row)
    Signature.objects.bulk_create(rows)
    opened = Signature.objects.order_by("display_name").values_list("pk", flat=True)
    Case.objects.bulk_create(
        Case(
            letter=letter, signature_id=pk, reason="mixed-script", is_holding=True, opened_at=now,
            due_at=now + timedelta(days=2, seconds=number),
        )
        for number, pk in enumerate(opened)
    )  # fmt: skip


@pytest.fixture
def queue(site: str, letter: Letter, page: Page) -> Page:
    """Mona before her queue."""
    make_user("mona", is_staff=True)
    fill(letter)
    page.goto(site + reverse("desk:queue", args=[letter.slug]))
    page.locator("[name=login]").fill(CAST["mona"].email)
    page.locator("[name=password]").fill(CAST["mona"].email)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="1,000 cases wait")).to_be_visible()
    page.wait_for_load_state("load")  # the keys are bound then
    return page


def test_fifty_are_accepted_within_a_minute_by_keyboard(queue: Page) -> None:
    queue.keyboard.press("j")
    expect(queue.locator("[data-panel] h2").first).to_have_text("Letters of several scripts in one word")

    begun = time.monotonic()
    for number in range(WANTED):
        row = queue.locator("[data-row][data-chosen]:not([data-fresh]):not([aria-busy])")
        expect(row).to_contain_text(f"Signatory {number:04}")
        chosen = queue.locator(f'[data-row="{row.get_attribute("data-row")}"]')
        queue.keyboard.press("a")
        expect(chosen).to_have_count(0)
    spent = time.monotonic() - begun

    assert spent < SECONDS
    accepted = Signature.objects.public().order_by("display_name").values_list("display_name", flat=True)
    assert list(accepted) == [f"Signatory {number:04}" for number in range(WANTED)]
    expect(queue.get_by_role("heading", name="950 cases wait")).to_be_visible()

    # A second press right after the first finds a row that nobody has looked at, and does nothing.
    queue.locator("[data-row][data-chosen]:not([data-fresh])").wait_for()
    queue.evaluate(THREE_PRESSES)
    expect(queue.get_by_role("heading", name="949 cases wait")).to_be_visible()
    assert Signature.objects.public().count() == WANTED + 1

    queue.keyboard.press("z")
    expect(queue.locator("[data-row][data-chosen]")).to_contain_text(f"Signatory {WANTED:04}")
    assert Signature.objects.public().count() == WANTED
