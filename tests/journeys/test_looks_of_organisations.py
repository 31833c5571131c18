"""Signing for an organisation: pictures of the form and of one's own page, and a link on a website that is checked."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.moderation import deciding
from letters.moderation.models import Case
from letters.signatures import managing, representing, signing
from letters.signatures.models import Signature
from tests.factories import make_user, sign_and_confirm
from tests.journeys import clock
from tests.journeys.inspecting import inspect
from tests.web_server import WebServer, local_names
from tests.web_server import page as web_page

pytestmark = pytest.mark.browser


def sign_institute(letter: Letter, email: str = "suzie@institute.example") -> Signature:
    filled = representing.TypedOrganization(
        display_name="Institute of Locks",
        email=email,
        country="NL",
        representative="Suzie van der Berg",
        representative_position="Director",
        website="https://institute.example/",
        statement_sha256="s" * 64,
    )
    assert letter.version is not None
    public_id = representing.sign(
        letter, filled, nonce=uuid4(), text_sha256=letter.version.sha256, consents_sha256="c" * 64
    )
    return signing.confirm(public_id)


def test_form_of_an_organisation_looks(site: str, letter: Letter, page: Page) -> None:
    page.goto(site + reverse("public:sign", args=[letter.slug]))
    page.get_by_role("link", name="Sign for an organisation").click()
    expect(page.get_by_role("heading", name="Sign for an organisation")).to_be_visible()
    inspect(page, "organisation-fresh")

    page.get_by_label("Name of the organisation").fill("Institute of Locks")
    page.get_by_label("Country").select_option("NL")
    expect(page.get_by_text("Institute of Locks", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Sign for this organisation").click()

    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    inspect(page, "organisation-errors")


def test_organisation_is_printed_in_a_block_of_its_own(site: str, letter: Letter, page: Page) -> None:
    sign_and_confirm(letter, "bob")
    row = sign_institute(letter)
    mine = site + reverse("public:mine", args=[managing.token_for(row)])
    page.goto(mine)
    expect(page.get_by_text("mail at institute.example")).to_be_visible()
    inspect(page, "organisation-mine-held")

    deciding.accept(Case.objects.get(signature=row).public_id, by=make_user("mona", is_staff=True))
    clock.count()

    page.goto(mine)
    expect(
        page.get_by_text("Signed on behalf of Institute of Locks by Suzie van der Berg, Director").first
    ).to_be_visible()
    inspect(page, "organisation-mine-printed")
    page.goto(site + letter.get_absolute_url())
    expect(page.get_by_role("heading", name="Organisations")).to_be_visible()
    inspect(page, "organisation-letter")
    page.goto(site + reverse("public:signatories", args=[letter.slug]))
    inspect(page, "organisation-list")


def test_link_on_a_website_is_shown_checked_and_printed(site: str, letter: Letter, page: Page, settings: Any) -> None:
    row = sign_institute(letter, email="suzie@mail.example")
    settings.FETCH_ALLOW_LOCAL = True
    with WebServer() as web, local_names(settings, suzie_example="127.0.0.1"):
        page.goto(site + reverse("public:mine", args=[managing.token_for(row)]))
        page.get_by_role("link", name="Link on your website").click()
        page.get_by_label("Address of the page").fill(f"http://suzie.example:{web.port}/me")
        page.get_by_role("button").filter(has_not_text="Copy").last.click()
        link = page.get_by_text('<a rel="me"').first
        expect(link).to_be_visible()
        inspect(page, "website-begun")
        web.pages["/me"] = web_page("nothing")
        page.get_by_role("button", name="Check now").click()
        expect(page.get_by_text("it holds no link with rel=")).to_be_visible()
        inspect(page, "website-missing")
        web.pages["/me"] = web_page(link.inner_text())
        page.get_by_role("button", name="Check now").click()
        expect(page).to_have_url(f"{site}{reverse('public:mine', args=[managing.token_for(row)])}?proven=1")
