"""Every field wrong, then corrected; and the line that the form promises is the line that is printed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.signatures import signing
from letters.signatures.models import Signature
from tests.journeys import acts
from tests.journeys.acts import SUZIE, SUZIES_LINE

pytestmark = pytest.mark.browser

WRONG = {
    "name": "=Suzie",
    "position": "p" * 151,
    "affiliation": "a" * 151,
    "comment": "c" * 501,
    "email": "suzie@nowhere",
}
"""Each of these is refused."""
KEPT = {"tie": "Emeritus or emerita", "country": "Netherlands"}
"""Nothing is wrong with these, and they are kept as well."""

LINES = {
    "affiliation": (SUZIE, SUZIES_LINE),
    "name-alone": ({"name": "Bo"}, "Bo"),
    "independent": (
        {"name": "Ana Sá", "position": "Researcher", "affiliation": "Lone Desk", "tie": "Independent, no affiliation"},
        "Ana Sá, Researcher, Lone Desk",
    ),
    "tie-to-nothing": ({"name": "Old Hand", "tie": "Retired", "country": "Ghana"}, "Old Hand, Ghana"),
    "right-to-left": (
        {"name": "نور الهادي", "affiliation": "جامعة المثال", "tie": "Former"},
        "نور الهادي, جامعة المثال (former)",
    ),
    "spaces": ({"name": "  Ada   Lo\u0308fgren ", "position": "Ｃhief  Officer"}, "Ada L\u00f6fgren, Chief Officer"),
    "long": (
        {"name": "Wolfeschlegelsteinhausen " * 4 + "Bergerdorff", "position": "Head of " + "very " * 25 + "much"},
        "Wolfeschlegelsteinhausen " * 4 + "Bergerdorff, Head of " + "very " * 25 + "much",
    ),
}


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_suzie_gets_every_field_wrong_and_loses_nothing(
    site: str, letter: Letter, new_page: Callable[..., Page], javascript: bool
) -> None:
    page = new_page(javascript=javascript)
    page.goto(f"{site}{letter.get_absolute_url()}sign/")
    acts.fill(page, {**WRONG, **KEPT}, ticks=("quote",))

    acts.press(page, "Sign this letter")

    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(len(WRONG) + 1)
    assert acts.values_of(page, [*WRONG, *KEPT]) == {**WRONG, **KEPT}
    expect(acts.field(page, "quote")).to_be_checked()
    for name in (*WRONG, "publish"):
        expect(acts.field(page, name)).to_have_attribute("aria-invalid", "true")
        expect(acts.field(page, name)).to_have_accessible_description(acts.error_at(page, name))
    summary.get_by_role("link").first.click()
    expect(acts.field(page, "name")).to_be_focused()
    acts.fill(page, SUZIE, ticks=("publish",))
    acts.press(page, "Sign this letter")
    expect(page.get_by_role("heading", name="Look in your mailbox")).to_be_visible()
    assert Signature.objects.get().display_name == SUZIE["name"]


def test_suzie_sends_an_empty_form_and_is_told_what_is_missing(site: str, letter: Letter, page: Page) -> None:
    page.goto(f"{site}{letter.get_absolute_url()}sign/")

    acts.press(page, "Sign this letter")

    said = [acts.text_of(link) for link in page.locator(".error-summary").get_by_role("link").all()]
    assert said == [
        "Enter your name as it should be printed.",
        "Enter your e-mail address.",
        "Without this consent your name cannot be printed, so you cannot sign.",
    ]


def test_line_is_the_same_while_typing_in_the_preview_in_the_question_and_in_the_list(
    site: str, letter: Letter, new_page: Callable[..., Page]
) -> None:
    address = site + letter.get_absolute_url()
    live, plain = new_page(), new_page(javascript=False)
    live.goto(f"{address}sign/")
    seen: dict[str, list[str]] = {}

    for case, (values, _) in LINES.items():
        fields = {**dict.fromkeys(acts.LINE, ""), "tie": "Not stated", "country": "Not stated", **values}
        fields["email"] = f"{case}@example.org"
        acts.fill(live, fields)
        plain.goto(f"{address}sign/")
        acts.fill(plain, fields, ticks=("publish",))
        acts.press(plain, "Preview")
        expect(plain.locator("#preview")).to_be_in_viewport()
        preview = acts.text_of(plain.locator("#preview .line"))
        acts.press(plain, "Sign this letter")
        expect(plain.get_by_role("heading", name="Look in your mailbox")).to_be_visible()
        seen[case] = [acts.text_of(live.locator("#preview .line")), preview]

    for signature in Signature.objects.all():
        signing.confirm(signature.public_id)
    plain.goto(f"{address}signatories/")
    printed = acts.listed(plain)
    assert seen == {case: [line, line] for case, (_, line) in LINES.items()}
    assert sorted(printed) == sorted(line for _, line in LINES.values())
