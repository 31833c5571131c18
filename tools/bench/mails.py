"""Confirmation mails a second through Celery, against Celery that does nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

import psycopg
from celery import Celery
from redis import Redis

from tools import progress, sink
from tools.bench import load, stage
from tools.bench.ceiling import queue
from tools.bench.report import Aim, Section
from tools.bench.rounds import Measure, Plan, Subject, measure

METHOD = """\
Mails queued by signing and held back, then let go at once: from that moment to the last mail in a local SMTP server.
Two worker processes of two threads each. Ceiling: as many such workers drain tasks that send nothing, one for each
mail, with the same settings of Celery."""
NUDGES = 8
LOOK_SECONDS = 0.005
SETTLE_SECONDS = 0.5
WITHIN_SECONDS = 300.0
NOTHING_DB = 1  # Redis number of the ceiling's queue


class Site:
    """The site's workers; lets queued mails go and counts them at the sink."""

    def __init__(self, size: stage.Size, smtp: sink.Sink, plan: Plan) -> None:
        self._size, self._mails = size, plan.mails
        self.broker = Celery(broker=size.env["REDIS_URL"])
        self._journal = smtp.journal.open("rb")
        self._count = self._rounds = 0

    def prepare(self) -> None:
        """Queue the mails."""
        stage.inside(self._size.env, f"queue({self._mails})")
        self._rounds += 1
        time.sleep(SETTLE_SECONDS)

    def run(self, found: Measure) -> None:
        """Let them go, and wait for the last one."""
        wanted = self._arrived() + self._mails
        begin = time.perf_counter()
        with psycopg.connect(self._size.env["DATABASE_URL"], autocommit=True) as connection:
            connection.execute("UPDATE outbox_message SET next_at = now() WHERE state = 'due'")
        for _ in range(NUDGES):
            self.broker.send_task("outbox.deliver")
        _wait(lambda: self._arrived() >= wanted, "mails")
        found.add(self._mails / (time.perf_counter() - begin))

    def reset(self) -> None:
        """Delete the signatures and their mails, each of which was sent once."""
        time.sleep(SETTLE_SECONDS)
        with psycopg.connect(self._size.env["DATABASE_URL"], autocommit=True) as connection:
            deleted = connection.execute(
                "DELETE FROM outbox_message m USING signatures_signature s WHERE s.public_id = m.subject_id "
                "AND s.state = 'pending' AND m.state = 'sent' AND m.attempts = 0"
            ).rowcount
            connection.execute("DELETE FROM signatures_signature WHERE state = 'pending'")
        if (deleted, self._arrived()) != (self._mails, self._mails * self._rounds):
            raise load.LoadFailed(f"Of {self._mails} mails {deleted} were sent; {self._count} came in all rounds.")

    def _arrived(self) -> int:
        self._count += self._journal.read().count(b"\n")
        return self._count


class Nothing:
    """Celery with a task that does nothing."""

    def __init__(self, url: str, plan: Plan) -> None:
        queue.app.conf.update(broker_url=url)
        self._redis = Redis.from_url(url)
        self._tasks, self._round = plan.mails, 0

    def prepare(self) -> None:
        """Fill a queue that nobody consumes yet."""
        self._round += 1
        for number in range(self._tasks):
            queue.send.apply_async((number,), queue=self._name)

    def run(self, found: Measure) -> None:
        """Have it consumed, and wait until it is empty and all is acknowledged."""
        begin = time.perf_counter()
        queue.app.control.add_consumer(self._name)
        _wait(lambda: not self._redis.llen(self._name) and not self._redis.hlen("unacked"), "tasks")
        found.add(self._tasks / (time.perf_counter() - begin))

    def reset(self) -> None:
        """Stop looking into that queue."""
        queue.app.control.cancel_consumer(self._name)

    @property
    def _name(self) -> str:
        return f"mails-{self._round}"


def _wait(is_done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN_SECONDS
    while not is_done():
        if time.monotonic() > deadline:
            raise load.LoadFailed(f"Not all {what} were done within {WITHIN_SECONDS:.0f} s.")
        time.sleep(LOOK_SECONDS)


def run(place: stage.Stage, plan: Plan) -> Section:
    """Measure mails at the largest size."""
    section = Section("Confirmation mails", METHOD)
    size = place.sizes[-1]
    with ExitStack() as stack:
        with progress.step("start the mail server and the workers"):
            smtp = stack.enter_context(sink.start(place.folder))
            env = {**size.env, "EMAIL_URL": smtp.url}
            other = urlsplit(size.env["REDIS_URL"])._replace(path=f"/{NOTHING_DB}").geturl()
            stack.enter_context(place.celery("campaign", env))
            stack.enter_context(place.celery("tools.bench.ceiling.queue", {**env, "REDIS_URL": other}))
            site, nothing = Site(size, smtp, plan), Nothing(other, plan)
            _wait(lambda: _workers(site.broker) == _workers(queue.app) == stage.WORKERS, "workers")
        subjects = [
            Subject(Measure(f"site, {size.label} signed", "/s"), site.run, site.prepare, site.reset),
            Subject(Measure("Celery, nothing to do", "/s"), nothing.run, nothing.prepare, nothing.reset),
        ]
        with progress.step("warm up"):
            for subject in subjects:
                subject.prepare()
                subject.run(Measure("", ""))
                subject.reset()
        measure("mails", subjects, plan)
    section.measures = [subject.measure for subject in subjects]
    section.against[subjects[0].measure.name] = subjects[1].measure.name
    share = section.ratio(subjects[0].measure.name) or 0.0
    section.aims.append(Aim("mails, as a share of what Celery does with nothing to do", share, 0.5, at_least=True))
    return section


def _workers(app: Celery) -> int:
    return len(app.control.ping(timeout=0.5) or ())
