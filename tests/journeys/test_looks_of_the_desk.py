"""The organisers' desk and what signatories see of it: pictures, axe-core, 320 pixels, and the keyboard."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from letters.accounts.models import User
from letters.documents.models import Letter
from letters.moderation import cases, deciding
from letters.moderation.models import Case
from letters.signatures import managing
from letters.signatures.models import Signature
from letters.verification import proving
from letters.verification.providers.base import Attachment
from letters.verification.providers.review import Checked
from tests.factories import CAST, make_signature, make_user, sign_and_confirm
from tests.journeys.inspecting import inspect
from tests.moderation.files import PDF
from tests.moderation.people import reviewer

pytestmark = pytest.mark.browser
SOURCE = "https://uni.example/staff/suzie"


@pytest.fixture
def desk(site: str, letter: Letter, page: Page) -> Page:
    """Mona at her desk, logged in by the form."""
    make_user("mona", is_staff=True)
    page.goto(site + "/desk/")
    page.locator("[name=login]").fill(CAST["mona"].email)
    page.locator("[name=password]").fill(CAST["mona"].email)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk/")
    return page


def mine(site: str, signature: Signature) -> str:
    return site + reverse("public:mine", args=[managing.token_for(signature)])


def test_desk_looks(site: str, letter: Letter, desk: Page) -> None:
    row = sign_and_confirm(letter)
    sign_and_confirm(letter, email="suzie@mail.example")
    proving.start(row, "review", {"url": SOURCE, "words": "See page 2.", "file": Attachment("x", PDF)})
    cases.open_case(make_signature(letter, display_name="Wave Person"), "spike", is_holding=True)

    desk.goto(site + "/desk/")
    inspect(desk, "desk-home")
    desk.goto(site + reverse("desk:queue", args=[letter.slug]))
    expect(desk.get_by_role("heading", name="3 cases wait")).to_be_visible()
    inspect(desk, "desk-queue")
    desk.get_by_role("listitem").filter(has_text="asked for a check").get_by_role("link", name="Suzie").click()
    inspect(desk, "desk-case")
    desk.get_by_role("button", name="Refuse and mail the reason").click()
    expect(desk.get_by_role("heading", name="There is a problem")).to_be_visible()
    inspect(desk, "desk-case-errors")
    desk.get_by_role("link", name="Rules").click()
    inspect(desk, "desk-rules")


def test_queue_by_keyboard(site: str, letter: Letter, desk: Page) -> None:
    for name in ("Ada", "Bea", "Cleo"):
        cases.open_case(make_signature(letter, display_name=name), "mixed-script", is_holding=True)
    queue = site + reverse("desk:queue", args=[letter.slug])
    desk.goto(queue)

    for key in ("j", "j", "j", "k"):
        desk.keyboard.press(key)
    expect(desk.locator("[data-chosen]")).to_contain_text("Bea")
    desk.keyboard.press("a")
    expect(desk.get_by_text("Accepted.")).to_be_visible()
    assert list(Signature.objects.public().values_list("display_name", flat=True)) == ["Bea"]

    desk.keyboard.press("z")
    expect(desk.get_by_text("Taken back.")).to_be_visible()
    assert Signature.objects.public().count() == 0

    desk.keyboard.press("j")
    expect(desk.locator("#refuse")).to_be_visible()
    desk.keyboard.press("r")
    expect(desk.get_by_label("Reason")).to_be_focused()


def test_queue_works_without_scripts(site: str, letter: Letter, new_page: Callable[..., Page], desk: Page) -> None:
    cases.open_case(make_signature(letter, display_name="Ada"), "mixed-script", is_holding=True)
    plain = new_page(javascript=False, storage_state=desk.context.storage_state())

    plain.goto(site + reverse("desk:queue", args=[letter.slug]))
    plain.get_by_role("button", name="Accept").click()

    expect(plain.get_by_text("Accepted.")).to_be_visible()


def test_own_page_looks_while_something_waits_and_after_a_refusal(site: str, letter: Letter, page: Page) -> None:
    mona: User = reviewer("mona")
    row = sign_and_confirm(letter)
    case = cases.open_case(row, "review-asked", source_url=SOURCE)
    page.goto(mine(site, row))
    expect(page.get_by_text("You asked the organisers")).to_be_visible()
    inspect(page, "mine-waiting")

    checked = Checked(SOURCE, frozenset({"name", "position", "affiliation"}), True, True)
    deciding.accept(case.public_id, by=mona, checked=checked)
    row.refresh_from_db()
    line = {name: getattr(row, name) for name in managing.Correction.__dataclass_fields__}
    managing.correct(row.public_id, managing.Correction(**{**line, "position": "Dean"}))
    page.goto(mine(site, row))
    expect(page.get_by_role("button", name="Take my change back")).to_be_visible()
    inspect(page, "mine-change-waits")

    bob = sign_and_confirm(letter, "bob")
    refused = cases.open_case(bob, "mixed-script", is_holding=True)
    deciding.refuse(refused.public_id, by=mona, reason_code="impersonation", note="Bob told us by telephone.")
    page.goto(mine(site, bob))
    expect(page.get_by_role("button", name="Appeal")).to_be_visible()
    inspect(page, "mine-refused")
    page.get_by_role("button", name="Appeal").click()
    expect(page.get_by_text("You appealed.")).to_be_visible()
    assert Case.objects.get(reason="appeal").appeal_of == refused


def test_dispute_looks(site: str, letter: Letter, page: Page) -> None:
    row = sign_and_confirm(letter)

    page.goto(site + reverse("public:dispute", args=[letter.slug, row.public_id]))
    inspect(page, "dispute")
    page.get_by_role("button", name="Send").click()
    inspect(page, "dispute-errors")
