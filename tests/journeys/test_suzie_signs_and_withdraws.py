"""The whole way: read, sign, mail, confirm, list, CSV, withdraw; on a desktop and on a phone without JavaScript."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from tests.factories import make_signature
from tests.journeys import acts
from tests.journeys.acts import SUZIE, SUZIES_LINE

pytestmark = pytest.mark.browser

OTHERS = ["Bo Andersson", "Zoë Zimmer"]


def downloaded(page: Page, link: str) -> tuple[str, str]:
    """(file name, content) of what the browser saves behind a link."""
    with page.expect_download() as download:
        acts.follow(page, link)
    return download.value.suggested_filename, download.value.path().read_bytes().decode()


def rows_of(page: Page) -> list[dict[str, str]]:
    """The CSV that is linked on this page, as a spreadsheet reads it."""
    return list(csv.DictReader(StringIO(downloaded(page, "CSV")[1])))


def printed(page: Page, lines: list[str], count: str) -> bool:
    """Whether the list, asked for anew, prints these lines under this count."""
    page.reload()
    return acts.listed(page) == lines and count in page.locator(".count-sentence").inner_text()


@pytest.mark.parametrize(("phone", "javascript"), [(True, False), (False, True)], ids=["phone-plain", "desktop"])
def test_suzie_signs_and_withdraws(
    site: str, letter: Letter, new_page: Callable[..., Page], request: Any, phone: bool, javascript: bool
) -> None:
    for name in OTHERS:
        make_signature(letter, display_name=name, position="", affiliation="", country="")
    mails = request.getfixturevalue("mailbox" if phone else "smtp_mailbox")
    page = new_page(phone=phone, javascript=javascript)
    address = site + letter.get_absolute_url()

    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Lift the restriction")
    assert page.context.cookies() == []
    acts.sign(page, address, SUZIE, ticks=("publish", "publish_comment"))

    confirm_url = mails.wait(SUZIE["email"], subject="Confirm your signature").link("confirm")
    page.goto(confirm_url)
    assert acts.text_of(page.locator(".slip .line")) == SUZIES_LINE
    expect(page.get_by_text(letter.version.sha256[:16])).to_be_visible()
    assert "Suzie" not in page.request.get(f"{address}signatories/").text()
    acts.press(page, "Confirm my signature")
    expect(page.get_by_text("Your signature is confirmed. Thank you.")).to_be_visible()
    mine = page.url

    page.goto(f"{address}signatories/")
    lines = ["Bo Andersson", SUZIES_LINE, "Zoë Zimmer"]
    acts.until(page, lambda: printed(page, lines, "3 people have signed"), "the line in list and count")
    expect(page.get_by_text(SUZIE["comment"])).to_be_visible()
    name, content = downloaded(page, "CSV")
    row = list(csv.DictReader(StringIO(content)))[1]
    assert name == f"signatories-lift-it-{datetime.now(UTC):%Y-%m-%d}.csv"
    assert SUZIE["email"] not in content
    assert (row["display_name"], row["sort_name"], row["country_code"]) == (SUZIE["name"], "Berg, Suzie van der", "NLD")
    assert (row["affiliation_status"], row["verification"], row["comment"]) == ("emeritus", "email", SUZIE["comment"])
    assert page.goto(row["permalink"]).status == 200

    page.goto(mine)
    page.get_by_text("Withdraw my signature", exact=True).click()
    acts.press(page, "Yes, withdraw my signature")
    expect(page.get_by_text("Your line is not printed and not counted.")).to_be_visible()

    page.goto(f"{address}signatories/")
    acts.until(page, lambda: printed(page, OTHERS, "2 people have signed"), "list and count without the line")
    assert [row["display_name"] for row in rows_of(page)] == OTHERS
    assert [row["display_name"] for row in json.loads(downloaded(page, "JSON")[1])["signatories"]] == OTHERS
    page.goto(row["permalink"])  # may be the browser's own copy, five seconds old
    acts.until(page, lambda: page.reload().status == 404, "the line's own page gone")
    for part in ("", "signatories/", "signatories.csv", "signatories.json", "count.json"):
        assert "Suzie" not in page.request.get(address + part).text()
    assert page.request.get(f"{address}count.json").json()["persons"] == 2
