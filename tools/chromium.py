"""Gets a Chromium for the journeys: the system's, else from Debian's packages, else Playwright's own."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tools import programs, progress

HINT = "install Chromium (Debian and Ubuntu: apt-get install chromium; macOS: brew install --cask chromium)"


def make_available() -> bool:
    """Find a Chromium or install one, with progress; False where none can be had."""
    if programs.chromium() or playwright_has_one():
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        attempt("refresh the package lists", ["apt-get", "update"], quiet)
        attempt(
            "install chromium", ["apt-get", "install", "-y", "--no-install-recommends", "chromium"], quiet
        )
    if not programs.chromium():
        attempt("download Chromium", [sys.executable, "-m", "playwright", "install", "chromium"], None)
    return bool(programs.chromium()) or playwright_has_one()


def playwright_has_one() -> bool:
    """Whether `playwright install` has put its own Chromium on this machine."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only with the test extra

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def attempt(label: str, command: list[str], env: dict[str, str] | None) -> None:
    """Run a step that may fail: the next way is tried then."""
    try:
        progress.run(label, command, env=env)
    except (progress.StepFailed, OSError) as failure:
        print(f"    {str(failure).strip().splitlines()[-1]}", flush=True)
