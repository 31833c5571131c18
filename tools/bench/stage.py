"""The servers of a run: PostgreSQL, Redis, and for each size of list the site and its ceiling, each under gunicorn."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

import psycopg

from tools import progress, services
from tools.bench import load

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "letters.example.org"
CORES = os.cpu_count() or 1
# Production's settings for PostgreSQL on a small machine; everything else, fsync above all, is the default.
POSTGRES = {"shared_buffers": "1GB", "max_wal_size": "4GB", "max_connections": "200"}
WEB = ["--workers", str(CORES), "--worker-class", "campaign.webworker.PromptThreadWorker", "--threads", "8"]
WEB += ["--no-control-socket", "--keep-alive", "30", "--log-level", "warning"]
WORKERS = 2
WORKER = ["worker", "--pool", "threads", "--concurrency", "2", "--loglevel", "warning"]
WORKER += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
START_WITHIN_SECONDS = 60.0
STOP_WITHIN_SECONDS = 20.0
SIGN_LIMIT = "1000000000"  # per letter; production's is 6,000 a minute


@dataclass
class Size:
    """A database with that many confirmed signatures, and what serves it."""

    amount: int
    database: str
    env: dict[str, str]
    site: int = 0  # port
    ceiling: int = 0
    paths: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        for unit, name in ((1_000_000, " M"), (1000, " k")):
            if self.amount >= unit and self.amount % unit == 0:
                return f"{self.amount // unit}{name}"
        return str(self.amount)


class Stage:
    """Everything that runs; the end of the ``with`` block stops it all."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.folder = Path(mkdtemp(prefix="undersigned-bench-"))
        self.sizes: list[Size] = []
        self.web: dict[int, int] = {}  # process ids by port

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            with progress.step("start PostgreSQL and Redis"):
                self.postgres = stack.enter_context(services.start_postgres(settings=POSTGRES))
                self.redis = stack.enter_context(services.start_redis())
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def environment(self, database: str) -> dict[str, str]:
        """What the site runs with: production's settings, with the limit for one letter out of the way."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "UNDERSIGNED_"))}
        return kept | {
            "UNDERSIGNED_ENV": "production",
            "SECRET_KEY": self._secret,
            "KEYS_FILE": str(self.folder / "keys.json"),
            "DATA_DIR": str(self.folder),
            "ALLOWED_HOSTS": HOST,
            "SITE_URL": f"https://{HOST}",
            "DATABASE_URL": self.postgres.url.rpartition("/")[0] + f"/{database}",
            "REDIS_URL": self.redis.url,
            "EMAIL_URL": "smtp://127.0.0.1:9",
            "MAIL_FROM": f"letters@{HOST}",
            "TRUSTED_PROXY_COUNT": "1",
            "SIGN_LIMIT_LETTER": SIGN_LIMIT,
            "SPIKE_FLOOR": SIGN_LIMIT,
            "LOG_LEVEL": "WARNING",
        }

    _secret = secrets.token_urlsafe(50)

    def prepare(self, amounts: Sequence[int], vocabulary: int) -> None:
        """Make the databases, fill them, and start the site and the ceiling over each."""
        env = self.environment("postgres")
        manage = [sys.executable, "manage.py"]
        progress.run("make keys", [*manage, "keys", "init"], env=env, cwd=ROOT)
        progress.run("collect static files", [*manage, "collectstatic", "--noinput"], env=env, cwd=ROOT)
        progress.run("make tables", [*manage, "migrate"], env=env, cwd=ROOT)
        letter = str(ROOT / "letters" / "sample" / "letter.md")
        progress.run("load the letter", [*manage, "load_letter", letter], env=env, cwd=ROOT)
        tables = [sys.executable, "-m", "django", "migrate", "--run-syncdb"]
        progress.run("make the ceiling's tables", tables, env=ceiling_environment(env), cwd=ROOT)
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            # The figures are of a real letter, not of one that says on each line that it is a sample.
            connection.execute("UPDATE documents_letter SET is_sample = false")
        for amount in amounts:
            self.sizes.append(self._filled(amount, vocabulary))
        with progress.step("start the site and the ceiling over each database"):
            self._serve()

    def _filled(self, amount: int, vocabulary: int) -> Size:
        size = Size(amount, f"bench_{amount}", self.environment(f"bench_{amount}"))
        with progress.step(f"fill a database with {size.label} signatures"):
            with psycopg.connect(self.postgres.url, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {size.database} TEMPLATE postgres".encode())
            size.paths = inside(size.env, f"fill({amount}, {min(vocabulary, amount)})")
            with psycopg.connect(size.env["DATABASE_URL"], autocommit=True) as connection:
                for statement in CEILING_ROWS:
                    connection.execute(statement.encode(), {"amount": amount})
                connection.execute("VACUUM ANALYZE")
        return size

    def _serve(self) -> None:
        for size in self.sizes:
            size.site = self._gunicorn("campaign.wsgi", size.env)
            size.ceiling = self._gunicorn("tools.bench.ceiling.wsgi", ceiling_environment(size.env))
        for size in self.sizes:
            wait_for(size.site)
            wait_for(size.ceiling)

    def pids(self, port: int) -> list[int]:
        """A web server and the servers that work for it."""
        return [self.web[port], *(pid for pid in (self.postgres.pid, self.redis.pid) if pid)]

    def _gunicorn(self, module: str, env: Mapping[str, str]) -> int:
        """Start a web server; returns its port."""
        port = services.free_port()
        command = [sys.executable, "-m", "gunicorn", f"{module}:application", "--bind", f"127.0.0.1:{port}", *WEB]
        self.web[port] = self._stack.enter_context(running(command, env, self.folder / f"web-{port}.log")).pid
        return port

    @contextmanager
    def celery(self, module: str, env: Mapping[str, str]) -> Iterator[None]:
        """Worker processes for the block."""
        with ExitStack() as stack:
            for number in range(1, WORKERS + 1):
                name = f"{module.rpartition('.')[2]}-{number}"
                command = [sys.executable, "-m", "celery", "-A", module, *WORKER, "-n", f"{name}@localhost"]
                stack.enter_context(running(command, env, self.folder / f"{name}.log"))
            yield


CEILING_ROWS = (
    "INSERT INTO ceiling_letter (id, title, body) VALUES (1, 'Ceiling', '')",
    """INSERT INTO ceiling_signature (public_id, letter_id, state, role, display_name, sort_name, position, affiliation,
        affiliation_status, country, comment, email, email_index, consent_domain, consent_comment, consent_quote,
        consent_press, consent_updates, consent_text_sha256, signed_at, confirmed_at, changed_at)
    SELECT gen_random_uuid(), 1, 'confirmed', 'signatory', 'Anna van der Berg ' || i, 'Berg, Anna van der ' || i,
        'Professor of Cryptography', 'University of Exampleton', 'current', 'NL', 'Defence needs its tools.',
        'anna.' || i || '@example.org', sha256(int8send(i)), false, true, false, false, false, repeat('0', 64),
        now() - i * interval '1 second', now() - i * interval '1 second', now() - i * interval '1 second'
    FROM generate_series(1, %(amount)s) i""",
    """INSERT INTO ceiling_message (kind, subject_id, recipient_index, state, attempts, created_at, next_at, sent_at)
    SELECT 'confirm', public_id, sha256(email_index), 'sent', 0, signed_at, signed_at, signed_at
    FROM ceiling_signature""",
)


def ceiling_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The same servers, other settings."""
    return {**env, "DJANGO_SETTINGS_MODULE": "tools.bench.ceiling.settings"}


def inside(env: Mapping[str, str], call: str) -> Any:
    """Call a function of ``tools.bench.inside`` in the site's settings; returns what it told."""
    line = [
        sys.executable,
        "manage.py",
        "shell",
        "--no-imports",
        "-c",
        f"from tools.bench import inside; inside.{call}",
    ]
    done = subprocess.run(line, env=dict(env), cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise progress.StepFailed(f"inside.{call} failed:\n{done.stderr}")
    return json.loads(done.stdout)


@contextmanager
def running(command: Sequence[str], env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process for the block; its output goes to ``log``."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=dict(env), cwd=ROOT, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int) -> None:
    """Return once the port answers.

    Raises:
        LoadFailed: it did not within a minute.
    """
    deadline = time.monotonic() + START_WITHIN_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise load.LoadFailed("A web server did not start within a minute.")
