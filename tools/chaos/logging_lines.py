"""The drill that kills whoever grows the public ledger (trust: a fork is final)."""

from __future__ import annotations

import random
import sys
import time

from tools.chaos.processes import Program, kill_one, wait_for
from tools.chaos.run import Run
from tools.chaos.stage import ROOT, Production

HEADS = "SELECT log_id, size, encode(root, 'hex') FROM ledger_head WHERE size > 0"
LOGGED = "SELECT coalesce(sum(size), 0) FROM ledger_head"
CONFIRMED = "SELECT count(*) FROM signatures_signature WHERE state = 'confirmed'"
LAGS = (
    "SELECT count(*) FROM signatures_signature s WHERE s.state = 'confirmed' AND s.held_reason = '' AND NOT EXISTS "
    "(SELECT 1 FROM press_commitment c WHERE c.signature_id = s.id)"
)
UNSIGNED = (
    "SELECT count(*) FROM ledger_head h WHERE h.size > "
    "(SELECT coalesce(max(c.size), 0) FROM ledger_checkpoint c WHERE c.log_id = h.log_id)"
)


class Heads:
    """Every (log, size) that was seen, its root, and how often a size was seen with another root than before."""

    def __init__(self, stage: Production) -> None:
        self.roots: dict[tuple[int, int], str] = {}
        self.forks = 0
        self._database = stage.database

    def look(self) -> None:
        for log, size, root in self._database.rows(HEADS):
            self.forks += self.roots.setdefault((log, size), root) != root


def ledger_kill(run: Run, stage: Production) -> None:
    """SIGKILL to the process that logs lines without a pause, beside the worker's own job, at any instant."""
    command = [sys.executable, "-m", "tools.chaos.sequencer"]
    sequencer = Program("sequencer", command, stage.env, ROOT, stage.folder / "sequencer.log")
    sequencer.start()
    heads = Heads(stage)
    try:
        wait_for("the sequencer to begin", lambda: bool(sequencer.children()), within=60)
        with run.signing() as people:
            wait_for("lines that can be logged", lambda: bool(stage.database.number(CONFIRMED)), within=60)
            for _number in run.moments(people, run.size.faults, "kill"):
                for child in sequencer.children():
                    kill_one(child)
                heads.look()
                wait_for("the next one to begin", lambda: bool(sequencer.children()), within=10, every=0.005)
                time.sleep(random.random() * 0.05)  # noqa: S311 - any instant will do
        wait_for("every line to have its index", lambda: not stage.database.number(LAGS), within=60)
    finally:
        sequencer.kill()
    # The last kill may have come between an entry and its signature: the worker's own job signs, every ten seconds.
    wait_for("every entry to be signed", lambda: not stage.database.number(UNSIGNED), within=60)
    checked = stage.python("manage.py", "ledger", "fsck", check=False)
    run.finish()
    heads.look()
    seen = f"{run.size.faults} kills, {len(heads.roots)} heads seen, {stage.database.number(LOGGED)} entries in all"
    run.result.promise("no size of a log ever has two roots", seen, not heads.forks and bool(heads.roots))
    said = " ".join((checked.stdout + checked.stderr).split())[-300:]
    run.result.promise("ledger fsck finds every log in order", said, checked.returncode == 0)
