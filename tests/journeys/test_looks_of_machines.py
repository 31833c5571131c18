"""The page to try the read interface, frames, tokens and webhooks: pictures, axe-core, 320 pixels."""

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.syndication import hooking
from tests.desk.test_matrix import show_factor
from tests.factories import make_signatures, make_user
from tests.journeys import clock
from tests.journeys.inspecting import inspect

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(site: str, letter: Letter, page: Page) -> Page:
    alice = make_user("alice", is_staff=True)
    hook, _ = hooking.make(letter, url="https://hooks.example.org/", events=["letter.closed"], by=alice)
    hooking.ping(hook)
    make_signatures(letter, 3)
    clock.count()
    client = Client()
    client.force_login(alice)
    show_factor(client, alice)
    session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": site}])
    return page


def test_looks_of_what_programs_are_given(site: str, letter: Letter, desk: Page) -> None:
    desk.goto(f"{site}/api/v1/")
    desk.locator("#counts summary").click()
    desk.locator("#counts").get_by_role("button", name="Call").click()
    expect(desk.locator("#counts [data-body]")).to_contain_text('"persons": 3')
    inspect(desk, "read-interface")
    desk.goto(f"{site}/embed/{letter.slug}/")
    inspect(desk, "frame")
    desk.set_viewport_size({"width": 320, "height": 260})  # of the code that people copy, on a phone
    desk.locator("h1 a").evaluate("e => { e.textContent = 'A letter with a very long title '.repeat(9); }")
    assert desk.locator("main").bounding_box()["height"] == 260  # type: ignore[index]
    desk.set_viewport_size({"width": 1280, "height": 900})
    desk.goto(f"{site}/letters/{letter.slug}/share/")
    expect(desk.frame_locator(".embed-preview").locator("h1")).to_have_text(letter.title)
    inspect(desk, "share-with-frame")
    desk.goto(f"{site}/desk/{letter.slug}/tokens/")
    desk.get_by_label("Which program will have it").fill("Our site")
    desk.get_by_label("Read the numbers of the desk").check()
    desk.get_by_role("button", name="Make the token").click()
    expect(desk.locator("#secret")).to_contain_text("und_")
    inspect(desk, "desk-tokens")
    desk.goto(f"{site}/desk/{letter.slug}/webhooks/")
    inspect(desk, "desk-webhooks")
    desk.get_by_role("link", name="hooks.example.org").click()
    inspect(desk, "desk-webhook")
