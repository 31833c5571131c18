"""What a page costs its reader: no cookie, no other host, no jump, few bytes, no finger on a mouse."""

import gzip
import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, Response, expect

from letters.documents.models import Letter
from tests.factories import sign_and_confirm
from tests.journeys import acts
from tests.journeys.acts import SUZIE
from tests.journeys.inspecting import too_wide
from tests.journeys.watching import Watch

pytestmark = pytest.mark.browser

MOST_BYTES = 60_000
MOST_SHIFT = 0.02
PUBLIC = ("", "signatories/", "versions/1/", "sign/", "my-signature/")
_SHIFT = """() => new Promise(done => new PerformanceObserver(list => done(
  list.getEntries().filter(e => !e.hadRecentInput).reduce((sum, e) => sum + e.value, 0)
)).observe({type: "layout-shift", buffered: true}) || setTimeout(() => done(0), 500))"""


def test_reader_gets_no_cookie_and_asks_no_other_host(
    site: str, sample_letter: Letter, page: Page, watch: Watch
) -> None:
    for path in ("/", *(sample_letter.get_absolute_url() + part for part in PUBLIC[:3]), "/privacy/"):
        page.goto(site + path)
        page.wait_for_load_state("networkidle")

    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert watch.hosts == {site.removeprefix("http://")}
    assert any(address.endswith(".css") for address in watch.addresses)
    assert any(address.endswith(".woff2") for address in watch.addresses)


def keep(responses: list[Response], response: Response) -> None:
    responses.append(response)


def test_each_public_page_is_small(site: str, sample_letter: Letter, new_page: Callable[..., Page]) -> None:
    weights = {}

    for path in ("/", *(sample_letter.get_absolute_url() + part for part in PUBLIC), "/privacy/"):
        page = new_page()
        loaded: list[Response] = []
        page.on("response", partial(keep, loaded))
        page.goto(site + path, wait_until="networkidle")
        texts = [answer for answer in loaded if re.search(r"html|css|javascript", answer.headers["content-type"])]
        weights[path] = sum(len(gzip.compress(answer.body())) for answer in texts)
        assert len(texts) > 5

    assert {path: weight for path, weight in weights.items() if weight >= MOST_BYTES} == {}


@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desktop"])
def test_letter_does_not_jump_while_it_loads(
    site: str, sample_letter: Letter, new_page: Callable[..., Page], phone: bool
) -> None:
    page = new_page(phone=phone)
    page.goto(site + sample_letter.get_absolute_url(), wait_until="networkidle")
    page.evaluate("document.fonts.ready.then(() => true)")

    assert page.evaluate(_SHIFT) < MOST_SHIFT


def test_suzie_signs_by_keyboard_alone_in_a_narrow_window(site: str, letter: Letter, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(site + letter.get_absolute_url())
    assert too_wide(page) == []

    tab_to(page, "Skip to the content")
    tab_to(page, "Sign this letter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sign this letter")).to_be_visible()
    for name in ("name", "position", "affiliation"):
        tab_to(page, acts.TEXT_FIELDS[name])
        page.keyboard.type(SUZIE[name])
    tab_to(page, acts.SELECTS["country"])
    page.keyboard.type("Nether")
    tab_to(page, acts.TEXT_FIELDS["email"])
    page.keyboard.type(SUZIE["email"])
    tab_to(page, acts.BOXES["publish"])
    page.keyboard.press("Space")
    tab_to(page, "Sign this letter")
    assert too_wide(page) == []
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Look in your mailbox")).to_be_visible()
    assert too_wide(page) == []


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the thing with these words has the focus, and see that the focus can be seen."""
    for _ in range(30):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(() => { const e = document.activeElement; return [(e.labels?.[0] ?? e).textContent.trim(),"
            " getComputedStyle(e).outlineStyle, getComputedStyle(e).boxShadow, e.getBoundingClientRect().width]; })()"
        )
        if focused[0].startswith(words):
            assert focused[1] != "none" or focused[2] != "none", f"nobody sees that {words} has the focus"
            assert focused[3] > 1
            return
    raise AssertionError(f"Tab does not reach {words}")


def test_letter_and_list_print_on_paper(site: str, letter: Letter, page: Page) -> None:
    sign_and_confirm(letter, display_name="Paula Papier")

    for path in ("", "signatories/"):
        page.goto(site + letter.get_absolute_url() + path)
        page.emulate_media(media="print")
        seen = page.locator("body").inner_text()
        assert "Paula Papier" in seen
        assert "Sign this letter" not in seen
        assert "Privacy" not in seen
        pdf = page.pdf(format="A4", prefer_css_page_size=True)
        assert pdf[:5] == b"%PDF-"
        assert len(pdf) > 10_000
        page.emulate_media(media="screen")
