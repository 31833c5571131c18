"""Starting, killing and restarting the site's own processes by their process ids."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

STOP_WITHIN_SECONDS = 15.0
POLL_SECONDS = 0.05


class DrillFailed(Exception):
    """The drill could not be carried out; says what was waited for."""


@dataclass
class Program:
    """One program with all processes it starts; its output goes to ``log``, over all its starts."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        with self.log.open("ab") as log:
            # A session of its own: the whole group can be killed at once, and Ctrl-C reaches us alone.
            self._process = subprocess.Popen(
                self.command, env=self.env, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """SIGKILL to the program and all its children at once, as when a machine dies."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """In order, SIGKILL where that takes too long."""
        if self._process is None or not self.is_running():
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_WITHIN_SECONDS)
        self.kill()

    def children(self) -> list[int]:
        """Process ids of the direct children, such as gunicorn's workers."""
        return [child for child, parent in _pairs() if parent == self.pid]

    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""


def _pairs() -> list[tuple[int, int]]:
    """(process id, parent's id) of everything that runs here."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
    return [(int(pid), int(parent)) for pid, parent in (line.split() for line in listed.splitlines())]


def kill_one(pid: int) -> None:
    """SIGKILL to one process that this drill started; nothing when it has ended by itself."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def wait_for(what: str, is_true: Callable[[], bool], *, within: float, every: float = POLL_SECONDS) -> float:
    """Poll until a fact holds; returns the seconds that took.

    Raises:
        DrillFailed: it did not hold in time.
    """
    started = time.monotonic()
    while not is_true():
        if time.monotonic() - started > within:
            raise DrillFailed(f"waited {within:.0f} s in vain for: {what}")
        time.sleep(every)
    return time.monotonic() - started
