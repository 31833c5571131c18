"""A letter that is read from right to left, among pages whose own words are not."""

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_letter, sign_and_confirm
from tests.journeys.inspecting import inspect

pytestmark = pytest.mark.browser


def test_letter_in_arabic_runs_from_right_to_left(site: str, page: Page) -> None:
    letter = make_letter(
        slug="arabic",
        language="ar",
        title="ارفعوا القيد عن أدوات الدفاع",
        subtitle="رسالة مفتوحة من المدافعين",
        salutation="السادة الوزراء،",
        body="نحن نجد الثغرات **قبل** غيرنا.\n\nدعونا نواصل العمل.",
        demands=["ارفعوا القيد.", "انشروا المعايير."],
        closing="مع الاحترام",
    )
    sign_and_confirm(letter, display_name="نور الهادي", affiliation="جامعة المثال", position="", country="")
    sign_and_confirm(letter, "charlie")

    page.goto(site + letter.get_absolute_url())

    article = page.locator("article.letter")
    expect(article).to_have_css("direction", "rtl")
    expect(article).to_have_attribute("lang", "ar")
    expect(page.locator(".line__name").get_by_text("نور الهادي")).to_be_visible()
    paragraph, title = article.locator(".prose p").first, article.get_by_role("heading", level=1)
    assert [starts_at(paragraph), starts_at(title)] == ["right", "right"]
    inspect(page, "letter-arabic")
    page.goto(f"{site}{letter.get_absolute_url()}sign/")
    expect(page.locator("bdi").get_by_text(letter.title).first).to_be_visible()
    inspect(page, "sign-arabic")


def starts_at(block) -> str:
    """The side from which a block's first line runs."""
    place = block.evaluate(
        "e => { const r = document.createRange(); r.selectNodeContents(e); const t = r.getClientRects()[0];"
        " const b = e.getBoundingClientRect(); return [t.left - b.left, b.right - t.right]; }"
    )
    return "left" if place[0] < place[1] else "right"
