"""Every state of the pages on the way from the form to the confirmed signature: pictures, axe-core, 320 pixels."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, connections
from django.urls import reverse
from playwright.sync_api import Page, expect

from letters.core import tokens
from letters.documents import publishing
from letters.documents.models import Letter
from letters.signatures import signing
from letters.signatures.models import Signature
from tests.factories import make_signature, make_version, sign_and_confirm, sign_up
from tests.journeys import acts
from tests.journeys.acts import SUZIE
from tests.journeys.inspecting import inspect

pytestmark = pytest.mark.browser


@pytest.fixture
def form(site: str, letter: Letter, page: Page) -> Page:
    """The form, not yet filled in."""
    page.goto(site + reverse("public:sign", args=[letter.slug]))
    return page


def confirm_link(site: str, signature: Signature) -> str:
    return site + reverse("public:confirm", args=[tokens.make(signing.CONFIRM, signature.public_id)])


def test_form_looks(form: Page) -> None:
    inspect(form, "sign-fresh")

    acts.fill(form, SUZIE, ticks=("publish", "publish_comment"))
    expect(form.get_by_text("Suzie van der Berg").first).to_be_visible()
    inspect(form, "sign-filled")


def test_form_with_errors_looks(form: Page) -> None:
    acts.fill(form, {"name": "=1+1", "email": "suzie@", "comment": "x" * 501})
    acts.press(form, "Sign this letter")

    expect(form.get_by_role("heading", name="There is a problem")).to_be_visible()
    inspect(form, "sign-errors")


def test_form_for_a_changed_text_looks(form: Page, letter: Letter) -> None:
    make_signature(letter)
    acts.fill(form, SUZIE, ticks=("publish",))
    make_version(letter, title="Lift the restriction now")
    acts.press(form, "Sign this letter")

    expect(form.get_by_text("The text changed after you opened this page.")).to_be_visible()
    expect(form.get_by_text("“Lift the restriction now”")).to_be_visible()
    inspect(form, "sign-text-changed")


def test_preview_by_the_server_looks(form: Page) -> None:
    acts.fill(form, SUZIE, ticks=("publish",))
    with form.expect_navigation():  # the button is there without JavaScript, and axe is not
        form.get_by_text("Preview", exact=True).evaluate("button => button.form.requestSubmit(button)")

    expect(form.get_by_role("heading", name="Your line, exactly as it will be printed")).to_be_visible()
    inspect(form, "sign-preview")


def test_waiting_tab_looks(form: Page) -> None:
    acts.fill(form, SUZIE, ticks=("publish",))
    acts.press(form, "Sign this letter")
    expect(form.get_by_role("heading", name="Look in your mailbox")).to_be_visible()
    inspect(form, "sent-fresh")

    form.get_by_role("textbox", name="Code from the mail").fill("AAAA-AAAA")
    acts.press(form, "Confirm my signature")
    expect(form.get_by_role("heading", name="There is a problem")).to_be_visible()
    inspect(form, "sent-wrong-code")

    acts.press(form, "Send the mail again")
    expect(form.get_by_text("We have sent the mail again")).to_be_visible()
    inspect(form, "sent-resent")


def test_page_behind_the_mail_looks(site: str, letter: Letter, page: Page) -> None:
    signature = sign_up(letter, comment="Give us our tools back.", consent_comment=True)

    page.goto(confirm_link(site, signature))
    expect(page.get_by_role("button", name="Confirm my signature")).to_be_visible()
    inspect(page, "confirm-pending")

    signing.confirm(signature.public_id)
    page.reload()
    expect(page.get_by_role("heading", name="Already confirmed")).to_be_visible()
    inspect(page, "confirm-confirmed")


@pytest.mark.parametrize(("state", "words"), [("paused", "Signing is paused"), ("closed", "Closed for signatures")])
def test_page_behind_the_mail_of_a_letter_not_open_looks(
    site: str, letter: Letter, page: Page, state: str, words: str
) -> None:
    signature = sign_up(letter)
    publishing.move(letter, state, by="test")

    page.goto(confirm_link(site, signature))

    expect(page.get_by_role("heading", name=words)).to_be_visible()
    inspect(page, f"confirm-{state}")


def test_dead_links_look(site: str, letter: Letter, page: Page) -> None:
    page.goto(confirm_link(site, Signature(public_id=uuid4())))
    expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()
    inspect(page, "confirm-gone")

    page.goto(f"{site}/confirm/cut-in-two/")
    expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()
    inspect(page, "confirm-invalid")


def test_this_was_not_me_looks(site: str, letter: Letter, page: Page) -> None:
    page.goto(confirm_link(site, sign_and_confirm(letter)))
    acts.press(page, "This was not me")
    expect(page.get_by_role("heading", name="It is deleted")).to_be_visible()
    inspect(page, "not-me-deleted")

    acts.press(page, "Undo")
    expect(page.get_by_role("heading", name="Undone")).to_be_visible()
    inspect(page, "not-me-undone")


def test_too_many_requests_look(form: Page, settings: Any) -> None:
    settings.SIGN_LIMIT_NETWORK = 0
    acts.fill(form, SUZIE, ticks=("publish",))
    acts.press(form, "Sign this letter")

    expect(form.get_by_role("heading", name="Please wait a moment")).to_be_visible()
    expect(form.get_by_text(SUZIE["comment"])).to_be_visible()
    inspect(form, "error-429")

    settings.SIGN_LIMIT_NETWORK = 600
    acts.press(form, "Send it again")
    expect(form.get_by_role("heading", name="Look in your mailbox")).to_be_visible()


def test_form_without_its_cookie_looks(form: Page) -> None:
    acts.fill(form, SUZIE, ticks=("publish",))
    form.context.clear_cookies()
    acts.press(form, "Sign this letter")

    expect(form.get_by_role("heading", name="Please send it once more")).to_be_visible()
    expect(form.get_by_text(SUZIE["comment"])).to_be_visible()
    inspect(form, "error-403")

    acts.press(form, "Send it again")
    expect(form.get_by_role("heading", name="Look in your mailbox")).to_be_visible()


@contextmanager
def database_away() -> Iterator[None]:
    """PostgreSQL refuses every connection to this database, and ends those that stand."""
    name = connection.settings_dict["NAME"]
    server = {key.lower(): connection.settings_dict[key] for key in ("USER", "PASSWORD", "HOST", "PORT")}
    connections.close_all()
    with psycopg.connect(dbname="postgres", autocommit=True, **server) as keeper:
        keeper.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        keeper.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            keeper.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def test_form_without_a_database_looks(form: Page) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite cannot go away")
    acts.fill(form, SUZIE, ticks=("publish",))
    with database_away():
        acts.press(form, "Sign this letter")
        expect(form.get_by_role("heading", name="Not recorded")).to_be_visible()
        expect(form.get_by_text(SUZIE["comment"])).to_be_visible()
        inspect(form, "error-503")

    acts.press(form, "Send it again")
    expect(form.get_by_role("heading", name="Look in your mailbox")).to_be_visible()
