"""Reading one's mail, on the mailbox page of a development site or as an SMTP server got it."""

import re
from dataclasses import dataclass
from typing import Any, Protocol

from playwright.sync_api import Page

from tests.journeys.acts import until


@dataclass(frozen=True)
class Mail:
    """One mail as its owner reads it: the text part."""

    subject: str
    text: str

    def link(self, part: str) -> str:
        """The first address with ``part`` in its path."""
        found = re.search(rf"https?://\S+/{part}/\S*", self.text)
        assert found, f"no {part} link in: {self.text}"
        return found[0]

    @property
    def links(self) -> list[str]:
        return re.findall(r"https?://[^\s,]+[^\s,.]", self.text)

    @property
    def code(self) -> str:
        found = re.search(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$", self.text, re.MULTILINE)
        assert found, f"no code in: {self.text}"
        return found[0]


class Mailbox(Protocol):
    def wait(self, to: str, *, subject: str = "") -> Mail:
        """The newest mail to an address, with these words in its subject, once it is there."""
        ...

    def all(self) -> list[tuple[str, Mail]]:
        """(address, mail), newest first."""
        ...


def newest(mails: list[tuple[str, Mail]], to: str, subject: str) -> Mail | None:
    return next((mail for address, mail in mails if address == to and subject in mail.subject), None)


class MailboxPage:
    """The caught mails, as ``/mailbox/`` shows them."""

    def __init__(self, site: str, page: Page) -> None:
        self.page = page
        self.address = f"{site}/mailbox/"

    def wait(self, to: str, *, subject: str = "") -> Mail:
        return until(self.page, lambda: newest(self.all(), to, subject), f"a mail “{subject}” to {to}")

    def all(self) -> list[tuple[str, Mail]]:
        self.page.goto(self.address)
        articles = self.page.locator("article.mail").all()
        return [
            (
                article.locator("p bdi").inner_text(),
                Mail(article.get_by_role("heading", level=2).inner_text(), article.locator("pre").inner_text()),
            )
            for article in articles
        ]


class SmtpMailbox:
    """The mails of a real SMTP server; the page is there to wait with."""

    def __init__(self, sink: Any, page: Page) -> None:
        self.sink = sink
        self.page = page

    def wait(self, to: str, *, subject: str = "") -> Mail:
        return until(self.page, lambda: newest(self.all(), to, subject), f"a mail “{subject}” to {to}")

    def all(self) -> list[tuple[str, Mail]]:
        return [
            (str(message["To"]), Mail(str(message["Subject"]), message.get_body(("plain",)).get_content()))
            for message in reversed(self.sink.messages)
        ]
