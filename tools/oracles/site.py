"""The site that is judged: ``make run`` on a port and in a folder of its own, with the sample letter."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from tools import progress, services

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_SECONDS = 300  # a machine that others use as well
KIT_WITHIN_SECONDS = 300
WANTED_ELSEWHERE = ("DATABASE_URL", "REDIS_URL", "UNDERSIGNED_ENV", "SITE_URL", "EMAIL_URL", "DATA_DIR")


@dataclass(frozen=True)
class Answer:
    status: int
    kind: str
    content: bytes


@dataclass(frozen=True)
class Site:
    """A running site; ``folder`` is for what is looked at."""

    url: str
    folder: Path
    env: dict[str, str]
    letter: str
    """Address of the sample letter."""

    def get(self, address: str) -> Answer:
        """One page or file; an address without a host is one of this site."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        full = address if address.startswith("http") else self.url + address
        try:
            with direct.open(full, timeout=120) as answer:
                return Answer(answer.status, answer.headers.get_content_type(), answer.read())
        except HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, refusal.headers.get_content_type(), refusal.read())

    def inside(self, call: str) -> Any:
        """Call a function of tools/oracles/inside.py in the settings of this site; returns what it told."""
        line = f"from tools.oracles import inside; inside.{call}"
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", line]
        done = subprocess.run(command, env=self.env, cwd=ROOT, check=False, capture_output=True, text=True)
        if done.returncode:
            raise progress.StepFailed(f"inside.{call} failed:\n{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """Start the site and stop it afterwards. Raises StepFailed."""
    port = services.free_port()
    url = f"http://127.0.0.1:{port}"
    env = {name: value for name, value in os.environ.items() if name not in WANTED_ELSEWHERE}
    env |= {"DATA_DIR": str(folder / "data"), "PORT": str(port), "SITE_URL": url}
    with (folder / "site.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"], cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            with progress.step("start the site"):
                letter = _letter(process, folder / "site.log")
            yield Site(url, folder, env, letter)
        finally:
            process.terminate()
            process.wait(30)


def _letter(process: subprocess.Popen[bytes], log: Path) -> str:
    def look() -> str:
        said = log.read_text(encoding="utf-8")
        if process.poll() is not None:
            raise progress.StepFailed(f"The site ended:\n{said}")
        found = re.search(r"The letter +(http\S+)", said)
        return found[1] if found and "ready in" in said else ""

    return until(look, "the site was not ready", within=READY_WITHIN_SECONDS)


def until(look: Callable[[], str], otherwise: str, *, within: float) -> str:
    """Look again and again until there is something. Raises StepFailed."""
    ends = time.monotonic() + within
    while not (found := look()):
        if time.monotonic() > ends:
            raise progress.StepFailed(f"{otherwise} within {within:.0f} s")
        time.sleep(0.5)
    return found
