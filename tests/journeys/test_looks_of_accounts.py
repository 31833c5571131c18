"""The pages of the ORCID and GitHub checks: pictures, axe-core, 320 pixels."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from letters.documents.models import Letter
from letters.signatures import managing
from tests.factories import make_signature
from tests.journeys import acts
from tests.journeys.inspecting import inspect
from tests.verification.logging_in import set_up

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("kind", ["orcid", "github"])
def test_check_looks(site: str, page: Page, letter: Letter, settings: Any, kind: str) -> None:
    set_up(settings, kind)
    row = make_signature(letter)

    page.goto(site + reverse("public:verify", args=[managing.token_for(row), kind]))

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    inspect(page, f"verify-{kind}")


def test_no_name_of_an_organisation_looks(site: str, page: Page, letter: Letter, settings: Any) -> None:
    set_up(settings, "github")
    row = make_signature(letter)
    page.goto(site + reverse("public:verify", args=[managing.token_for(row), "github"]))
    page.get_by_label("Organisation on GitHub").fill("harbour bank")
    acts.press(page, "Sign in: GitHub")

    expect(page.get_by_text("Give the organisation's name as it stands in its address").first).to_be_visible()
    inspect(page, "verify-github-error")
