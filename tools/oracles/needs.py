"""Gets the programs that judge: from Debian's packages as root, from PyPI and npm into build/oracles."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools import progress
from tools.oracles.verdict import WORK

PROGRAMS = {
    "soffice": "libreoffice-calc-nogui",
    "pdftotext": "poppler-utils",
    "go": "golang-go",
    "java": "default-jre-headless",
    "jing": "jing",
    "npm": "npm",
}
GO_MODULES = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")
GO_PACKAGE = "golang-golang-x-mod-dev"
FRICTIONLESS = "frictionless==5.19.0"
VNU = "vnu-jar@26.9.27"
VENV = WORK / "venv"
VNU_JAR = WORK / "npm" / "package" / "build" / "dist" / "vnu.jar"


class Missing(Exception):
    """A program that cannot be had here; the message says which and what to do."""


def install() -> None:
    """Make every program available; what is there already is left alone.

    Raises:
        Missing: one is not there and cannot be installed.
    """
    WORK.mkdir(parents=True, exist_ok=True)
    _from_debian()
    if not (VENV / "bin" / "frictionless").exists():
        _step("make an environment for frictionless", [sys.executable, "-m", "venv", "--clear", str(VENV)])
        _step(f"install {FRICTIONLESS}", [str(VENV / "bin" / "pip"), "install", "-q", FRICTIONLESS])
    if not VNU_JAR.exists():
        folder = WORK / "npm"
        folder.mkdir(exist_ok=True)
        _step(f"fetch {VNU}", ["npm", "pack", "--silent", VNU], cwd=folder)
        (archive,) = folder.glob("*.tgz")
        _step(f"unpack {VNU}", ["tar", "-xzf", archive.name], cwd=folder)


def _from_debian() -> None:
    wanted = {package for program, package in PROGRAMS.items() if shutil.which(program) is None}
    if not GO_MODULES.exists():
        wanted.add(GO_PACKAGE)
    if not wanted:
        return
    names = " ".join(sorted(wanted))
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Missing(f"These are missing: {names}. As root on Debian: apt-get install --no-install-recommends {names}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _step("refresh the package lists", ["apt-get", "update"], env=quiet)
    command = ["apt-get", "install", "-y", "--no-install-recommends", *sorted(wanted)]
    _step(f"install {names}", command, env=quiet)


def _step(label: str, command: list[str], *, env: dict[str, str] | None = None, cwd: Path | None = None) -> None:
    try:
        progress.run(label, command, env=env, cwd=cwd)
    except (progress.StepFailed, OSError) as failure:
        raise Missing(f"{label}: not possible here. The packages are out of reach?\n{failure}") from failure


def version(*command: str) -> str:
    """The version that a program tells of itself: the first number that has parts."""
    said = subprocess.run(command, check=False, capture_output=True, text=True)
    found = re.search(r"\d+(?:[.-]\d+)+", said.stdout + said.stderr)
    return found.group() if found else "of unknown version"
