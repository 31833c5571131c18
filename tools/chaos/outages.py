"""Drills in which Redis (R3) or PostgreSQL (R4) goes away and comes back."""

from __future__ import annotations

import os
import random
import signal
import time
from datetime import UTC, datetime, timedelta

from redis import Redis

from tools.chaos.processes import wait_for
from tools.chaos.run import MAIL_WITHIN_SECONDS, Run
from tools.chaos.stage import Production

SIGN_WITHIN_SECONDS = 1.0
POLLED_WITHIN_SECONDS = 15.0
RECOVERED_WITHIN_SECONDS = 30.0
WOKEN_WITHIN_SECONDS = 60.0
LEASE = timedelta(seconds=60)
FROZEN_SHARE = 3  # Redis is frozen for a third of its outage, then gone
LONGEST_DOWN_SECONDS = 2.0


def redis_flush(run: Run, stage: Production) -> None:
    """FLUSHALL again and again: every queued nudge, every counted limit is gone."""
    with run.signing() as people, Redis.from_url(stage.redis.url) as redis:
        for _ in run.moments(people, run.size.faults, "FLUSHALL"):
            redis.flushall()
    run.finish()
    run.promise_speed(run.times(), within=SIGN_WITHIN_SECONDS)
    run.promise_mail_within(POLLED_WITHIN_SECONDS, run.lags(), "although nudges are lost")


def redis_down(run: Run, stage: Production) -> None:
    """Redis first hangs (SIGSTOP), then is gone; one worker is killed and started while it is. Then it comes back."""
    fallen_at = time.time()
    with run.signing(settle=False) as people:
        os.kill(stage.redis.pid or 0, signal.SIGSTOP)
        for number in run.moments(people, FROZEN_SHARE, "part"):
            if number == 1:
                os.kill(stage.redis.pid or 0, signal.SIGCONT)
                stage.redis.kill()
                stage.workers[0].kill()
                stage.workers[0].start()
    gone_for = time.time() - fallen_at
    run.settle()  # with Redis away
    stage.redis.start()
    woken = wait_for("workers to listen on Redis", lambda: _listening(stage) >= len(stage.workers), within=120)
    with run.signing(people=max(8, run.size.people // 20)):
        pass
    run.finish()
    run.promise_speed(run.times(until=fallen_at + gone_for), within=SIGN_WITHIN_SECONDS)
    lags = run.lags(until=fallen_at + gone_for)
    run.promise_mail_within(POLLED_WITHIN_SECONDS, lags, f"with Redis away for {gone_for:.0f} s")
    seen = f"{woken:.1f} s after it was back"
    run.result.promise("workers find Redis again by themselves", seen, woken <= WOKEN_WITHIN_SECONDS)


def _listening(stage: Production) -> int:
    """How many workers wait for nudges at Redis."""
    with Redis.from_url(stage.redis.url) as redis:
        return sum(str(client.get("cmd", "")).lower() == "brpop" for client in redis.client_list())


def pg_crash(run: Run, stage: Production) -> None:
    """PostgreSQL ends as in `pg_ctl -m immediate stop`, is away for up to two seconds, recovers from its log."""
    before = _processes(stage)
    back: list[float] = []
    with run.signing(settle=False) as people:
        for _ in run.moments(people, run.size.faults, "crash"):
            os.kill(stage.postgres.pid or 0, signal.SIGQUIT)
            wait_for("PostgreSQL to be gone", lambda: not stage.postgres.is_running(), within=30)
            time.sleep(random.random() * LONGEST_DOWN_SECONDS)  # noqa: S311 - how long it is away
            stage.postgres.restart()
            back.append(time.time())
            run.step.detail = f"{len(run.book.accepted)} accepted, {len(back)} crashes"
    if run.size.is_short:
        _end_leases(stage, taken_before=back[-1])
    run.settle()
    run.finish()
    accepted = sorted(one.at for one in run.book.accepted.values())
    waits = [min((at - since for at in accepted if at >= since), default=0.0) for since in back]
    seen = f"{len(back)} crashes, next thank-you page after {max(waits):.1f} s at most"
    run.result.promise("signing goes on ≤ 30 s after PostgreSQL is back", seen, max(waits) <= RECOVERED_WITHIN_SECONDS)
    seen = "the same processes before and after" if _processes(stage) == before else "a process ended"
    run.result.promise("web and workers need no restart", seen, _processes(stage) == before)
    run.promise_mail_within(MAIL_WITHIN_SECONDS, run.lags(), "of the thank-you page")
    pages = run.book.seen["503 kept the form"]
    run.result.promise("the “not recorded” page keeps the form", f"{pages} such pages, each sent again as it was",
                       not run.book.seen["503 lost the form"])  # fmt: skip


def _end_leases(stage: Production, *, taken_before: float) -> None:
    """By SQL, instead of waiting for a minute: workers live on, but could not note what they had sent."""
    stage.database.change(
        "UPDATE outbox_message SET lease_until = now() - interval '1 s' WHERE state = 'sending' AND lease_until < %s",
        datetime.fromtimestamp(taken_before, tz=UTC) + LEASE,
    )


def _processes(stage: Production) -> list[int]:
    masters = [program.pid for program in stage.programs() if program.is_running()]
    return sorted([*masters, *(child for program in stage.web for child in program.children())])
