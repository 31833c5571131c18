"""Drills that kill the site's own processes: web (R1) and worker (R2)."""

from __future__ import annotations

import random
import time

from tools.chaos import facts
from tools.chaos.processes import Program, kill_one, wait_for
from tools.chaos.run import MAIL_WITHIN_SECONDS, Run
from tools.chaos.stage import Production

RESENT_WITHIN_SECONDS = 90.0
SLOW_MAIL_SECONDS = 0.03  # so that a kill meets mails under way
WHOLE_GROUP_EVERY = 5


def web_kill(run: Run, stage: Production) -> None:
    """SIGKILL to one web worker at any instant; each fifth time to a whole gunicorn with its workers."""
    with run.signing() as people:
        for number in run.moments(people, run.size.faults, "kill"):
            master = stage.web[number % len(stage.web)]
            if number % WHOLE_GROUP_EVERY == 0:
                master.kill()
                master.start()  # as a service manager does
            else:
                kill_one(random.choice(master.children() or [0]) or master.pid)  # noqa: S311 - any of them
    again = [one.tries for one in run.book.accepted.values() if one.tries > 1]
    run.finish()
    run.promise_mail_within(MAIL_WITHIN_SECONDS, run.lags(), "of the thank-you page")
    run.result.promise("a retry with the same form is safe", f"{len(again)} forms were sent again", True)


def worker_kill(run: Run, stage: Production) -> None:
    """SIGKILL to a worker that has mails under way; it is started again at once, its leases run out by themselves."""
    stage.sink.order(delay=SLOW_MAIL_SECONDS)
    in_flight: dict[str, float] = {}
    with run.signing(settle=False) as people:
        for number in run.moments(people, run.size.faults, "kill"):
            worker = stage.workers[number % len(stage.workers)]
            killed_at = _kill_while_sending(stage, worker)
            in_flight |= dict.fromkeys(_left_by(stage, worker), killed_at)
            worker.start()
    stage.sink.order()
    run.settle()
    waits = [_wait_of(run.mails(), start, at) for start, at in in_flight.items()]
    late = [seconds for seconds in waits if seconds > RESENT_WITHIN_SECONDS]
    run.finish()
    note = "leases moved forward by SQL" if run.size.is_short else "leases waited out"
    seen = f"{len(waits)} left in flight, longest {max(waits, default=0):.0f} s ({note})"
    run.result.promise(f"mails of a killed worker leave within {RESENT_WITHIN_SECONDS:.0f} s", seen, not late)
    copies = run.result.mail_copies
    seen = f"{copies} copies, {len(in_flight)} in flight at {run.size.faults} kills"
    run.result.promise("no more copies than mails in flight, same Message-ID", seen, copies <= len(in_flight))


def _kill_while_sending(stage: Production, worker: Program) -> float:
    query = "SELECT count(*) FROM outbox_message WHERE state = 'sending' AND lease_by LIKE %s"
    wait_for("a worker to send", lambda: bool(stage.database.number(query, f"%:{worker.pid}:%")), within=30, every=0.01)
    worker.kill()
    return time.time()


def _left_by(stage: Production, worker: Program) -> list[str]:
    """Message-IDs that a killed worker held."""
    query = "SELECT kind, serial, subject_id FROM outbox_message WHERE state = 'sending' AND lease_by LIKE %s"
    return [message_id(*row) for row in stage.database.rows(query, f"%:{worker.pid}:%")]


def message_id(kind: str, serial: int, subject_id: object) -> str:
    plain = str(subject_id).replace("-", "")
    return f"<{kind}.{serial}.{plain}@"


def _wait_of(mails: list[facts.Mail], start: str, killed_at: float) -> float:
    """Seconds from the kill until the mail arrived; 0 for one that had arrived and was marked in the last instant,
    infinity for one that never did."""
    arrived = [mail.at for mail in mails if mail.answer == facts.TAKEN and mail.message_id.startswith(start)]
    after = [at - killed_at for at in arrived if at >= killed_at]
    return min(after) if after else (0.0 if arrived else float("inf"))
