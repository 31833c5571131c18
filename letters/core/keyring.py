"""The secret keys of a site, read from one JSON file that is kept apart from SECRET_KEY and from the database.

Five purposes, never shared: ``field`` seals addresses, ``index`` makes the per-letter blind index, ``site`` makes the
site-wide blind index of the block list and the mail caps, ``token`` signs links, ``ledger`` signs the public ledger's
checkpoints (Ed25519). The newest key stands first.
"""

import base64
import json
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from letters.core.errors import KeyRingError

PURPOSES = ("field", "index", "site", "token", "ledger")
ADDED_LATER = ("ledger",)
"""Purposes that key files of older releases lack."""
KEY_BYTES = 32
MAX_KEY_ID = 254  # even, so that the number after it, 1, is of the other parity
RECHECK_SECONDS = 1.0


@dataclass(frozen=True)
class Key:
    id: int
    secret: bytes


@dataclass(frozen=True)
class KeyRing:
    """All keys of the site; each tuple is non-empty and newest first."""

    field: tuple[Key, ...]
    index: tuple[Key, ...]
    site: tuple[Key, ...]
    token: tuple[Key, ...]
    ledger: tuple[Key, ...]

    def find(self, purpose: str, key_id: int) -> Key:
        """Raises KeyRingError when the key was removed while something still needs it."""
        for key in self.of(purpose):
            if key.id == key_id:
                return key
        raise KeyRingError(f"The key file has no {purpose} key number {key_id}, which stored data needs.")

    def of(self, purpose: str) -> tuple[Key, ...]:
        keys: tuple[Key, ...] = getattr(self, purpose)
        return keys


def new_key(key_id: int) -> dict[str, object]:
    return {"id": key_id, "key": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}


def fresh_document() -> dict[str, object]:
    """A key file with one random key for each purpose."""
    return {"version": 1, **{purpose: [new_key(1)] for purpose in PURPOSES}}


def lacking(document: dict[str, object]) -> list[str]:
    """Purposes that this release needs and an older key file has not."""
    return [purpose for purpose in ADDED_LATER if purpose not in document]


def complete(path: Path) -> list[str]:
    """Add a key for each purpose that the file lacks; returns those purposes. What stands in it stays as it is."""
    document = read(path)
    missing = lacking(document)
    if missing:
        write(path, {**document, **{purpose: [new_key(1)] for purpose in missing}}, replace=True)
    return missing


def write(path: Path, document: dict[str, object], *, replace: bool = False) -> None:
    """Store the key file with mode 0600, whole or not at all.

    Raises:
        KeyRingError: the file exists and ``replace`` is not set, or the folder cannot be written.
    """
    parse(document)
    if path.exists() and not replace:
        raise KeyRingError(f"{path.name} exists already. Keys are never overwritten; use `keys rotate`.")
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(document, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise KeyRingError(f"The key file cannot be written: {error.strerror}.") from error


def parse(document: object) -> KeyRing:
    """Check a key file's content.

    Raises:
        KeyRingError: a purpose is missing, a key is short, malformed or used twice, or two index keys would write
            into one column.
    """
    if not isinstance(document, dict) or document.get("version") != 1:
        raise KeyRingError("The key file must be a JSON object with version 1, as `manage.py keys init` makes it.")
    if missing := lacking(document):
        raise KeyRingError(
            f"The key file is of an older release and has no {' and no '.join(missing)} key. Run `manage.py keys "
            "complete`: it adds what is missing and changes nothing else. Then back the file up again."
        )
    rings = {purpose: _keys(purpose, document.get(purpose)) for purpose in PURPOSES}
    used = [key.secret for keys in rings.values() for key in keys]
    if len(set(used)) != len(used):
        raise KeyRingError("The key file uses one key twice. Each purpose needs its own: run `manage.py keys init`.")
    if settings.SECRET_KEY.encode() in {part for secret in used for part in (secret, base64.b64encode(secret))}:
        raise KeyRingError("A key of the key file equals SECRET_KEY. Keep them apart.")
    if len({key.id % 2 for key in rings["index"]}) != len(rings["index"]):
        raise KeyRingError("The key file may hold at most two index keys, one with an odd and one with an even number.")
    return KeyRing(**rings)


def _keys(purpose: str, entries: object) -> tuple[Key, ...]:
    if not isinstance(entries, list) or not entries:
        raise KeyRingError(f"The key file has no list of keys for {purpose}.")
    keys = tuple(_key(purpose, entry) for entry in entries)
    for key in keys:
        if sum(other.id == key.id for other in keys) > 1:
            raise KeyRingError(f"In the key file {purpose} key number {key.id} stands twice.")
    return keys


def _key(purpose: str, entry: object) -> Key:
    try:
        if not isinstance(entry, dict):
            raise TypeError
        key = Key(int(entry["id"]), base64.b64decode(entry["key"], validate=True))
    except (KeyError, ValueError, TypeError) as error:
        raise KeyRingError(f"A {purpose} key is malformed: it needs an id and a base64 key.") from error
    if not 0 < key.id <= MAX_KEY_ID or len(key.secret) != KEY_BYTES or len(set(key.secret)) < KEY_BYTES // 4:
        raise KeyRingError(f"A {purpose} key is not {KEY_BYTES} random bytes with an id from 1 to {MAX_KEY_ID}.")
    return key


def read(path: Path) -> dict[str, object]:
    """The document as stored.

    Raises:
        KeyRingError: the file is missing, unreadable or not JSON.
    """
    try:
        document: dict[str, object] = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise KeyRingError("There is no key file. Set KEYS_FILE and run `manage.py keys init`.") from error
    except (OSError, ValueError) as error:
        raise KeyRingError(f"The key file cannot be read: {type(error).__name__}.") from error
    return document


class _Loader:
    """Reads the file again when it changed, so that a rotation reaches running processes within a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ring: KeyRing | None = None
        self._mark: tuple[object, ...] = ()
        self._checked = 0.0
        self._completed: Path | None = None

    def __call__(self) -> KeyRing:
        now = time.monotonic()
        if self._ring is not None and now - self._checked < RECHECK_SECONDS:
            return self._ring
        path = Path(settings.KEYS_FILE)
        with self._lock:
            if settings.MAKE_MISSING_KEYS and not path.exists():
                write(path, fresh_document())
            elif settings.MAKE_MISSING_KEYS and path != self._completed:
                complete(path)
                self._completed = path
            mark = _mark(path)
            if self._ring is None or mark != self._mark:
                self._ring, self._mark = parse(read(path)), mark
            self._checked = now
            return self._ring

    def forget(self) -> None:
        self._ring = self._completed = None


def _mark(path: Path) -> tuple[object, ...]:
    try:
        stat = path.stat()
    except OSError:
        return (str(path),)
    return (str(path), stat.st_mtime_ns, stat.st_ino)


_loader = _Loader()
ring: Callable[[], KeyRing] = _loader
forget = _loader.forget
