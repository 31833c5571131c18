"""One server process with its folder: start, stop, kill, restart on the same data and port."""

from __future__ import annotations

import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

START_TIMEOUT_SECONDS = 30.0
STOP_TIMEOUT_SECONDS = 20.0
READY = re.compile(rb"ready to accept connections", re.IGNORECASE)
# Below the range from which systems give ports to outgoing connections: a client that keeps trying while
# its server is down could otherwise be given that very port and end up connected to itself.
PORTS = range(15_000, 30_000)


class ServiceError(Exception):
    """A server is missing or would not start; the message says what to do, or shows the end of its log."""


@dataclass
class Server:
    """A server process; ``url`` and ``port`` stay the same over kill and restart.

    ``name`` is for reports ("PostgreSQL 15.10"); ``programs`` is the folder of psql and the like;
    ``folder`` holds the data and the log; close() removes it, and the end of a ``with`` block closes.
    """

    name: str
    url: str
    port: int
    folder: Path
    programs: Path
    command: Sequence[str]
    stop_signal: signal.Signals
    account: pwd.struct_passwd | None = None
    standard_input: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def log(self) -> Path:
        """What the server printed, over all its starts."""
        return self.folder / "server.log"

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self.is_running() else None

    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process and wait until it takes connections; does nothing while it runs.

        Raises:
            ServiceError: it ended, or was not ready within 30 s.
        """
        if self.is_running():
            return
        already_logged = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C reaches the server's user first, and we stop the server after it.
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                **as_account(self.account),
            )
        if self._process.stdin:
            with self._process.stdin as pipe:
                pipe.write(self.standard_input.encode())
        self._wait_until_ready(already_logged)

    def stop(self) -> None:
        """Shut down in order and wait; SIGKILL where that takes over 20 s."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """SIGKILL, as in a crash: no goodbye to clients, nothing written back."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start again on the same data and port, whether it runs, was stopped or was killed."""
        self.stop()
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            try:
                return self.start()
            except ServiceError:
                # After SIGKILL the children of PostgreSQL hold its shared memory for a moment longer.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def close(self) -> None:
        """Stop and remove the folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait_until_ready(self, already_logged: int) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while self.is_running() and time.monotonic() < deadline:
            if READY.search(self.log.read_bytes()[already_logged:]):
                return
            time.sleep(0.02)
        self.kill()
        tail = self.log.read_bytes()[already_logged:][-2000:].decode(errors="replace")
        raise ServiceError(f"{self.name} did not start. Its log ends with:\n{tail}")

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on now."""
    for _ in range(200):
        port = secrets.choice(PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ServiceError("No free port on 127.0.0.1.")


def as_account(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """Arguments of Popen that drop root."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
