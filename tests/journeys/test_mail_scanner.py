"""Mail is opened by machines before people read it, and addresses are typed by people who do not own them."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.signatures.models import Signature
from tests.journeys import acts
from tests.journeys.acts import SUZIE, SUZIES_LINE
from tests.journeys.mail import Mailbox

pytestmark = pytest.mark.browser

ROUNDS = 3


def states() -> list[str]:
    return list(Signature.objects.order_by("pk").values_list("state", flat=True))


def test_scanner_that_opens_every_link_changes_nothing(
    site: str, letter: Letter, mailbox: Mailbox, new_page: Callable[..., Page]
) -> None:
    page, scanner = new_page(), new_page()
    address = site + letter.get_absolute_url()
    acts.sign(page, address, SUZIE)
    mail = mailbox.wait(SUZIE["email"])
    links = [link for link in mail.links if link.startswith(site)]
    assert {"confirm", "letters"} <= {link.split("/")[3] for link in links if link.count("/") > 2}
    assert any(link.endswith("#not-me") for link in links)

    for _ in range(ROUNDS):
        for link in links:
            scanner.goto(link)
            scanner.wait_for_load_state("networkidle")

    assert states() == ["pending"]
    acts.confirm(page, mail.link("confirm"))
    mine = page.url.split("?")[0]
    for _ in range(ROUNDS):
        for link in (mine, f"{mine}?welcome=1", mail.link("confirm")):
            scanner.goto(link)
            scanner.wait_for_load_state("networkidle")
    assert states() == ["confirmed"]
    page.goto(f"{address}signatories/")
    assert acts.listed(page) == [SUZIES_LINE]


def test_owner_of_a_mistyped_address_deletes_blocks_and_undoes(
    site: str, letter: Letter, mailbox: Mailbox, new_page: Callable[..., Page]
) -> None:
    stranger, owner = new_page(), new_page()
    address = site + letter.get_absolute_url()
    acts.sign(stranger, address, SUZIE)

    owner.goto(mailbox.wait(SUZIE["email"]).link("confirm"))
    acts.press(owner, "This was not me")
    expect(owner.get_by_role("heading", name="It is deleted")).to_be_visible()
    assert states() == []

    acts.sign(stranger, address, {**SUZIE, "name": "Blocked Suzie"})
    acts.sign(stranger, address, {**SUZIE, "name": "Other", "email": "other@example.org"})
    mailbox.wait("other@example.org")
    assert [to for to, _ in mailbox.all()] == ["other@example.org", SUZIE["email"]]

    acts.press(owner, "Undo")
    expect(owner.get_by_role("heading", name="Undone")).to_be_visible()
    acts.sign(stranger, address, {**SUZIE, "name": "Unblocked Suzie"})
    acts.until(stranger, lambda: [to for to, _ in mailbox.all()].count(SUZIE["email"]) == 2, "a mail after the undo")
