"""What a log keeps outside the database: its lines and its signed head, in one folder of LEDGER_DIR for each log.

A restored backup of the database cannot take these back, so the next append sees that it is shorter than what was
already published. The lines are what ``recover`` fills it up from.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from letters.core.errors import RuleError
from letters.ledger import note
from letters.ledger.models import Log

LINES = "entries.jsonl"
HEAD = "head.json"
JOURNAL = "erasures"
PROBE = "probe"
PROBE_BYTES = 1 << 20
READ_BYTES = 1 << 20


class OutsideUnreadable(RuleError):
    """A file of LEDGER_DIR is damaged or cannot be read or written."""

    code = "outside"


class OutsideUnwritable(OutsideUnreadable):
    """LEDGER_DIR is full, read-only or not ours; nothing in it is lost."""

    code = "unwritable"


@dataclass(frozen=True)
class Kept:
    """The newest head that may have been published. ``lines_bytes`` of the lines' file belong to it."""

    subject: str
    origin: str
    lines_bytes: int
    signed: str

    @property
    def checkpoint(self) -> note.Checkpoint:
        return note.parse_checkpoint(note.parse(self.signed.encode()).text)


def folder_of(log: Log) -> Path:
    return Path(settings.LEDGER_DIR) / log.public_id


def read(log: Log) -> Kept | None:
    """The head that is kept outside; None when there never was one. Raises OutsideUnreadable."""
    return read_from(folder_of(log))


def read_from(folder: Path) -> Kept | None:
    """The same from its folder. Raises OutsideUnreadable."""
    path = folder / HEAD
    try:
        kept = Kept(**json.loads(path.read_text()))
        note.parse_checkpoint(note.parse(kept.signed.encode()).text)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError, note.NoteWrong) as error:
        raise OutsideUnreadable(f"{path} cannot be used ({type(error).__name__}).") from error
    return kept


def write(log: Log, lines: Sequence[bytes], signed: str, *, before: Kept | None) -> Kept:
    """Keep the lines that came since ``before``, and then the new head; each reaches the disk before the next begins.

    Safe to repeat: what a broken run wrote beyond ``before`` is overwritten. Raises OutsideUnreadable; its kind
    OutsideUnwritable where nothing is lost.
    """
    folder = folder_of(log)
    start = before.lines_bytes if before else 0
    added = b"".join(line + b"\n" for line in lines)
    kept = Kept(log.subject, log.origin, start + len(added), signed)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_lines(folder / LINES, start, added)
        _replace(folder / HEAD, json.dumps(asdict(kept), ensure_ascii=False, indent=1).encode())
    except OSError as error:
        raise OutsideUnwritable(f"{folder} cannot be written: {error.strerror}.") from error
    return kept


def is_writable(log: Log) -> bool:
    """Whether a run's worth of lines could be kept now."""
    probe = folder_of(log) / PROBE
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        try:
            _replace(probe, bytes(PROBE_BYTES))
        finally:
            for path in (probe, probe.with_name(f"{PROBE}.new")):
                path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _write_lines(path: Path, start: int, added: bytes) -> None:
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
        if file.seek(0, os.SEEK_END) < start:
            raise OutsideUnreadable(f"{path} is shorter than the head beside it says.")
        file.seek(start)
        file.truncate()
        file.write(added)
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lines(folder: Path, kept: Kept, *, start: int = 0) -> Iterator[bytes]:
    """The kept lines from number ``start`` on. Raises OutsideUnreadable when the file is too short."""
    left = kept.lines_bytes
    try:
        with (folder / LINES).open("rb") as file:
            for number, line in enumerate(file):
                left -= len(line)
                if left < 0:
                    return
                if number >= start:
                    yield line.removesuffix(b"\n")
    except OSError as error:
        raise OutsideUnreadable(f"{folder / LINES} cannot be read: {error.strerror}.") from error
    if left > 0:
        raise OutsideUnreadable(f"{folder / LINES} is shorter than the head beside it says.")


def folders() -> list[Path]:
    """The folders of all logs that were ever kept here."""
    root = Path(settings.LEDGER_DIR)
    return sorted(path.parent for path in root.glob(f"*/{HEAD}")) if root.is_dir() else []


def journal(marks: Iterable[str]) -> None:
    """Remember marks for good, each once. Raises OutsideUnreadable, and its kind OutsideUnwritable."""
    path = Path(settings.LEDGER_DIR) / JOURNAL
    new = "".join(f"{mark}\n" for mark in sorted(set(marks) - journalled()))
    if not new:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OutsideUnwritable(f"{path} cannot be written: {error.strerror}.") from error


def journalled() -> set[str]:
    """All marks. Raises OutsideUnreadable."""
    path = Path(settings.LEDGER_DIR) / JOURNAL
    try:
        return set(path.read_text().split()) if path.exists() else set()
    except OSError as error:
        raise OutsideUnreadable(f"{path} cannot be read: {error.strerror}.") from error
