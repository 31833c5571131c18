"""The caught mailbox of development: every mail becomes a file that `/mailbox/` shows; none leaves the machine."""

import email
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage as DjangoMessage
from django.core.mail.backends.base import BaseEmailBackend

SHOWN = 200
LONGEST_ID = 40
_serial = itertools.count()


class CaughtBackend(BaseEmailBackend):
    """Writes each mail to MAILBOX_DIR. Raises ImproperlyConfigured outside development."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.DEVELOPMENT:
            raise ImproperlyConfigured("The caught mailbox exists in development only; set EMAIL_URL.")
        self.folder = Path(settings.MAILBOX_DIR)

    def open(self) -> bool:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return True

    def send_messages(self, email_messages: Sequence[DjangoMessage]) -> int:
        self.open()
        for message in email_messages:
            name = f"{time.time_ns():020d}-{next(_serial) % 1_000_000:06d}"
            part = self.folder / f"{name}.part"
            part.write_bytes(message.message().as_bytes())
            part.rename(self.folder / f"{name}.eml")
        return len(email_messages)


@dataclass(frozen=True)
class Caught:
    """One caught mail; ``sent_at`` in UTC."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    sent_at: datetime

    @property
    def has_html(self) -> bool:
        return bool(self.html)


def caught(*, most: int = SHOWN) -> list[Caught]:
    """The newest mails first."""
    folder = Path(settings.MAILBOX_DIR)
    return [_read(path) for path in sorted(folder.glob("*.eml"), reverse=True)[:most]]


def caught_one(mail_id: str) -> Caught | None:
    path = Path(settings.MAILBOX_DIR) / f"{mail_id}.eml"
    is_ours = len(mail_id) <= LONGEST_ID and mail_id.replace("-", "").isdigit()
    return _read(path) if is_ours and path.exists() else None


def _read(path: Path) -> Caught:
    message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    return Caught(
        id=path.stem,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        sent_at=datetime.fromtimestamp(int(path.stem.split("-")[0]) / 1e9, tz=UTC),
    )


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body(preferencelist=(subtype,))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""
