"""What a drill looks at: the outbox in the database, the sink's mailbox, the signers' journal. Facts, not sleeps."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

import psycopg

TAKEN = 250
LINK = re.compile(rb"/confirm/([A-Za-z0-9_-]{40,})")
OPEN = "SELECT count(*) FROM outbox_message WHERE state IN ('due', 'sending')"
UNCOUNTED = (
    "SELECT count(*) FROM signatures_signature s LEFT JOIN signatures_tally t ON t.version_id = s.version_id"
    " WHERE s.state <> 'pending' AND (t.as_of IS NULL OR s.changed_at > t.as_of)"
)
CONNECT_SECONDS = 5


class Database:
    """Looks into PostgreSQL beside the site; one connection a question, so that a crash of the server harms none."""

    def __init__(self, url: str) -> None:
        self._url = url

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def change(self, query: str, *values: Any) -> int:
        """Run one statement; returns how many rows it touched."""
        with psycopg.connect(self._url, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
            return connection.execute(query.encode(), values).rowcount

    def number(self, query: str, *values: Any) -> int:
        return int(self.rows(query, *values)[0][0])


class DatabaseFile:
    """The same for the embedded site's SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._path, timeout=CONNECT_SECONDS)) as connection:
            return connection.execute(query, values).fetchall()

    def change(self, query: str, *values: Any) -> int:
        with closing(sqlite3.connect(self._path, timeout=CONNECT_SECONDS, isolation_level=None)) as connection:
            return connection.execute(query, values).rowcount

    def number(self, query: str, *values: Any) -> int:
        return int(self.rows(query, *values)[0][0])


@dataclass(frozen=True)
class Mail:
    """One delivery attempt as the sink saw it; ``answer`` 250 is a mail that arrived."""

    at: float
    message_id: str
    to: str
    answer: int
    link: str


class Tail:
    """Reads a journal of JSON lines onwards; a line that is being written is left for the next look."""

    def __init__(self, path: Path, *, from_end: bool = False) -> None:
        self._path = path
        self._offset = path.stat().st_size if from_end and path.exists() else 0

    def lines(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            whole, newline, _ = file.read().rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        return [json.loads(line) for line in whole.splitlines() if line]

    def mails(self) -> list[Mail]:
        return [
            Mail(line["at"], line["message_id"], line["to"][0] if line["to"] else "", line["answer"], line["link"])
            for line in self.lines()
        ]


class FolderTail:
    """Reads the caught mailbox of an embedded site onwards: files that were not there at the last look."""

    def __init__(self, folder: Path, *, from_end: bool = False) -> None:
        self._folder = folder
        self._seen = set(folder.glob("*.eml")) if from_end else set()

    def mails(self) -> list[Mail]:
        fresh = sorted(set(self._folder.glob("*.eml")) - self._seen)
        self._seen.update(fresh)
        return [_caught(path) for path in fresh]


def _caught(path: Path) -> Mail:
    content = path.read_bytes()
    head, link = BytesHeaderParser().parsebytes(content), LINK.search(content)
    at = int(path.stem.partition("-")[0]) / 1e9
    return Mail(at, str(head["Message-ID"]), str(head["To"]), TAKEN, link[1].decode("ascii") if link else "")


def repeated(found: Sequence[Mail]) -> int:
    """How many mails arrived more than once, by Message-ID: copies beyond the first."""
    copies = Counter(mail.message_id for mail in found if mail.answer == TAKEN)
    return sum(count - 1 for count in copies.values())


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all do not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0
