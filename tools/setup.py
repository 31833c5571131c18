"""Make the virtual environment, install what a target needs, then become the target's command.

Called by the Makefile as ``python3 -m tools.setup [--extras test,check] [--servers] -- COMMAND…``. It needs
the standard library only and starts on any Python 3, so that an old one gets a sentence and no traceback.
COMMAND runs with the environment's Python; it replaces this process, so that signals reach it directly.
"""

import os
import shutil
import sys

NEEDED = (3, 11)


def use_supported_python() -> None:
    """Go on with a newer Python of this machine where ``python3`` is too old, else say what to install."""
    if sys.version_info >= NEEDED:
        return
    for minor in range(19, NEEDED[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, "-m", "tools.setup", *sys.argv[1:]])
    found = "{}.{}".format(*sys.version_info[:2])
    sys.exit(
        f"This project needs Python 3.11 or newer; {sys.executable} is {found}, and no newer one is here.\n"
        "Debian and Ubuntu: apt-get install python3; macOS: brew install python. Then try again,\n"
        "or name the one to use: make run PYTHON=/path/to/python3.11"
    )


use_supported_python()

import argparse
import fcntl
import hashlib
import json
import subprocess
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from tools import programs, progress

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "setup.json"


class Stamp(TypedDict):
    """What a complete set-up was made from; written last."""

    place: str
    dependencies: str
    extras: list[str]


def main() -> None:
    """Set up what the arguments ask for and start the command."""
    started = time.time()
    progress.end_on_sigterm()
    options = parse_arguments()
    extras = set(filter(None, options.extras.split(",")))
    if options.servers and programs.wheels_needed():
        extras.add("servers")
    os.chdir(ROOT)
    try:
        with one_at_a_time():
            set_up(extras)
    except progress.StepFailed as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit(130)
    if options.command:
        os.environ["UNDERSIGNED_STARTED_AT"] = str(started)
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), *options.command])


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools.setup", description=__doc__)
    parser.add_argument("--extras", default="", help="comma-separated extras of pyproject.toml")
    parser.add_argument("--servers", action="store_true", help="PostgreSQL and Redis must be there")
    parser.add_argument("command", nargs="*", help="arguments for the environment's Python")
    return parser.parse_args()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let two targets started together set up one after the other."""
    with (ROOT / "pyproject.toml").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def set_up(extras: set[str]) -> None:
    """Bring the environment to the wanted state; a matching stamp makes this a no-op."""
    done = read_stamp()
    here, wanted = fingerprint_of_place(), fingerprint_of_dependencies()
    usable = VENV_PYTHON.exists() and done["place"] == here if done else environment_works()
    installed = set(done["extras"]) if done and usable else set()
    if done and usable and done["dependencies"] == wanted and extras <= installed:
        return
    print("Setting up (once; the next start skips this)", flush=True)
    STAMP.unlink(missing_ok=True)
    if not usable:
        make_environment()
    extras |= installed
    target = f".[{','.join(sorted(extras))}]" if extras else "."
    label = f"install the packages ({', '.join(['core', *sorted(extras)])})"
    pip = [str(VENV_PYTHON), "-m", "pip", "--disable-pip-version-check"]
    progress.run(label, [*pip, "install", "-c", "constraints.txt", "-e", target], cwd=ROOT)
    stamp: Stamp = {"place": here, "dependencies": wanted, "extras": sorted(extras)}
    STAMP.write_text(json.dumps(stamp), encoding="utf-8")


def make_environment() -> None:
    """Make ``.venv``; where Debian's python3-venv is missing, the machine's own pip fetches pip."""
    if succeeds(sys.executable, "import ensurepip, venv"):
        progress.run("make .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)])
        return
    progress.run("make .venv without pip", [sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
    command = [sys.executable, "-m", "pip", "--python", str(VENV_PYTHON), "install", "pip"]
    try:
        progress.run("install pip into .venv", command)
    except progress.StepFailed as failure:
        hint = "Debian and Ubuntu: apt-get install python3-venv, then try again."
        raise progress.StepFailed(f"{failure}\n{hint}") from failure


def environment_works() -> bool:
    """Whether a .venv without our stamp (made by hand, or left half-made) can be used as it is."""
    return VENV_PYTHON.exists() and succeeds(
        str(VENV_PYTHON), f"import sys, pip; sys.exit(sys.version_info < {NEEDED})"
    )


def succeeds(python: str, code: str) -> bool:
    """Whether a line of Python ends without an error."""
    return subprocess.run([python, "-c", code], check=False, capture_output=True).returncode == 0


def read_stamp() -> Stamp | None:
    """What the last complete set-up noted."""
    try:
        stamp: Stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp


def fingerprint_of_place() -> str:
    """Changes when .venv must be made anew: another Python, or the folder was moved."""
    return f"{sys.version.split()[0]} {ROOT}"


def fingerprint_of_dependencies() -> str:
    """Changes when pip must run again; the tool tables of pyproject.toml do not count."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    relevant = json.dumps([project["project"], project.get("build-system")], sort_keys=True)
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    return hashlib.sha256((relevant + constraints).encode()).hexdigest()


if __name__ == "__main__":
    main()
