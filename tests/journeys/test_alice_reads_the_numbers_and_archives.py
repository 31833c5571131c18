"""What only a browser shows: charts with their tables, and the archive opened from a disk with the network off."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from letters.documents import closing
from letters.documents.models import Letter
from letters.press import archiving, numbers
from letters.press.models import DayCount, VisitCount
from letters.press.sinks import FolderSink
from tests.factories import make_letter, make_signature, make_team
from tests.journeys import acts
from tests.journeys.inspecting import inspect
from tests.journeys.watching import Watch

pytestmark = pytest.mark.browser
NOW = timezone.now()


def come_in(page: Page, site: str, letter: Letter) -> None:
    """Alice, logged in with her second factor."""
    team = make_team("alice", letter=letter, consent_line="We may write to you about our work.")
    client = Client()
    client.force_login(team.memberships.get().user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])


def busy_letter() -> Letter:
    letter = make_letter(
        slug="lift-it",
        title="Lift the restriction",
        organisers=[
            {"name": "Society of Locksmiths", "role": "Wrote it", "funding": "Its members", "interests": "None"}
        ],
    )
    for day in range(14):
        for _number in range(1 + (day * 5) % 9):
            make_signature(letter, at=NOW - timedelta(days=day, hours=day), consent_updates=day % 2 == 0)
    for source, visits in (("", 812), ("news.example", 403), ("mastodon.example", 96), ("other", 12)):
        VisitCount.objects.create(letter=letter, day=NOW.date(), page="letter", source=source, visits=visits)
    VisitCount.objects.create(letter=letter, day=NOW.date(), page="form", source="", visits=120)
    numbers.recount(letter, now=NOW)
    DayCount.objects.filter(day=NOW.date()).update(forms=90, mails=84, bounced=3)
    return letter


def test_alice_reads_the_numbers_takes_a_list_and_makes_an_archive(
    site: str, page: Page, settings: Any, tmp_path: Path
) -> None:
    settings.VISIT_FLUSH_SECONDS, settings.DATA_DIR = 3600, tmp_path
    letter = busy_letter()
    come_in(page, site, letter)

    page.goto(site + reverse("desk:numbers", args=[letter.slug]))
    expect(page.locator("svg.chart__picture")).to_have_count(3)
    table = page.locator("details.chart__data").first
    table.locator("summary").press("Enter")
    expect(table.get_by_role("table")).to_be_visible()
    inspect(page, "desk-numbers")

    page.get_by_role("link", name="Letter", exact=True).click()
    page.get_by_role("link", name="Export").click()
    page.get_by_label("What for").select_option("event")
    page.get_by_role("button", name="Download the list").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("All who agreed to updates").check()
    page.get_by_label("In your own words").fill("Invitation to our meeting in May")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the list").click()
    assert download.value.suggested_filename.startswith("addresses-lift-it-")
    page.reload()
    inspect(page, "desk-export")

    page.get_by_role("link", name="Archive").click()
    page.get_by_label("Closing statement").fill("The minister **answered**. Thank you all.")
    page.get_by_role("button", name="Save the statement").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("button", name="Make an archive").click()
    archive = page.get_by_role("link", name="Download the ZIP file")
    acts.until(page, lambda: page.reload() and archive.count(), "the archive")
    with page.expect_download() as download:
        archive.click()
    assert download.value.suggested_filename.startswith("lift-it-archive-")
    inspect(page, "desk-archive")


def test_archive_opens_from_a_disk_without_a_network(site: str, page: Page, watch: Watch, tmp_path: Path) -> None:
    watch.may_visit.add("")  # the disk; any other host is a complaint
    letter = busy_letter()
    closing.state(letter, "The minister **answered**. Thank you all.", by="test")
    archiving.write(letter, FolderSink(tmp_path / "copy"))
    page.context.set_offline(True)

    page.goto((tmp_path / "copy" / "index.html").as_uri())
    expect(page.get_by_role("heading", name="Lift the restriction", level=1)).to_be_visible()
    assert page.evaluate("document.fonts.ready.then(fonts => [...fonts].some(font => font.status == 'loaded'))")
    inspect(page, "archive-letter")
    page.get_by_role("link", name="All signatories").click()
    expect(page.locator(".signatory-list > li")).not_to_have_count(0)
    inspect(page, "archive-signatories")
    page.get_by_role("link", name="How it was checked").click()
    inspect(page, "archive-methodology")
