"""What people do on the pages, by what they see: labels, buttons and links, never ids."""

import re
import time
from collections.abc import Callable
from typing import TypeVar

from playwright.sync_api import Locator, Page, expect

Found = TypeVar("Found")

LOOK_EVERY_MS = 100
PATIENCE_SECONDS = 20.0
TEXT_FIELDS = {
    "name": "Your name",
    "sort_name": "Sorted under",
    "position": "Position",
    "affiliation": "Affiliation",
    "comment": "Comment",
    "email": "E-mail address",
}
SELECTS = {"tie": "Your tie to it", "country": "Country"}
BOXES = {
    "publish": "Publish my name",
    "domain": "Show the domain",
    "publish_comment": "Publish my comment",
    "quote": "The organisers may quote my comment to the press with my name",
    "press": "Journalists may ask me",
    "updates": "Mail me about",
}
LINE = ("name", "position", "affiliation")
"""What is printed of what is typed."""
SUZIE = {
    "name": "Suzie van der Berg",
    "position": "Professor of Cryptography",
    "affiliation": "University X",
    "tie": "Emeritus or emerita",
    "country": "Netherlands",
    "comment": "Give us our tools back.",
    "email": "suzie@uni.example.org",
}
SUZIES_LINE = "Suzie van der Berg, Professor of Cryptography, University X (emeritus), Netherlands"


def until(page: Page, look: Callable[[], Found | None], what: str, *, within: float = PATIENCE_SECONDS) -> Found:
    """Look again and again until there is something to see; the browser goes on working meanwhile."""
    ends = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < ends, f"{what}: not within {within:.0f} s"
        page.wait_for_timeout(LOOK_EVERY_MS)
    return found


def field(page: Page, name: str) -> Locator:
    """A field of the form by its visible label."""
    if name in SELECTS:
        return page.get_by_role("combobox", name=re.compile(f"^{SELECTS[name]}"))
    if name in BOXES:
        return page.get_by_role("checkbox", name=re.compile(f"^{BOXES[name]}"))
    return page.get_by_role("textbox", name=re.compile(f"^{TEXT_FIELDS[name]}"))


def fill(page: Page, values: dict[str, str], *, ticks: tuple[str, ...] = ()) -> None:
    """Type and choose what is given, and tick these boxes."""
    for name, value in values.items():
        if name in SELECTS:
            field(page, name).select_option(label=value)
        else:
            field(page, name).fill(value)
    for name in ticks:
        field(page, name).check()


def values_of(page: Page, names: list[str]) -> dict[str, str]:
    """What stands in these fields now; the words of the choice for a select."""
    return {
        name: field(page, name).evaluate("e => e.selectedOptions ? e.selectedOptions[0].textContent.trim() : e.value")
        for name in names
    }


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def follow(page: Page, link: str) -> None:
    """Follow the first link with this text that can be seen."""
    page.get_by_role("link", name=link, exact=True).filter(visible=True).first.click()


def sign(page: Page, address: str, values: dict[str, str], *, ticks: tuple[str, ...] = ("publish",)) -> None:
    """From the letter page to the waiting tab."""
    page.goto(address)
    follow(page, "Sign this letter")
    fill(page, values, ticks=ticks)
    press(page, "Sign this letter")
    expect(page.get_by_role("heading", name="Look in your mailbox")).to_be_visible()


def confirm(page: Page, link: str) -> None:
    """Open the mail's link, and press the button behind it."""
    page.goto(link)
    press(page, "Confirm my signature")
    expect(page.get_by_text("Your signature is confirmed. Thank you.")).to_be_visible()


def text_of(locator: Locator) -> str:
    """What is seen, with white space made single."""
    return " ".join(locator.inner_text().split())


def listed(page: Page) -> list[str]:
    """The printed lines of the list on this page, in order."""
    return [text_of(line) for line in page.locator(".signatory-list .line").all()]


def error_at(page: Page, name: str) -> re.Pattern[str]:
    """The words of the error that stands at a field, as part of what a screen reader says of the field."""
    box = page.locator(".field, .check").filter(has=field(page, name))
    return re.compile(re.escape(text_of(box.locator(".field__errors li span").last.locator("xpath=ancestor::li"))))
