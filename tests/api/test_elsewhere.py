"""A letter on somebody else's page, in a real browser: as a frame, as WordPress's sandbox, and as a picture."""

import pytest

from letters.signatures import counting
from tests.factories import make_letter, make_signatures
from tests.web_server import WebServer
from tests.web_server import page as answer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARTICLE = """<!doctype html><title>An article</title><script>
addEventListener("message", (event) => {{ (window.told ??= []).push(event.data); }});
</script><h1>An article</h1>
<iframe id="plain" src="{embed}" width="480" height="260"></iframe>
<iframe id="sandbox" sandbox="allow-scripts" src="{embed}#?secret=abc" width="480" height="260"></iframe>
<img src="{picture}" alt="Lift" width="420" height="130">"""


def test_letter_is_read_elsewhere_and_signed_here(live_server, settings, new_page):
    settings.SITE_URL = live_server.url
    make_signatures(make_letter(slug="lift"), 3)
    counting.refresh()
    with WebServer() as elsewhere:
        embed, picture = f"{live_server.url}/embed/lift/", f"{live_server.url}/embed/lift.svg"
        elsewhere.pages["/"] = answer(ARTICLE.format(embed=embed, picture=picture))
        page = new_page()
        page.goto(f"http://127.0.0.1:{elsewhere.port}/")

        frame = page.frame_locator("#plain")
        assert frame.locator(".embed__count").inner_text() == "3 people have signed"
        assert page.evaluate("document.images[0].decode().then(() => document.images[0].naturalWidth)") == 420
        with page.context.expect_page() as opened:
            frame.get_by_role("link", name="Sign this letter").click()
        opened.value.wait_for_url(f"{live_server.url}/letters/lift/sign/")
        assert [cookie["name"] for cookie in page.context.cookies(embed)] in ([], ["csrftoken"]), "of the form alone"

        # The script of WordPress may come after the frame, which told its height to nobody then.
        frame = "document.querySelector('#sandbox').contentWindow"
        page.frame_locator("#sandbox").locator(".embed--sized").wait_for()
        page.wait_for_function("window.told?.some((told) => told.message === 'height')")
        page.evaluate(f"told = []; {frame}.postMessage({{message: 'ready', secret: 'other'}}, '*')")
        page.evaluate(f"{frame}.postMessage({{message: 'ready', secret: 'abc'}}, '*')")

        page.frame_locator("#sandbox").get_by_role("link", name="Sign this letter").click()
        page.wait_for_function("window.told?.some((told) => told.message === 'link')")
        told = page.evaluate("window.told")
        assert [one["message"] for one in told] == ["height", "link"]
        assert {one["secret"] for one in told} == {"abc"}
        assert next(one["value"] for one in told if one["message"] == "height") > 100
        assert next(one["value"] for one in told if one["message"] == "link") == f"{live_server.url}/letters/lift/sign/"


def test_no_other_page_is_framed(live_server, settings, new_page):
    settings.SITE_URL = live_server.url
    make_letter(slug="lift")
    with WebServer() as elsewhere:
        elsewhere.pages["/"] = answer(f'<iframe src="{live_server.url}/letters/lift/sign/"></iframe>')
        page = new_page()
        refused = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(f"http://127.0.0.1:{elsewhere.port}/")

        assert any("frame-ancestors" in text for text in refused)
