"""A mail server on 127.0.0.1 that journals what it takes and fails on command, as a process of its own.

For drills and benchmarks (standard library only)::

    with sink.start(folder) as smtp:
        environment["EMAIL_URL"] = smtp.url
        smtp.order(temporary=0.3, hang=0.05, permanent=0.01)   # from now on
        ...
        mails = smtp.journal.read_text().splitlines()          # one JSON object per delivery attempt

A journal line holds ``at`` (Unix time), ``message_id``, ``to``, ``answer`` (250, 451, 550, or 0 for no answer) and
``link``, the token of the mail's confirm link. Nothing is kept of the text.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn, Self

from tools.server import free_port

LOOK_EVERY_SECONDS = 0.05
START_WITHIN_SECONDS = 10.0
STOP_WITHIN_SECONDS = 5.0
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)
_LINK = re.compile(rb"/confirm/([A-Za-z0-9_-]{40,})")


@dataclass(frozen=True)
class Orders:
    """How often which failure happens, as shares of 1; ``delay`` is seconds before each answer to a mail.

    ``permanent`` is decided by the address, so that the same mailbox is missing each time; the others by chance.
    """

    temporary: float = 0.0
    permanent: float = 0.0
    hang: float = 0.0
    delay: float = 0.0
    away: bool = False

    def has_no_mailbox(self, address: str) -> bool:
        digest = blake2b(address.encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big") / 2**32 < self.permanent


class Books:
    """The journal and the current orders, shared by all conversations."""

    def __init__(self, journal: IO[str], orders: Path, seed: int) -> None:
        self._journal = journal
        self._orders_file = orders
        self._seen = ""
        self.orders = Orders()
        self.chance = random.Random(seed)  # noqa: S311 - a drill, repeatable

    def look(self) -> None:
        """Take new orders where there are any."""
        text = self._orders_file.read_text(encoding="ascii") if self._orders_file.exists() else ""
        if text and text != self._seen:
            self._seen, self.orders = text, Orders(**json.loads(text))

    def write(self, content: bytes, recipients: list[str], answer: int) -> None:
        message_id, link = _MESSAGE_ID.search(content), _LINK.search(content)
        line = {
            "at": time.time(),
            "message_id": message_id[1].decode("ascii", "replace") if message_id else "",
            "to": recipients,
            "answer": answer,
            "link": link[1].decode("ascii") if link else "",
        }
        self._journal.write(json.dumps(line) + "\n")
        self._journal.flush()


class Conversation(asyncio.Protocol):
    """One SMTP session (RFC 5321), with pipelining and without extensions that a client must use."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._recipients: list[str] = []
        self._buffer = bytearray()
        self._in_data = False
        self._is_waiting = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type alone
        self._transport = transport
        if not self._is_away():
            self._say("220 sink ready")

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._read_on()

    def _read_on(self) -> None:
        while not self._is_waiting and self._transport is not None:
            end = b"\r\n.\r\n" if self._in_data else b"\r\n"
            head, found, rest = bytes(self._buffer).partition(end)
            if not found:
                return
            self._buffer = bytearray(rest)
            if self._in_data:
                self._in_data = False
                self._take(head)
            else:
                self._obey(head.decode("utf-8", "replace"))

    def _obey(self, line: str) -> None:
        verb = line[:4].upper()
        if self._is_away():
            return
        if verb == "EHLO":
            self._say("250-sink\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 PIPELINING")
        elif verb == "RCPT":
            self._recipient(line[line.find("<") + 1 : line.rfind(">")])
        elif verb == "DATA":
            self._in_data = True
            self._say("354 go on")
        elif verb == "QUIT":
            self._say("221 bye")
            if self._transport:
                self._transport.close()
        elif verb in ("HELO", "MAIL", "RSET", "NOOP"):
            self._recipients = []
            self._say("250 OK")
        else:
            self._say("500 5.5.2 unknown")

    def _is_away(self) -> bool:
        """Hang up on whoever is connected or connects, where so ordered."""
        if self._books.orders.away and self._transport:
            self._say("421 4.3.2 not taking mail now")
            self._transport.close()
        return self._books.orders.away

    def _recipient(self, address: str) -> None:
        if self._books.orders.has_no_mailbox(address):
            self._books.write(b"", [address], 550)
            self._say("550 5.1.1 no such mailbox")
        else:
            self._recipients.append(address)
            self._say("250 OK")

    def _take(self, content: bytes) -> None:
        """Answer one mail as ordered; a hang answers nothing at all and keeps the connection open."""
        orders, drawn = self._books.orders, self._books.chance.random()
        recipients, self._recipients = self._recipients, []
        if drawn < orders.hang:
            self._books.write(content, recipients, 0)
            self._is_waiting = True
            return
        is_refused = drawn < orders.hang + orders.temporary

        def answer() -> None:
            if self._transport is None:
                return  # the client is gone: it never heard that we took the mail
            self._books.write(content, recipients, 451 if is_refused else 250)
            self._say("451 4.3.0 try again later" if is_refused else "250 2.0.0 taken")

        self._after(orders.delay, answer)

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        if not seconds:
            act()
            return
        self._is_waiting = True

        def go_on() -> None:
            self._is_waiting = False
            act()
            self._read_on()

        asyncio.get_running_loop().call_later(seconds, go_on)

    def _say(self, line: str) -> None:
        if self._transport:
            self._transport.write(line.encode() + b"\r\n")


async def serve(port: int, journal: Path, orders: Path, seed: int) -> None:
    """Take mail until the process ends."""
    with journal.open("a", encoding="utf-8") as file:
        books = Books(file, orders, seed)
        books.look()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Conversation(books), "127.0.0.1", port, backlog=512)
        async with server:
            while True:
                await asyncio.sleep(LOOK_EVERY_SECONDS)
                books.look()


@dataclass
class Sink:
    """A running sink; the end of a ``with`` block stops it. The journal stays."""

    port: int
    journal: Path
    orders_file: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def order(
        self,
        *,
        temporary: float = 0.0,
        permanent: float = 0.0,
        hang: float = 0.0,
        delay: float = 0.0,
        away: bool = False,
    ) -> None:
        """From now on (a twentieth of a second) fail like this; without arguments, take everything at once."""
        beside = self.orders_file.with_suffix(".new")
        orders = Orders(temporary, permanent, hang, delay, away)
        beside.write_text(json.dumps(asdict(orders)), encoding="ascii")
        beside.replace(self.orders_file)
        time.sleep(2 * LOOK_EVERY_SECONDS)

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(folder: Path, *, seed: int = 1) -> Sink:
    """Start a sink that journals to ``folder``.

    Raises:
        RuntimeError: it did not take connections within 10 s.
    """
    port, journal, orders = free_port(), folder / "mailbox.jsonl", folder / "sink-orders.json"
    journal.touch()
    command = [sys.executable, "-m", "tools.sink", "--port", str(port), "--journal", str(journal)]
    command += ["--orders", str(orders), "--seed", str(seed)]
    root = Path(__file__).resolve().parent.parent
    process = subprocess.Popen(command, cwd=root, start_new_session=True)
    sink = Sink(port, journal, orders, process)
    deadline = time.monotonic() + START_WITHIN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return sink
    sink.close()
    raise RuntimeError("The mail sink did not start.")


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.sink", description="Take mail, journal it, fail on command.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--orders", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _leave)
    asyncio.run(serve(options.port, options.journal, options.orders, options.seed))


if __name__ == "__main__":
    main()
