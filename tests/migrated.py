"""The tables are made by the migrations once in a run of ``make test``; every process of pytest begins with a copy.

Migrating takes four seconds of work, and there are seven such processes. ``migrate`` still runs on each copy, where it
finds nothing to do.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

SHARED = "UNDERSIGNED_MIGRATED"
"""Variable of tools/run_tests.py: the folder of the run, where servers are thrown away when it ends."""
TEMPLATE = "undersigned_migrated"
SQLITE_FILE = "migrated.sqlite3"


def begin(settings: dict[str, Any]) -> Callable[[], None]:
    """Let the test's database begin as a copy where there is something to copy.

    Whoever comes first finds nothing, makes the tables by the migrations, and calls what is returned: the others wait
    until it has put its own aside.
    """
    folder = os.environ.get(SHARED)
    if not folder:
        return _nothing
    is_sqlite = settings["ENGINE"].endswith("sqlite3")
    kept = Path(folder) / (SQLITE_FILE if is_sqlite else TEMPLATE)
    lock = os.open(Path(folder) / "migrating.lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not kept.exists():
        return lambda: _put_aside(kept, lock, is_sqlite=is_sqlite)
    os.close(lock)
    if is_sqlite:
        shutil.copyfile(kept, settings["TEST"]["NAME"])
    else:
        settings["TEST"]["TEMPLATE"] = TEMPLATE
    return _nothing


def _nothing() -> None:
    """The tables are there already."""


def _put_aside(kept: Path, lock: int, *, is_sqlite: bool) -> None:
    if is_sqlite:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(kept)])
    else:
        name = connection.settings_dict["NAME"]
        connection.close()  # a database that somebody is connected to cannot be copied
        with connection._nodb_cursor() as cursor:
            quote = connection.ops.quote_name
            cursor.execute(f"CREATE DATABASE {quote(TEMPLATE)} TEMPLATE {quote(name)}")
        kept.touch()
    os.close(lock)
