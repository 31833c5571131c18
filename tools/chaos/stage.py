"""Where drills take place: the whole site as a server runs it, on PostgreSQL, Redis, gunicorn, Celery and SMTP."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tools import progress, services, sink
from tools.chaos import facts
from tools.chaos.processes import DrillFailed, Program, wait_for
from tools.chaos.visitor import Site

ROOT = Path(__file__).resolve().parents[2]
HOST = "letters.example.org"
SLUG = "drill"
WEB_PROCESSES = 2
WORKER_THREADS = 2
# The first gunicorn runs as docs/operating.md says, the second with gunicorn's plain workers.
THREADED = ["--worker-class", "campaign.webworker.PromptThreadWorker", "--threads", "4"]
WORKER_CLASSES: tuple[list[str], list[str]] = (THREADED, [])
EMAIL_TIMEOUT_SECONDS = 2
READY_WITHIN_SECONDS = 60.0
SETTLED_WITHIN_SECONDS = 150.0
LETTER = f"""---
slug: {SLUG}
title: A letter for drills
addressees:
  - office: Whoever reads the figures
demands:
  - Lose nothing.
state: open
---
This letter is signed by machines while other machines are killed.
"""


class Stage:
    """A running site that a drill can look at and reconcile; what kind of site is the subclass's."""

    site: Site
    env: dict[str, str]
    database: facts.Database | facts.DatabaseFile
    mailbox: Path

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = folder / "journal.jsonl"
        self._known: set[str] = set()

    def tail(self) -> facts.Tail | facts.FolderTail:
        """The mails that arrive from now on."""
        raise NotImplementedError

    def hurry(self) -> None:
        """Make postponed mails due now, and end the leases of workers that no longer run, by SQL."""
        raise NotImplementedError

    def programs(self) -> list[Program]:
        """The site's own processes, all of which must run when a drill is over."""
        raise NotImplementedError

    def logs(self) -> dict[str, str]:
        return {program.name: program.printed() for program in self.programs()}

    def python(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Python in the site's environment.

        Raises:
            DrillFailed: it ended with an error and ``check`` is set; holds the end of what it printed.
        """
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, check=False, capture_output=True, text=True)
        if check and done.returncode:
            words = " ".join(arguments[:3])
            raise DrillFailed(f"{words} failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
        return done

    def settle(self, *, hurry: bool = False) -> float:
        """Wait until no mail is due or under way; returns the seconds that took.

        ``hurry`` moves postponed mails and leases of the dead forward in time instead of waiting them out.
        """

        def is_settled() -> bool:
            if hurry:
                self.hurry()
            return not self.database.number(facts.OPEN)

        return wait_for("the outbox to be settled", is_settled, within=SETTLED_WITHIN_SECONDS, every=0.2)

    def wait_until_counted(self) -> None:
        """The shown counts follow within ten seconds; a reconciliation before that would see them lag."""
        wait_for("the counts to follow", lambda: not self.database.number(facts.UNCOUNTED), within=30, every=0.2)

    def reconcile(self) -> tuple[dict[str, int], dict[str, list[str]]]:
        """(figures, differences that no earlier drill has shown) of ``manage.py reconcile --strict``."""
        files = ["--journal", str(self.journal), "--mailbox", str(self.mailbox)]
        done = self.python("manage.py", "reconcile", "--strict", "--json", *files, check=False)
        try:
            found = json.loads(done.stdout)
        except ValueError as error:
            raise DrillFailed(f"reconcile printed no figures:\n{done.stdout[-500:]}{done.stderr[-2000:]}") from error
        if bool(found["differences"]) != (done.returncode == 1):
            raise DrillFailed(f"reconcile --strict ended with {done.returncode}, which its figures do not say.")
        fresh = {code: [one for one in where if one not in self._known] for code, where in found["differences"].items()}
        self._known.update(one for where in fresh.values() for one in where)
        return found["figures"], {code: where for code, where in fresh.items() if where}


class Production(Stage):
    """As on a server; a fault is a call on one of its parts. The end of the ``with`` block stops everything."""

    def __init__(self, folder: Path, *, web_masters: int = 2) -> None:
        super().__init__(folder)
        self._masters = web_masters
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start_servers()
            self._prepare_site()
            self._start_site()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start_servers(self) -> None:
        with progress.step("start PostgreSQL (fsync on), Redis and a mail server") as step:
            self.postgres = self._stack.enter_context(services.start_postgres())
            self.redis = self._stack.enter_context(services.start_redis())
            self.sink = self._stack.enter_context(sink.start(self.folder))
            step.label = f"start {self.postgres.name} (fsync on), {self.redis.name} and a mail server"
        self.database = facts.Database(self.postgres.url)
        self.mailbox = self.sink.journal
        self.env = {**os.environ, **production(self.folder)} | {
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "EMAIL_URL": self.sink.url,
        }

    def _prepare_site(self) -> None:
        letter = self.folder / "letter.md"
        letter.write_text(LETTER, encoding="utf-8")
        with progress.step("migrate, load a letter"):
            self.python("-m", "tools.chaos.prepare", str(letter))

    def _start_site(self) -> None:
        ports = tuple(services.free_port() for _ in range(self._masters))
        self.site = Site(ports, f"https://{HOST}", SLUG, is_behind_proxy=True)
        gunicorn = ["-m", "gunicorn", "campaign.wsgi", "--workers", str(WEB_PROCESSES), "--no-control-socket"]
        self.web = [
            self._program(f"web-{port}", *gunicorn, "--bind", f"127.0.0.1:{port}", *WORKER_CLASSES[number % 2])
            for number, port in enumerate(ports)
        ]
        celery = ["-m", "celery", "-A", "campaign"]
        pool = [
            "worker",
            "--pool",
            "threads",
            "--concurrency",
            str(WORKER_THREADS),
            "--without-gossip",
            "--without-mingle",
        ]
        self.workers = [self._program(f"worker-{n}", *celery, *pool, "-n", f"worker-{n}@%h") for n in (1, 2)]
        clock = ["beat", "--pidfile", "", "--schedule", str(self.folder / "beat")]
        self.beat = self._program("beat", *celery, *clock)
        with progress.step(f"start {len(self.web)} × gunicorn, 2 × Celery worker, beat"):
            for program in self.programs():
                self._stack.callback(program.kill)
                program.start()
            wait_for("the site to answer", self.is_ready, within=READY_WITHIN_SECONDS)

    def _program(self, name: str, *arguments: str) -> Program:
        log = self.folder / f"{name}.log"
        return Program(name, [sys.executable, *arguments], self.env, ROOT, log)

    def is_ready(self) -> bool:
        return all(answers(port) for port in self.site.ports)

    def hurry(self) -> None:
        self.database.change(
            "UPDATE outbox_message SET next_at = now() WHERE state = 'due' AND next_at > now() + interval '5 s'"
        )
        living = [f"%:{worker.pid}:%" for worker in self.workers if worker.is_running()]
        self.database.change(
            "UPDATE outbox_message SET lease_until = now() - interval '1 s'"
            " WHERE state = 'sending' AND lease_until > now() AND NOT lease_by LIKE ANY(%s)",
            living,
        )

    def tail(self) -> facts.Tail:
        return facts.Tail(self.mailbox, from_end=True)

    def programs(self) -> list[Program]:
        return [*self.web, *self.workers, self.beat]


def production(folder: Path) -> dict[str, str]:
    """The environment of a production site behind one proxy, with limits out of the way of a drill."""
    return {
        "UNDERSIGNED_ENV": "production",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "KEYS_FILE": str(folder / "keys.json"),
        "SITE_URL": f"https://{HOST}",
        "ALLOWED_HOSTS": HOST,
        "DATA_DIR": str(folder),
        "STATIC_ROOT": str(folder / "static"),
        "TRUSTED_PROXY_COUNT": "1",
        "EMAIL_TIMEOUT": str(EMAIL_TIMEOUT_SECONDS),
        "MAIL_FROM": f"letters@{HOST}",
        "SIGN_LIMIT_LETTER": "1000000",
        "SPIKE_FLOOR": "1000000",
        "SIGN_LIMIT_NETWORK": "100000",
        "LEDGER_RECEIPTS": "off",  # drills count the mails that a form causes
    }


def answers(port: int) -> bool:
    """Whether a web process reaches its database."""
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"http://127.0.0.1:{port}/readyz", headers={"Host": HOST})
    try:
        with without_proxy.open(request, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
