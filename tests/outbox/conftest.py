"""Mails of a kind of their own, and mail servers that misbehave."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tools import services

if TYPE_CHECKING:
    from letters.outbox.models import Message


class Server:
    """An SMTP server whose every answer can be chosen; ``DROP`` hangs up instead of answering."""

    DROP = "drop"

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.sessions = 0
        self.at_mail = self.at_rcpt = self.at_data = "250 OK"
        self.refused: dict[str, str] = {}

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self._answer(server, self.at_mail)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._answer(server, self.refused.get(address, self.at_rcpt))

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.at_data in ("250 OK", self.DROP):  # a server may take a mail and die before it says so
            assert isinstance(envelope.content, bytes)
            self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
            self.recipients += envelope.rcpt_tos
        return await self._answer(server, self.at_data)

    async def _answer(self, server: SMTP, answer: str) -> str:
        if answer == self.DROP:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            await asyncio.Event().wait()  # until aiosmtpd cancels us, which losing the connection makes it do
        return answer


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=services.free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    yield handler
    controller.stop()


@pytest.fixture(autouse=True)
def no_open_connection() -> Iterator[None]:
    """A connection to one test's server is nothing to the next test."""
    from letters.outbox import sending  # noqa: PLC0415 - needs the settings

    sending._drop_connection()
    yield
    sending._drop_connection()


@pytest.fixture
def note_kind() -> Iterator[Callable[..., None]]:
    """Register a kind of mail for this test: ``note_kind("note", capped=True)`` mails to <subject id>@example.org."""
    from letters.outbox import kinds  # noqa: PLC0415 - needs the apps

    usual = dict(kinds._kinds)

    def build(messages: "Sequence[Message]") -> dict[int, Any]:
        return {
            message.pk: kinds.Mail(f"{message.subject_id.hex}@example.org", "A note", "Text", "<p>Text</p>")
            for message in messages
        }

    def register(name: str = "note", build: Any = build, *, capped: bool = False, withheld: Any = None) -> None:
        kinds.register(name, build, capped=capped, withheld=withheld)

    register()
    yield register
    kinds._kinds.clear()
    kinds._kinds.update(usual)
