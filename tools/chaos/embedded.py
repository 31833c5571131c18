"""The embedded site: one process with SQLite, web threads and Celery inside, killed as a whole (R18)."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Self

from tools import progress, services
from tools.chaos import facts
from tools.chaos.mailing import post_at_once, promise_equal
from tools.chaos.processes import Program, wait_for
from tools.chaos.run import Run
from tools.chaos.stage import READY_WITHIN_SECONDS, ROOT, Stage, answers
from tools.chaos.visitor import Site

SLUG = "lift-the-restriction"
LEAST_PER_SECOND = 20.0
AT_ONCE_PER_SECOND = 10_000.0
POSTERS = 3
_DUE_NOW = (
    "UPDATE outbox_message SET next_at = strftime('%Y-%m-%d %H:%M:%f', 'now')"
    " WHERE state = 'due' AND next_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '+5 seconds')"
)
_LEASES_OVER = (
    "UPDATE outbox_message SET lease_until = strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 seconds')"
    " WHERE state = 'sending' AND lease_until > strftime('%Y-%m-%d %H:%M:%f', 'now') AND lease_by NOT LIKE ?"
)


class Embedded(Stage):
    """`manage.py serve` on a new data folder, with the sample letter."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        port = services.free_port()
        self.site = Site((port,), f"http://127.0.0.1:{port}", SLUG, is_behind_proxy=False)
        mine = {"UNDERSIGNED_ENV": "development", "DATA_DIR": str(folder), "PORT": str(port)}
        mine |= {"SIGN_LIMIT_NETWORK": "1000000", "SIGN_LIMIT_LETTER": "1000000", "SPIKE_FLOOR": "1000000"}
        self.env = {name: value for name, value in os.environ.items() if not name.endswith("_URL")} | mine
        self.mailbox = folder / "mailbox"
        self.database = facts.DatabaseFile(folder / "undersigned.sqlite3")
        self.server = Program("serve", [sys.executable, "manage.py", "serve"], self.env, ROOT, folder / "serve.log")

    def __enter__(self) -> Self:
        with progress.step("start `manage.py serve` with SQLite"):
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.kill()

    def start(self) -> None:
        self.server.start()
        port = self.site.ports[0]
        wait_for("the embedded site to answer", lambda: answers(port), within=READY_WITHIN_SECONDS)

    def tail(self) -> facts.FolderTail:
        return facts.FolderTail(self.mailbox, from_end=True)

    def hurry(self) -> None:
        self.database.change(_DUE_NOW)
        living = f"%:{self.server.children()[0]}:%" if self.server.children() else ""
        self.database.change(_LEASES_OVER, living)

    def programs(self) -> list[Program]:
        return [self.server]


def sqlite(run: Run, stage: Embedded) -> None:
    """As fast as eight threads can, then the whole process tree is killed and started again while people sign."""
    started = time.monotonic()
    with run.signing(settle=False, per_second=AT_ONCE_PER_SECOND) as people:
        people.join()
        rate = len(run.book.accepted) / (time.monotonic() - started)
    busy = run.book.seen["HTTP 503"]
    locked = stage.server.printed().count("database is locked")
    with run.signing() as people:
        for _ in run.moments(people, run.size.faults, "kill"):
            stage.server.kill()
            stage.start()
    posts = post_at_once(run, stage, POSTERS)
    run.settle()
    run.finish()
    promise_equal(run, posts)
    seen = f"{rate:.0f} forms/s opened, sent and accepted"
    run.result.promise(f"≥ {LEAST_PER_SECOND:.0f} signs/s with 8 threads", seen, rate >= LEAST_PER_SECOND)
    seen = f"{locked} in the log, {busy} “not recorded” pages before the first kill"
    run.result.promise("0 “database is locked”", seen, not locked and not busy)
