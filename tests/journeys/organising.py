"""What organisers do at the desk, by what they see."""

from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from letters.accounts.models import User
from letters.documents.models import Letter


def sit_down(page: Page, site: str, user: User) -> Page:
    """Log somebody in without the form, which has a journey of its own."""
    client = Client()
    client.force_login(user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    return page


def open_page(page: Page, site: str, name: str, letter: Letter) -> None:
    """One page of a letter, by its URL name."""
    page.goto(site + reverse(f"desk:{name}", args=[letter.slug]))
