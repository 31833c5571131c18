"""A milestone, an update with its one-click end, a delivery, and the answer that readers find."""

from __future__ import annotations

import hashlib
import re
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Page, expect

from tests.factories import make_signatures, make_team, make_user
from tests.journeys import acts, clock
from tests.journeys.acts import until

if TYPE_CHECKING:
    from letters.documents.models import Letter

pytestmark = pytest.mark.browser

MINISTER = "Jo Doe, Minister, Ministry of Trade"


@pytest.fixture
def desk(site: str, letter: Letter, new_page: Callable[..., Page]) -> Page:
    """Alice at the desk of a letter that ten people signed, who agreed to be mailed."""
    from letters.outreach import milestones  # noqa: PLC0415 - needs the settings

    alice = make_user("alice")
    make_team("alice", "owner", letter=letter)
    make_signatures(letter, 10, consent_updates=True)
    clock.count()
    milestones.find()
    client, page = Client(), new_page()
    client.force_login(alice)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return page


def unsubscribe(message: Any) -> int:
    """What a mail program does with the button that it makes of the header (RFC 8058): the answer's status."""
    address = re.fullmatch("<(.+)>", message["List-Unsubscribe"].strip())  # long headers are folded
    assert address
    name, _, value = message["List-Unsubscribe-Post"].partition("=")
    body = urllib.parse.urlencode({name: value}).encode()
    with urllib.request.urlopen(urllib.request.Request(address[1], data=body)) as answer:  # noqa: S310 - the site
        return int(answer.status)


def test_alice_campaigns(site: str, letter: Letter, desk: Page, smtp_sink: Any, new_page: Callable[..., Page]) -> None:
    from letters.signatures.models import Signature  # noqa: PLC0415 - needs the settings

    # A milestone is there; she announces it and takes up the update that it suggests.
    desk.goto(f"{site}/desk/{letter.slug}/milestones/")
    acts.press(desk, "Put it on the timeline")
    expect(desk.get_by_text("The milestone is on the public timeline.")).to_be_visible()
    desk.goto(f"{site}/desk/{letter.slug}/updates/")
    acts.follow(desk, "10 people have signed")

    # She writes it anew, sees the very mail, and sends a test to herself.
    desk.get_by_label("What you write").fill("We are **ten** now.\n\nRead [why](https://example.org/why).")
    acts.press(desk, "Save")
    expect(desk.frame_locator("iframe.mail-frame").get_by_role("link", name="why")).to_be_visible()
    expect(desk.locator(".mail-text")).to_contain_text("We are ten now.\n\nRead why (https://example.org/why).")
    acts.press(desk, "Send a test to myself")
    until(desk, lambda: smtp_sink.messages, "the test mail")
    assert smtp_sink.messages[0]["Subject"] == "[Test] 10 people have signed"

    # It goes to the ten; one of them ends it with the button of the mail program.
    acts.press(desk, "Send it to signatories now")
    expect(desk.get_by_text("The update is being sent.")).to_be_visible()
    until(desk, lambda: len(smtp_sink.messages) > 1, "the first update")
    assert unsubscribe(smtp_sink.messages[1]) == 200
    assert Signature.objects.filter(consent_updates=True).count() == 9
    acts.press(desk, "Stop")
    expect(desk.get_by_role("button", name="Go on sending")).to_be_visible()

    # The letter is delivered; the file is the one whose hash is kept.
    desk.goto(f"{site}/desk/{letter.slug}/delivery/")
    acts.press(desk, "Make a package")
    with desk.expect_download() as download:
        acts.follow(desk, "Download package 1")
    content = download.value.path().read_bytes()
    expect(desk.locator(".entries .hash")).to_have_text(hashlib.sha256(content).hexdigest())
    assert zipfile.ZipFile(BytesIO(content)).read("letter.md").decode() == letter.version.text
    desk.get_by_label("How", exact=True).select_option(label="Handed over in person")
    acts.press(desk, "Record the delivery")
    expect(desk.locator(".addressee")).to_contain_text("(0 days since delivery)")

    # The answer comes, and readers find it.
    desk.get_by_role("link", name="Record a response").click()
    desk.get_by_label("Outcome of a response").select_option(label="Agreed in part")
    desk.get_by_label("In one line").fill("The criteria will be published.")
    acts.press(desk, "Put it on the timeline")
    expect(desk.get_by_text("The entry is on the public timeline.")).to_be_visible()
    reader = new_page(phone=True, javascript=False)
    reader.goto(site + letter.get_absolute_url())
    expect(reader.locator(".standings")).to_contain_text(MINISTER)
    expect(reader.locator(".standings")).to_contain_text("The criteria will be published.")
    titles = [acts.text_of(line) for line in reader.locator(".event__title").all()]
    assert f"Response of {MINISTER}: Agreed in part" in titles
    assert f"Delivered to {MINISTER}" in titles
    assert "10 people have signed" in titles
