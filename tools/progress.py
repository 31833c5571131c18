"""One line per step with its time, and a sign of life while a step lasts longer than two seconds."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

FIRST_TICK_AFTER_SECONDS = 2.0
TICK_ON_TERMINAL_SECONDS = 1.0
TICK_IN_LOG_SECONDS = 10.0
LABEL_WIDTH = 58
LINE_WIDTH = 110
TAIL_LINES = 200


class StepFailed(Exception):
    """A command of a step ended with an error; the message holds the end of its output."""


class Step:
    """A running step: set ``detail`` to say what it is doing now."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.detail = ""
        self._started = time.monotonic()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self._ticker.start()

    def elapsed(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self._started

    def end(self, mark: str) -> None:
        """Stop ticking and print the closing line."""
        self._ended.set()
        self._ticker.join()
        line = f"  {self.label:<{LABEL_WIDTH}} {self.elapsed():6.1f} s {mark}".rstrip()
        print(f"\r\033[K{line}" if sys.stdout.isatty() else line, flush=True)

    def _tick(self) -> None:
        wait = FIRST_TICK_AFTER_SECONDS
        while not self._ended.wait(wait):
            line = f"  {self.label} … {self.elapsed():.0f} s  {self.detail}".rstrip()[:LINE_WIDTH]
            if sys.stdout.isatty():
                print(f"\r\033[K{line}", end="", flush=True)
                wait = TICK_ON_TERMINAL_SECONDS
            else:
                print(line, flush=True)
                wait = TICK_IN_LOG_SECONDS


@contextmanager
def step(label: str) -> Iterator[Step]:
    """Time a block as one step; an exception marks it as failed and goes on."""
    running = Step(label)
    try:
        yield running
    except BaseException:
        running.end("FAILED")
        raise
    running.end("")


def run(label: str, command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> None:
    """Run a command as one step; its output shows only as the step's detail.

    Raises:
        StepFailed: the command ended with an error; holds the last lines of its output.
    """
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    with step(label) as running:
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=env,
            cwd=cwd,
        ) as process:
            try:
                for line in process.stdout or ():
                    tail.append(line)
                    running.detail = line.strip()
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            raise StepFailed(f"{label} failed (exit code {process.returncode}):\n{''.join(tail)}")


def end_on_sigterm() -> None:
    """Turn SIGTERM into SystemExit, so that what was started is stopped on the way out."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
