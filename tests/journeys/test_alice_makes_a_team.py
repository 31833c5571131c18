"""Alice makes an account by a code, a team, and asks Bob in; he joins; she sets up an app and a passkey."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import CDPSession, Page, expect

from letters.accounts.models import Membership
from tests.factories import CAST
from tests.journeys.inspecting import inspect
from tests.journeys.mail import Mailbox
from tests.journeys.organising import make_account

pytestmark = pytest.mark.browser
ALICE, BOB = CAST["alice"].email, CAST["bob"].email


def totp(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def give_passkey(page: Page) -> CDPSession:
    """A device that answers by itself, for as long as the session is held (Chrome DevTools Protocol, WebAuthn)."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devices


def test_alice_makes_a_team_and_bob_joins(
    site: str, mailbox: Mailbox, page: Page, new_page: Callable[..., Page]
) -> None:
    page.goto(site + "/desk/teams/")
    inspect(page, "account-login")
    page.get_by_role("link", name="Make an account").click()
    make_account(page, mailbox, ALICE)
    expect(page.get_by_role("heading", name="Teams")).to_be_visible()
    page.get_by_role("link", name="Make a team").click()
    page.get_by_label("Name of the team").fill("Friends of the Library")
    page.get_by_role("button", name="Make the team").click()
    page.get_by_label("E-mail address").fill(BOB)
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("The invitation is on its way.")).to_be_visible()
    inspect(page, "desk-team")

    link = mailbox.wait(BOB, subject="Join a team").link("desk/join")
    page.goto(link)
    expect(page.get_by_text("The invitation is for b…@example.org, and you are logged in as")).to_be_visible()
    bob = new_page(phone=True, javascript=False)
    bob.goto(link)
    inspect_plain(bob)
    bob.get_by_role("link", name="Make an account").click()
    make_account(bob, mailbox, BOB)
    assert urlsplit(bob.url).path == urlsplit(link).path
    bob.get_by_role("button", name="Join the team").click()
    expect(bob.get_by_role("heading", name="Friends of the Library")).to_be_visible()
    assert Membership.objects.get(user__email=BOB).role == "editor"


def inspect_plain(page: Page) -> None:
    """Without JavaScript nothing can be measured in the page; what is there must be readable."""
    expect(page.get_by_role("heading", name="Join “Friends of the Library”?")).to_be_visible()


def test_alice_sets_up_an_app_and_a_passkey(site: str, mailbox: Mailbox, page: Page) -> None:
    site = site.replace("127.0.0.1", "localhost")  # a passkey belongs to a name, never to an address of numbers
    page.goto(site + "/accounts/signup/")
    make_account(page, mailbox, ALICE)
    page.goto(site + "/desk/account/")
    inspect(page, "desk-account")
    page.goto(site + "/desk/account/second-factor/?next=/desk/teams/")
    page.get_by_role("link", name="Use an authenticator app").click()
    inspect(page, "second-factor-app")
    page.locator("[name=code]").fill(totp(page.locator("#authenticator_secret").input_value()))
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert len(page.locator("pre").inner_text().split()) == 10
    page.get_by_role("link", name="go on where you were").click()
    expect(page.get_by_role("heading", name="Teams")).to_be_visible()

    page.goto(site + "/accounts/second-factor/webauthn/add/")
    inspect(page, "second-factor-key")
    devices = give_passkey(page)
    page.locator("[name=passwordless]").check()
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_text("1 key is set up.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    page.goto(site + "/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/desk/")
    devices.detach()  # not before: taking pictures ends it too
    page.goto(site + "/accounts/second-factor/")
    inspect(page, "second-factor")
    page.goto(site + "/accounts/sessions/")
    expect(page.get_by_text("There is no other session.")).to_be_visible()
    inspect(page, "sessions")
