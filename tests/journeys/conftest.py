"""What every journey has: a mailbox of its own, and a guard that watches each page a person opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Page

from tests.journeys.mail import Mailbox, MailboxPage, SmtpMailbox
from tests.journeys.watching import Watch

if TYPE_CHECKING:
    from letters.documents.models import Letter

SAMPLE = Path(__file__).parents[2] / "letters" / "sample"


@pytest.fixture(autouse=True)
def mails_of_this_journey(settings: Any, tmp_path: Path) -> None:
    """The caught mailbox of a development site, empty at the start; pytest-django would keep mails in memory."""
    settings.EMAIL_BACKEND = "letters.outbox.mailbox.CaughtBackend"
    settings.MAILBOX_DIR = tmp_path / "mailbox"


@pytest.fixture(autouse=True)
def providers_may_be_slow(settings: Any) -> None:
    """They run on this machine, beside several browsers; how long people wait is proven elsewhere."""
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 20


@pytest.fixture
def watch() -> Watch:
    """Everything the browser asked for, complained about or ran in this journey."""
    return Watch()


@pytest.fixture
def new_page(new_page: Callable[..., Page], watch: Watch) -> Iterator[Callable[..., Page]]:
    """Open a watched page; the journey fails when anything improper happened on one, whatever else it proved."""

    def open_page(**options: Any) -> Page:
        page = new_page(**{"reduced_motion": "reduce", **options})
        watch.follow(page.context)
        return page

    yield open_page
    assert watch.complaints == []


@pytest.fixture
def letter(site: str) -> Letter:
    """An open letter that nobody has signed yet."""
    from tests.factories import make_letter  # noqa: PLC0415 - needs the settings

    return make_letter(slug="lift-it", title="Lift the restriction", summary="Experts ask for their tools back.")


@pytest.fixture
def sample_letter(site: str) -> Letter:
    """The project's own sample letter with its 137 invented signatories, loaded as ``make run`` does."""
    from letters.documents.models import Letter  # noqa: PLC0415 - needs the settings

    call_command("load_letter", SAMPLE / "letter.md", signatories=SAMPLE / "signatories.csv", verbosity=0)
    return Letter.objects.public().get(is_sample=True)


@pytest.fixture
def mailbox(site: str, new_page: Callable[..., Page]) -> Mailbox:
    """The caught mails, read on the mailbox page like a person does."""
    return MailboxPage(site, new_page())


@pytest.fixture
def smtp_mailbox(smtp_sink: Any, site: str, new_page: Callable[..., Page]) -> Mailbox:
    """The mails as a real SMTP server took them."""
    return SmtpMailbox(smtp_sink, new_page())
