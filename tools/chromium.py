"""Gets a Chromium for the journeys: the system's, else from Debian's packages, else Playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import programs, progress

# Playwright's driver needs libatomic, which a bare Debian lacks.
DEBIAN_PACKAGES = ("chromium", "libatomic1")
HINT = (
    f"install Chromium (Debian and Ubuntu: apt-get install {' '.join(DEBIAN_PACKAGES)}; "
    "macOS: brew install --cask chromium)"
)
ASK_PLAYWRIGHT = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""


def make_available() -> bool:
    """Find a Chromium that Playwright can drive, or install one with progress; False: none can be had."""
    if is_available():
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        attempt("refresh the package lists", ["apt-get", "update"], quiet)
        install = ["apt-get", "install", "-y", "--no-install-recommends", *DEBIAN_PACKAGES]
        attempt(f"install {' and '.join(DEBIAN_PACKAGES)}", install, quiet)
    if not is_available():
        attempt("download Chromium", [sys.executable, "-m", "playwright", "install", "chromium"], None)
    return is_available()


def is_available() -> bool:
    """Whether Playwright's driver runs here, and there is a Chromium: the system's or Playwright's own."""
    asked = subprocess.run([sys.executable, "-c", ASK_PLAYWRIGHT], check=False, capture_output=True, text=True)
    if asked.returncode != 0:
        return False
    return bool(programs.chromium()) or Path(asked.stdout.strip()).exists()


def attempt(label: str, command: list[str], env: dict[str, str] | None) -> None:
    """Run a step that may fail: the next way is tried then."""
    try:
        progress.run(label, command, env=env)
    except (progress.StepFailed, OSError) as failure:
        said = [line.strip() for line in str(failure).splitlines() if "rror" in line or "ailed" in line]
        print(f"    {said[-1][:100] if said else failure}", flush=True)
