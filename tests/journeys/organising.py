"""What organisers do at the desk, by what they see."""

import re

from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from letters.accounts.models import User
from letters.documents.models import Letter
from tests.journeys.mail import Mailbox


def sit_down(page: Page, site: str, user: User) -> Page:
    """Log somebody in without the form, which has a journey of its own."""
    client = Client()
    client.force_login(user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    return page


def open_page(page: Page, site: str, name: str, letter: Letter) -> None:
    """One page of a letter, by its URL name."""
    page.goto(site + reverse(f"desk:{name}", args=[letter.slug]))


def make_account(page: Page, mailbox: Mailbox, address: str) -> None:
    """From the sign-up page, by the code of the mail."""
    page.get_by_label("E-mail address").fill(address)
    page.get_by_role("button", name="Send me a code").click()
    mail = mailbox.wait(address, subject="Your code to make an account")
    page.locator("[name=code]").fill(re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", mail.text, re.MULTILINE)[0])
    page.get_by_role("button", name="Confirm").click()
