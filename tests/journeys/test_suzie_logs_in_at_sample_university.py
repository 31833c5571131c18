"""As in make run: Suzie signs, presses "Institutional login", is an invented professor, and readers see a new
sentence. The university is the real second process."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from tests.journeys import acts, inspecting
from tests.journeys.acts import SUZIE
from tests.journeys.mail import Mailbox
from tests.journeys.watching import Watch

pytestmark = pytest.mark.browser

STATED = {**SUZIE, "affiliation": "Sample University", "tie": "Not stated"}
FACULTY = "Sample University confirmed by institutional login that the signatory is faculty"
STUDENT = "Signed in by the institutional login of Sample University as “member”"


@pytest.fixture
def university(site: str, settings: Any, tmp_path: Path, watch: Watch) -> Iterator[None]:
    """The process that ``manage.py serve`` starts, and its login among those of the site."""
    from campaign.sample_university import running  # noqa: PLC0415 - needs the settings

    process, login = running.start(tmp_path, urlsplit(site).port, "Undersigned")
    settings.SOCIALACCOUNT_PROVIDERS = {"oidc": {"OAUTH_PKCE_ENABLED": True, "APPS": [login]}}
    watch.may_visit.add(urlsplit(login["settings"]["server_url"]).netloc)
    yield
    process.stdin.close()
    assert process.wait(10) == 0


def signed(page: Page, site: str, letter: Letter, mailbox: Mailbox) -> str:
    """Sign and confirm; the address of her own page."""
    acts.sign(page, site + letter.get_absolute_url(), STATED)
    acts.confirm(page, mailbox.wait(SUZIE["email"]).link("confirm"))
    return page.url


def begin(page: Page) -> None:
    """From her own page to the university's."""
    acts.follow(page, "Institutional login")
    page.get_by_label("Your institution").select_option(label="Sample University")
    acts.press(page, "Sign in: Institutional login")
    expect(page.get_by_role("heading", name="Who do you want to be?")).to_be_visible()
    expect(page.get_by_text("An invented university on your own machine")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_newcomer_becomes_a_professor_and_readers_see_it(
    site: str, letter: Letter, university: None, smtp_mailbox: Mailbox, new_page: Callable[..., Page], javascript: bool
) -> None:
    page = new_page(javascript=javascript)
    signed(page, site, letter, smtp_mailbox)
    expect(page.locator(".evidence").first).to_contain_text("Confirmed by e-mail")

    begin(page)
    page.get_by_role("button", name="Ines Probst").click()

    expect(
        page.get_by_text("Checked. What readers see, or will see once the line is printed, stands below.")
    ).to_be_visible()
    expect(page.locator(".slip .evidence").first).to_contain_text(FACULTY)
    assert page.context.cookies(site) == [c for c in page.context.cookies(site) if c["name"] != "sessionid"]


def test_cancelling_changes_nothing_and_another_person_can_be_chosen(
    site: str, letter: Letter, university: None, smtp_mailbox: Mailbox, new_page: Callable[..., Page]
) -> None:
    page = new_page(phone=True)
    mine = signed(page, site, letter, smtp_mailbox)

    begin(page)
    inspecting.inspect(page, "sample-university")
    acts.press(page, "Cancel and go back")
    expect(page.get_by_text("You did not log in at Sample University. Nothing was changed.")).to_be_visible()

    page.goto(mine)
    begin(page)
    page.get_by_role("button", name="Lena Muster").click()
    expect(page.locator(".slip .evidence").first).to_contain_text(STUDENT)

    begin(page)
    page.get_by_role("button", name="Alva Fordom").click()
    expect(page.locator(".notice--error")).to_contain_text("alumni and guests do not count")
    page.goto(mine)
    expect(page.locator(".slip .evidence").first).to_contain_text(STUDENT)


def test_leaving_page_and_a_login_of_nobody_look(
    site: str, letter: Letter, university: None, settings: Any, new_page: Callable[..., Page]
) -> None:
    from letters.signatures import managing  # noqa: PLC0415 - needs the settings
    from tests.factories import sign_and_confirm  # noqa: PLC0415 - the same

    page = new_page()
    (app,) = settings.SOCIALACCOUNT_PROVIDERS["oidc"]["APPS"]
    page.route(f"{app['settings']['server_url']}/**", lambda route: route.fulfill(status=204))  # nowhere to go
    page.goto(f"{site}/mine/{managing.token_for(sign_and_confirm(letter))}/verify/institution/")
    page.get_by_label("Your institution").select_option(label="Sample University")
    acts.press(page, "Sign in: Institutional login")
    expect(page.get_by_role("heading", name="You log in at Sample University")).to_be_visible()
    inspecting.inspect(page, "login-leaving")

    page.goto(f"{site}/accounts/oidc/sample-university/callback/?state=x&code=y")
    expect(page.get_by_text("This login was not begun in this browser")).to_be_visible()
    inspecting.inspect(page, "login-not-ours")
