"""`python -m tools.bench.ledger [--entries N] [--batch N]`: how fast a log grows, is checked, and proves a line.

On a new database of its own (DATABASE_URL, else SQLite in a throw-away folder); nothing else may use the machine.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any, TypeVar

import django
from django.core.management import call_command

T = TypeVar("T")
MESSAGE = b"x" * 900  # as long as the row of somebody with a position, an affiliation and a sentence


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.bench.ledger")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="undersigned-ledger-") as folder:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "campaign.settings", "UNDERSIGNED_ENV": "development"}
        os.environ["DATA_DIR"] = folder
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        wrong = _measure(options.entries, options.batch)
    sys.exit(bool(wrong))


def _measure(entries: int, batch: int) -> list[str]:
    from letters.ledger import chain, inspecting, merkle, tiles  # noqa: PLC0415 - the apps must be ready

    log = chain.start("bench:1")
    _timed("commit, append and read back", lambda: _grow(log, entries, batch), per=entries)
    _timed("sign, keep outside, publish", lambda: chain.publish(log))
    found = _timed("fsck from the first entry", lambda: inspecting.fsck(log), per=entries)
    hashes = [merkle.leaf_hash(line) for line in tiles.lines_of(log, 0, entries)]
    _timed("root of all leaf hashes", lambda: merkle.root_of(hashes), per=entries)
    read = tiles.Stored(log, entries).node
    proof = _timed("proof of one line", lambda: merkle.inclusion_proof(entries // 2, entries, read))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{len(proof)} hashes in a proof; {peak} MB at most; wrong: {found or 'nothing'}")
    return found


def _grow(log: Any, entries: int, batch: int) -> None:
    from django.db import transaction  # noqa: PLC0415 - the apps must be ready

    from letters.ledger import chain  # noqa: PLC0415 - the same
    from letters.press import commitments  # noqa: PLC0415 - the same

    for start in range(0, entries, batch):
        salts = [commitments.new_salt() for _ in range(min(batch, entries - start))]
        lines = [commitments.sign_line("email", "1", commitments.commit(salt, MESSAGE)) for salt in salts]
        with transaction.atomic():
            chain.alone()
            chain.append(log, lines)


def _timed(name: str, act: Callable[[], T], *, per: int = 0) -> T:
    started = time.monotonic()
    result = act()
    seconds = time.monotonic() - started
    rate = f"{per / seconds:12,.0f} entries a second" if per else ""
    print(f"{name:<34}{seconds:10,.3f} s{rate}", flush=True)
    return result


if __name__ == "__main__":
    main()
