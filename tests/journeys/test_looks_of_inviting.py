"""Every state of an invitation's page, its mail, and the desk's list: pictures, axe-core, 320 pixels."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.outbox import kinds
from letters.signatures import inviting, inviting_emails, signing
from letters.signatures.models import Invitation, Signature
from tests.factories import make_invitation, make_user
from tests.journeys import acts
from tests.journeys.inspecting import inspect

pytestmark = pytest.mark.browser

PEOPLE = "Ada Lovelace <ada@example.org>\nno address\nJo Doe, jo@example.org\n李 明 <li@example.org>"


@pytest.fixture
def invitation(letter: Letter) -> Invitation:
    """Suzie is asked to stand at the top."""
    Letter.objects.filter(pk=letter.pk).update(organisers=[{"name": "Ada Lovelace"}, {"name": "Jo Doe"}])
    return make_invitation(letter, email="suzie@uni.example.org", role="initiator")


def link(site: str, row: Invitation) -> str:
    return site + reverse("public:invited", args=[inviting.token_for(row)])


def test_suzie_is_invited_signs_and_stands_at_the_top(site: str, page: Page, invitation: Invitation) -> None:
    page.goto(link(site, invitation))
    expect(page.get_by_role("heading", name="You are invited to sign")).to_be_visible()
    inspect(page, "invited-open")

    acts.press(page, "Go to the form")
    expect(page.get_by_text("You were invited as Suzie van der Berg")).to_be_visible()
    inspect(page, "invited-form")
    acts.fill(page, {"position": "Professor", "affiliation": "University X"}, ticks=("publish",))
    acts.press(page, "Sign this letter")
    expect(page.get_by_role("heading", name="Look in your mailbox")).to_be_visible()

    page.goto(link(site, invitation))
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    inspect(page, "invited-waiting")
    signing.confirm(Signature.objects.get().public_id)
    page.goto(link(site, invitation))
    expect(page.get_by_role("heading", name="You have signed")).to_be_visible()
    inspect(page, "invited-signed")
    page.goto(site + reverse("public:letter", args=["lift-it"]))
    expect(page.get_by_text("Suzie van der Berg").first).to_be_visible()


def test_another_name_looks(site: str, page: Page, invitation: Invitation) -> None:
    page.goto(link(site, invitation))
    acts.press(page, "Go to the form")
    acts.fill(page, {"name": "Mallory"}, ticks=("publish",))
    acts.press(page, "Sign this letter")

    expect(page.get_by_text("this link signs under that name alone")).to_be_visible()
    inspect(page, "invited-other-name")


def test_declining_looks(site: str, page: Page, invitation: Invitation) -> None:
    page.goto(link(site, invitation))
    acts.press(page, "Not interested: no more mail")

    expect(page.get_by_role("heading", name="This invitation is over")).to_be_visible()
    inspect(page, "invited-declined")


@pytest.mark.parametrize("kind", ["invitation", "invitation_reminder"])
def test_mails_look(site: str, page: Page, invitation: Invitation, kind: str) -> None:
    mail: kinds.Mail = inviting_emails.render(kind, invitation)
    page.set_content(mail.html)

    inspect(page, f"mail-{kind}", is_mail=True)


def test_desk_looks(site: str, page: Page, letter: Letter, client: Any) -> None:
    client.force_login(make_user(is_staff=True))
    cookie = client.cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": site}])
    address = site + reverse("desk:invitations", args=[letter.slug])
    page.goto(address)
    inspect(page, "desk-invitations-empty")

    page.get_by_label("Name", exact=True).fill("Suzie van der Berg")
    page.get_by_label("E-mail address").fill("suzie@")
    acts.press(page, "Send the invitation")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    inspect(page, "desk-invitations-errors")

    page.get_by_label("People, one a line").fill(PEOPLE)
    page.get_by_label("Where do you have the address from?").nth(1).fill("Our conference of 2026")
    acts.press(page, "Check the list")
    expect(page.get_by_text("3 lines can be sent")).to_be_visible()
    inspect(page, "desk-invitations-preview")

    acts.press(page, "Send 3 invitations")
    expect(page.get_by_text("3 invitations are on their way.")).to_be_visible()
    for state in ("signed", "declined", "bounced"):
        make_invitation(letter, state=state, name=f"A Person Who Has {state.title()}")
    page.goto(address)
    inspect(page, "desk-invitations-list")
