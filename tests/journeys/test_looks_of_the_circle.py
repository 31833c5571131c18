"""What stands beside the text and what the circle says, as a picky designer sees it: full, refused, and two at once."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from letters.accounts.models import User
from letters.documents import commenting
from letters.documents.models import Letter
from tests.factories import CAST, make_letter, make_team
from tests.journeys import acts
from tests.journeys.inspecting import inspect
from tests.journeys.organising import open_page, sit_down

pytestmark = pytest.mark.browser
JO = {"name": "Jo Doe", "role": "wrote the text", "funding": "nobody pays", "interests": "none"}
FAQ = [
    {"question": "Why now?", "answer": "Because **the law** comes in June.\n\n- It is near.\n- It is long."},
    {"question": "Do you sign as an employee?", "answer": "No: everybody signs in a personal capacity."},
]


@pytest.fixture
def letter(site: str) -> Letter:
    letter = make_letter(
        slug="lift-it", state="draft", organisers=[JO], contact="press@example.org", faq=FAQ, eligibility="Engineers"
    )
    make_team("alice", letter=letter)
    return letter


def test_beside_the_text_and_comments_look_right(site: str, letter: Letter, new_page: Callable[..., Page]) -> None:
    alice = User.objects.get(email=CAST["alice"].email)
    page = sit_down(new_page(), site, alice)
    said = commenting.say(letter, "Say *tools*, not weapons.\n\nIt reads kinder.", quote="others do", name="Suzie")
    commenting.say(letter, "Shorter, please.", name="Bob Brandt")
    commenting.resolve(said, by=alice)
    open_page(page, site, "comments", letter)
    inspect(page, "desk-comments")

    open_page(page, site, "about", letter)
    inspect(page, "desk-about")
    Letter.objects.filter(pk=letter.pk).update(contact="bob@example.org", about_revision=1)
    page.get_by_label("Contact", exact=True).fill("alice@example.org")
    acts.press(page, "Save")
    expect(page.get_by_role("heading", name="Two people wrote at once")).to_be_visible()
    inspect(page, "desk-about-clash")  # leaving it would ask: nothing is saved yet


def test_questions_look_right_below_the_letter(site: str, letter: Letter, new_page: Callable[..., Page]) -> None:
    Letter.objects.filter(pk=letter.pk).update(state="open")
    page = new_page()
    page.goto(site + letter.get_absolute_url())
    expect(page.get_by_role("heading", name="Questions about this letter")).to_be_visible()
    inspect(page, "letter-questions")
