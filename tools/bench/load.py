"""A load generator: raw HTTP over kept connections, requests made beforehand, answers hardly parsed.

One process with one event loop: it costs some 0.05 ms of CPU for each request, and says what it cost.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self

TIMEOUT_SECONDS = 30.0
RECEIVE_BYTES = 262_144
HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
STATUS = slice(9, 12)
WITHOUT_BODY = (b"204", b"304")


class LoadFailed(Exception):
    """The server did not answer as a server should."""


@dataclass
class Load:
    """What one run found; latencies in seconds, CPU seconds of this client."""

    seconds: float = 0.0
    client_cpu: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    sample: bytes = b""

    def rate(self, status: int) -> float:
        """Answers with this status, each second."""
        return self.statuses[status] / self.seconds

    @property
    def client_cores(self) -> float:
        """How much of one core this client used."""
        return self.client_cpu / self.seconds

    @property
    def p95(self) -> float:
        ordered = sorted(self.latencies)
        return ordered[int(len(ordered) * 0.95)] if ordered else 0.0


class _Connection:
    def __init__(self, port: int) -> None:
        self.port = port
        self.received = bytearray()
        self.wanted = 0
        self.began = 0.0
        self.socket = self._connect()

    def _connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), TIMEOUT_SECONDS)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def send(self, request: bytes) -> None:
        self.received.clear()
        self.wanted = 0
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Take what has come; True when the answer is whole."""
        part = self.socket.recv(RECEIVE_BYTES)
        if not part:
            raise LoadFailed("The server closed a connection in the middle of an answer.")
        self.received += part
        if not self.wanted:
            end = self.received.find(HEAD_END)
            if end < 0:
                return False
            self.wanted = end + len(HEAD_END) + self._length(bytes(self.received[:end]))
        return len(self.received) >= self.wanted

    def _length(self, head: bytes) -> int:
        if found := LENGTH.search(head):
            return int(found[1])
        if head[STATUS] in WITHOUT_BODY:
            return 0
        raise LoadFailed(f"An answer without Content-Length: {head[:200]!r}")

    def is_kept(self) -> bool:
        return CLOSES.search(self.received, 0, self.wanted) is None

    def reopen(self) -> None:
        self.socket.close()
        self.socket = self._connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def once(port: int, request: bytes) -> bytes:
    """The whole answer to one request.

    Raises:
        LoadFailed: there was none.
    """
    with _Connection(port) as connection:
        connection.send(request)
        while not connection.receive():
            pass
        return bytes(connection.received)


def run(port: int, requests: Iterable[bytes], *, seconds: float, connections: int) -> Load:
    """Send requests for some seconds, or until there are no more, each connection one after the other.

    Raises:
        LoadFailed: an answer is broken, or none came for 30 s.
    """
    supply = iter(requests)
    load = Load()
    cpu, begin = time.process_time(), time.perf_counter()
    with selectors.DefaultSelector() as selector:
        opened = [_Connection(port) for _ in range(connections)]
        try:
            for connection in opened:
                selector.register(connection.socket, selectors.EVENT_READ, connection)
                _next(selector, connection, supply)
            _drive(selector, supply, load, begin + seconds)
        finally:
            for connection in opened:
                connection.socket.close()
    load.seconds = time.perf_counter() - begin
    load.client_cpu = time.process_time() - cpu
    return load


def _drive(selector: selectors.BaseSelector, supply: Iterator[bytes], load: Load, deadline: float) -> None:
    while selector.get_map():
        ready = selector.select(TIMEOUT_SECONDS)
        if not ready:
            raise LoadFailed("No answer for 30 s.")
        for key, _ in ready:
            connection: _Connection = key.data
            if not connection.receive():
                continue
            now = time.perf_counter()
            load.latencies.append(now - connection.began)
            load.statuses[int(connection.received[STATUS])] += 1
            load.sample = load.sample or bytes(connection.received)
            if now >= deadline:
                selector.unregister(connection.socket)
                continue
            if not connection.is_kept():
                selector.unregister(connection.socket)
                connection.reopen()
                selector.register(connection.socket, selectors.EVENT_READ, connection)
            _next(selector, connection, supply)


def _next(selector: selectors.BaseSelector, connection: _Connection, supply: Iterator[bytes]) -> None:
    request = next(supply, None)
    if request is None:
        selector.unregister(connection.socket)
    else:
        connection.send(request)
