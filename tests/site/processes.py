"""The site as processes of its own: what one process has loaded cannot be unloaded."""

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection

from tools import services

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_SECONDS = 30
LISTENS = "Listening at"


def environment(**changes):
    """The environment of a process on the test's database and key file; a value of None takes a variable away."""
    ours = {"DATABASE_URL": database_url(), "KEYS_FILE": settings.KEYS_FILE, "DATA_DIR": str(settings.DATA_DIR)}
    kept = {**os.environ, **ours, **changes}
    return {name: value for name, value in kept.items() if value is not None}


def database_url():
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    account = f"{quote(found['USER'])}:{quote(found['PASSWORD'])}"
    return f"postgres://{account}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


def command(*arguments, **changes):
    """Run ``manage.py`` to its end; output and errors as one text, and the exit code."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(**changes),
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout, done.returncode


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    cookies: list[str]
    content: bytes


class Web:
    """A running web server; ``log`` is what it printed so far."""

    def __init__(self, port):
        self.port = port
        self.lines = []
        self.listens = threading.Event()

    @property
    def log(self):
        return "".join(self.lines)

    def read(self, stream):
        for line in stream:
            self.lines.append(line)
            if LISTENS in line:
                self.listens.set()
        self.listens.set()  # or it ended before

    def get(self, path, **headers):
        return self.ask("GET", path, None, headers)

    def post(self, path, data, **headers):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(data), {**kind, **headers})

    def ask(self, method, path, body, headers):
        line = HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request(method, path, body, headers)
        answer = line.getresponse()
        found = Answer(
            answer.status, dict(answer.getheaders()), answer.headers.get_all("Set-Cookie") or [], answer.read()
        )
        line.close()
        return found


@contextmanager
def web(**changes):
    """gunicorn with one process of four threads, loaded before it listens."""
    site = Web(services.free_port())
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "campaign.wsgi", "--preload", "--threads", "4",
         "--bind", f"127.0.0.1:{site.port}"],
        cwd=ROOT, env=environment(**changes), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    reader = threading.Thread(target=site.read, args=[process.stdout], daemon=True)
    reader.start()
    try:
        site.listens.wait(READY_WITHIN_SECONDS)
        assert LISTENS in site.log, site.log
        yield site
    finally:
        process.terminate()
        process.wait(20)
        reader.join(5)
        process.stdout.close()
