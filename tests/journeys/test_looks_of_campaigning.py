"""Milestones, updates, delivery and the timeline: pictures, axe-core, 320 pixels, at the desk and for readers."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.outreach import delivering, milestones, timeline, unsubscribing, updates
from letters.press import packages
from tests.factories import make_signatures, make_user
from tests.journeys import clock
from tests.journeys.inspecting import inspect

pytestmark = pytest.mark.browser
MINISTER = "Jo Doe, Minister, Ministry of Trade"


def today() -> date:
    return timezone.now().date()


@pytest.fixture
def campaign(site: str, letter: Letter) -> Letter:
    """A letter that ten people signed, which was delivered and answered, with an update to send."""
    alice = make_user("alice", is_staff=True)
    make_signatures(letter, 10, consent_updates=True)
    clock.count()
    milestones.find()
    plan = delivering.plan(letter, is_supplement=False)
    package = delivering.keep(plan, packages.write(plan, BytesIO()), by=alice)
    delivering.record(letter, delivering.Handed(MINISTER, "hand", today(), package, "At the gate"), by=alice)
    for entry in (
        timeline.Entry("response", today(), addressee=MINISTER, stance="partial", summary="In part.", text="Dear all"),
        timeline.Entry("statement", today(), title="Our reading", text="We **go on**.", url="https://example.org/x"),
        timeline.Entry("media", today(), title="A paper wrote", quote="They ask for tools.", source="The Paper"),
    ):
        timeline.add(letter, entry, by=alice)
    updates.write(letter, updates.Words("The minister answered", "In **part**.\n\n- one\n- two"), by=alice)
    return letter


@pytest.fixture
def desk(site: str, campaign: Letter, page: Page) -> Page:
    from letters.accounts.models import User  # noqa: PLC0415 - needs the settings

    client = Client()
    client.force_login(User.objects.get())
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return page


def test_desk_of_a_campaign_looks(site: str, campaign: Letter, desk: Page) -> None:
    desk.goto(f"{site}/desk/{campaign.slug}/milestones/")
    inspect(desk, "desk-milestones")
    desk.get_by_role("link", name="Updates").click()
    inspect(desk, "desk-updates")
    desk.get_by_role("link", name="The minister answered").click()
    inspect(desk, "desk-update")
    desk.goto(f"{site}/desk/{campaign.slug}/delivery/")
    inspect(desk, "desk-delivery")
    desk.get_by_role("link", name="Timeline").click()
    desk.get_by_label("Day").fill((today() + timedelta(days=9)).isoformat())
    desk.get_by_role("button", name="Put it on the timeline").click()
    expect(desk.get_by_role("heading", name="There is a problem")).to_be_visible()
    inspect(desk, "desk-timeline-errors")


def test_what_readers_see_of_a_campaign_looks(site: str, campaign: Letter, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(site + reverse("public:timeline", args=[campaign.slug]))
    inspect(page, "timeline")
    page.goto(site + reverse("public:share", args=[campaign.slug]) + "?server=nonsense")
    inspect(page, "share")
    page.goto(site + reverse("public:updates", args=[unsubscribing.token_for(campaign.signatures.first())]))
    page.get_by_role("button", name="No more of these mails").click()
    expect(page.get_by_text("You get no more updates.")).to_be_visible()
    inspect(page, "updates-off")
