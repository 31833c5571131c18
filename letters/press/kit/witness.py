#!/usr/bin/env python3
"""Be a witness of a site's public log: keep its checkpoints, demand that each grew out of the last one, and cosign it.

    python3 witness.py --make-key newsroom.example/w                      once; prints the line for the site's operator
    python3 witness.py https://letters.example/ledger > cosigned          daily; send the file to the site's operator

Needs Python 3.8 or later and nothing else. It writes witness.key (keep it to yourself) and the folder "kept" beside it,
and asks the one site that it is told. Run one at a time: it holds the file kept/lock meanwhile.

What a cosignature says: this log never showed this witness two different pasts. It does not say that anything in the
log is true. Exit status: 0 cosigned; 1 refused: nothing is signed, and what proves it is kept; 2 the site or a file
cannot be read: nothing is signed, try again later.

It knows no code of the site. Sources: RFC 8032 5.1 (Ed25519), RFC 6962 2.1 (hash tree), C2SP signed-note,
tlog-checkpoint, tlog-tiles, tlog-cosignature v1, and of tlog-witness the rules, by fetching instead of being called.
The arithmetic of a key takes a time that depends on the key: run it where nobody measures that, not inside a service.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import os
import re
import sys
import time
import urllib.error
import urllib.request
from typing import Callable, Iterator, NamedTuple, Tuple
from urllib.parse import urlsplit

WITHIN = 30.0  # seconds for one answer
MOST_BYTES = 1 << 20  # of one answer
NEWEST, PINNED, LOCK = "newest", "log.vkey", "lock"  # in the folder of what is kept
TILE = 256  # hashes side by side in a whole tile
ED25519, COSIGNATURE = 1, 4
PRIVATE = "PRIVATE+KEY+"


class Unreadable(Exception):
    """The site or a file of ours cannot be read; says what to do."""


class Refused(Exception):
    """What the site shows contradicts what was kept."""


# --- Ed25519, RFC 8032 5.1 ---

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = Tuple[int, int, int, int]


def _point(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if len(data) != 32 or y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(factor: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = _add(result, point)
        point = _add(point, point)
        factor >>= 1
    return result


def _bytes(point: Point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _base() -> Point:
    found = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    if found is None:
        raise AssertionError("this Python computes wrongly")
    return found


BASE = _base()


def _hashed(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this Ed25519 signature (64 bytes) of a public key (32 bytes) fits the message."""
    key, r, s = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or r is None or s >= ORDER:
        return False
    k = _hashed(signature[:32], public, message) % ORDER
    left, right = _times(s, BASE), _add(r, _times(k, key))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


def _scalar(seed: bytes) -> int:
    number = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    return number & ((1 << 254) - 8) | 1 << 254


def public_of(seed: bytes) -> bytes:
    return _bytes(_times(_scalar(seed), BASE))


def signed(seed: bytes, message: bytes) -> bytes:
    """The signature of the key whose seed (32 bytes) this is."""
    public = public_of(seed)
    r = _hashed(hashlib.sha512(seed).digest()[32:], message) % ORDER
    start = _bytes(_times(r, BASE))
    s = (r + _hashed(start, public, message) * _scalar(seed)) % ORDER
    return start + s.to_bytes(32, "little")


# --- keys, notes and checkpoints, C2SP signed-note and tlog-checkpoint ---


class Key(NamedTuple):
    name: str
    kind: int
    data: bytes  # the public key; of this witness the seed

    @property
    def public(self) -> bytes:
        return public_of(self.data) if self.kind == COSIGNATURE else self.data

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def line(self, data: bytes) -> str:
        """``name+id+key``, as keys are exchanged and kept."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + data).decode()}"


class Checkpoint(NamedTuple):
    text: str  # what is signed
    origin: str
    size: int
    root: bytes
    signatures: list[tuple[str, bytes]]  # (name, key id and signature)


def _base64(text: str) -> bytes:
    """The bytes; empty when it is not base64 in its one spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if base64.b64encode(data).decode() == text else b""


def key_of(line: str, kind: int, where: str) -> Key:
    """Raises Unreadable when this is no key of that kind, or not the one that its id says."""
    private = PRIVATE if kind == COSIGNATURE else ""
    parts = line.strip()[len(private) :].split("+", 2)
    data = _base64(parts[2]) if len(parts) == 3 and line.startswith(private) else b""
    if len(data) != 33 or data[0] != kind:
        raise Unreadable(f"{where} holds no key of the form {private}name+id+key.")
    key = Key(parts[0], kind, data[1:])
    if parts[1] != key.id.hex():
        raise Unreadable(f"{where}: the key and its id {parts[1]} do not belong together.")
    return key


def checkpoint_of(data: bytes, where: str) -> Checkpoint:
    """Raises Unreadable when the bytes are no signed checkpoint."""
    try:
        text, blank, tail = data.decode().rpartition("\n\n")
    except UnicodeDecodeError:
        text = blank = tail = ""
    lines, found = text.split("\n"), re.findall("^\u2014 (\\S+) (\\S+)$", tail, re.MULTILINE)
    root = _base64(lines[2]) if len(lines) > 2 else b""
    if not (blank and found and data.endswith(b"\n")) or len(root) != 32 or not re.fullmatch("[!-~]+", lines[0]):
        raise Unreadable(f"{where} is no signed checkpoint.")
    if not re.fullmatch("0|[1-9][0-9]{0,17}", lines[1], re.ASCII):
        raise Unreadable(f"{where} is no signed checkpoint.")
    signatures = [(name, _base64(rest)) for name, rest in found[:64]]
    return Checkpoint(text + "\n", lines[0], int(lines[1]), root, signatures)


def check_signed(key: Key, found: Checkpoint, where: str) -> None:
    """Raises Unreadable unless the key of the log signed it under the log's name."""
    if found.origin != key.name:
        raise Unreadable(
            f"{where} is of the log {found.origin}, and {key.name} was followed. Ask the site's operator why: a "
            "log that was given up is named in the first entry of the next. Follow the new one with another --store."
        )
    for name, data in found.signatures:
        if (name, data[:4]) == (key.name, key.id) and is_signed(key.public, found.text.encode(), data[4:]):
            return
    raise Unreadable(f"{where} is not signed by the key {key.id.hex()} that was followed. Ask the site's operator why.")


def cosignature(key: Key, text: str, seconds: int) -> str:
    """C2SP tlog-cosignature v1: one line below a checkpoint. Checked before anybody sees it."""
    message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    signature = signed(key.data, message)
    if not is_signed(key.public, message, signature):
        raise AssertionError("this Python computes wrongly")
    return f"\u2014 {key.name} {base64.b64encode(key.id + seconds.to_bytes(8, 'big') + signature).decode()}\n"


# --- the tree, RFC 6962 2.1, read from tiles, C2SP tlog-tiles ---

Get = Callable[[str], bytes]
"""Gives what stands at an address below that of the log. Raises Unreadable."""


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def whole_parts(start: int, end: int) -> Iterator[tuple[int, int]]:
    """(level, number) of the largest whole subtrees that cover leaves ``start`` to ``end``, from left to right."""
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield level, start >> level
        start += 1 << level


class Tree:
    """The whole subtrees of a growing tree, from left to right, and its root."""

    def __init__(self, size: int, get: Get) -> None:
        self._shown, self._get = size, get
        self._tiles: dict[str, bytes] = {}
        self._parts: list[tuple[int, bytes]] = []  # (level, hash)

    def grow(self, start: int, end: int) -> bytes:
        """Take in leaves ``start`` to ``end``; returns the root of the first ``end``."""
        for level, number in whole_parts(start, end):
            part = self._subtree(level, number)
            while self._parts and self._parts[-1][0] == level:
                part, level = _node(self._parts.pop()[1], part), level + 1
            self._parts.append((level, part))
        if not self._parts:
            return hashlib.sha256(b"").digest()
        root = self._parts[-1][1]
        for _level, left in reversed(self._parts[:-1]):
            root = _node(left, root)
        return root

    def _subtree(self, level: int, number: int) -> bytes:
        height, within = divmod(level, 8)
        first = number << within
        tile = self._tile(height, first // TILE)
        nodes = [tile[at * 32 : at * 32 + 32] for at in range(first % TILE, first % TILE + (1 << within))]
        while len(nodes) > 1:
            nodes = [_node(nodes[at], nodes[at + 1]) for at in range(0, len(nodes), 2)]
        return nodes[0]

    def _tile(self, height: int, number: int) -> bytes:
        width = min(TILE, (self._shown >> 8 * height) - number * TILE)
        path, rest = f"{number % 1000:03d}", number // 1000
        while rest:
            path, rest = f"x{rest % 1000:03d}/{path}", rest // 1000
        address = f"tile/{height}/{path}" + ("" if width == TILE else f".p/{width}")
        if address not in self._tiles:
            found = self._get(address)
            if len(found) != width * 32:
                raise Unreadable(f"{address} has {len(found)} bytes instead of {width * 32}. Try again later.")
            self._tiles[address] = found
        return self._tiles[address]


def demand_growth(before: Checkpoint | None, found: Checkpoint, get: Get) -> None:
    """Raises Refused unless the tree that was kept is the beginning of the one that is shown now."""
    if before and found.size < before.size:
        raise Refused(f"it had {before.size} entries and has {found.size} now")
    tree = Tree(found.size, get)
    if before and tree.grow(0, before.size) != before.root:
        raise Refused(f"its first {before.size} entries are not those that it had")
    if tree.grow(before.size if before else 0, found.size) != found.root:
        raise Refused(f"its entries do not lead to the root that it signed for {found.size} entries")


# --- what is fetched and kept ---


def getter(base: str) -> Get:
    """Fetches below this address; over https alone, but from this machine itself."""
    parts = urlsplit(base)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")):
        raise Unreadable(f"{base}: give the address of the log, such as https://letters.example/ledger")

    def get(name: str) -> bytes:
        try:
            with urllib.request.urlopen(f"{base}/{name}", timeout=WITHIN) as answer:  # noqa: S310 - looked at above
                found: bytes = answer.read(MOST_BYTES + 1)
        except (urllib.error.URLError, OSError, ValueError) as error:
            raise Unreadable(f"{base}/{name} cannot be read: {error}. Try again later.") from None
        if len(found) > MOST_BYTES:
            raise Unreadable(f"{base}/{name} is larger than {MOST_BYTES} bytes.")
        return found

    return get


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read(MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}") from None


def _keep(path: str, content: str) -> None:
    with open(path + ".new", "w", encoding="utf-8", newline="\n") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)


def look(get: Get, store: str, key: Key, pin: str | None, seconds: int) -> tuple[str, str]:
    """Compare what the log shows with what was kept in ``store``, cosign it and keep it.

    Returns the cosigned checkpoint, and a sentence. The first look pins the log's key: ``pin``, or what the site shows.
    """
    pinned, newest = os.path.join(store, PINNED), os.path.join(store, NEWEST)
    known = _read(pinned)
    first = known is None
    line = pin or get("key").decode("utf-8", "replace").split("\n")[0] if known is None else known.decode()
    log = key_of(line, ED25519, pinned if not first else "the key page of the site")
    if pin and key_of(pin, ED25519, "--log-key") != log:
        raise Unreadable(f"{pinned} names another key than the one given. Remove it if you mean to trust the new one.")
    data = get("checkpoint")
    found = checkpoint_of(data, "the checkpoint of the site")
    check_signed(log, found, "the checkpoint of the site")
    kept = _read(newest)
    before = checkpoint_of(kept, newest) if kept is not None else None
    if before:
        check_signed(log, before, newest)
    try:
        demand_growth(before, found, get)
    except Refused as error:
        evidence = os.path.join(store, f"conflict-{found.size}-{found.root.hex()[:8]}")
        _keep(evidence, data.decode())
        raise Refused(
            f"{found.origin}: {error}. Nothing is signed. {newest} and {evidence} together prove it: show them to "
            "others."
        ) from None
    _keep(pinned, log.line(log.data) + "\n")
    cosigned = data.decode() + cosignature(key, found.text, seconds)
    _keep(newest, cosigned)
    said = f"{found.origin}: {before.size if before else 0:,} entries before, {found.size:,} now"
    if first and not pin:
        said += f"\nFollowed from now on by the key that it showed, compare it with a print: {log.line(log.data)}"
    return cosigned, said


def make_key(path: str, name: str) -> str:
    """Write a new key to a file that is not there yet, readable by its owner alone; returns its public line."""
    if not re.fullmatch("[^\\s+]+", name):
        raise Unreadable("The name of a key has neither spaces nor a plus; a good one is your domain and a word.")
    key = Key(name, COSIGNATURE, os.urandom(32))
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Unreadable(f"{path} exists already. Keys are never overwritten.") from None
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(PRIVATE + key.line(key.data) + "\n")
    return key.line(key.public)


def options_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Be a witness of a site's public log.")
    parser.add_argument("url", nargs="?", help="the site's log, such as https://letters.example/ledger")
    parser.add_argument("--make-key", metavar="NAME", help="make a key of this name first, such as newsroom.example/w")
    parser.add_argument("--key", default="witness.key", help="file of the key (default: witness.key)")
    parser.add_argument("--store", default="kept", help="folder of what was seen, one for each site (default: kept)")
    parser.add_argument("--log-key", help="the log's key from elsewhere: name+id+key")
    return parser.parse_args(arguments)


def run(options: argparse.Namespace) -> dict[str, str]:
    """What is printed where. Raises Unreadable, Refused."""
    said: dict[str, str] = {"stdout": "", "stderr": ""}
    if options.make_key:
        line = make_key(options.key, options.make_key)
        said["stderr"] = f"{options.key} made. Give the site's operator this line for WITNESSES: {line}\n"
    if not options.url:
        return said
    text = _read(options.key)
    if text is None:
        raise Unreadable(f"{options.key} does not exist. Make it with --make-key NAME.")
    key = key_of(text.decode("utf-8", "replace"), COSIGNATURE, options.key)
    base = options.url.rstrip("/")
    get = getter(base if base.endswith("/ledger") else base + "/ledger")
    os.makedirs(options.store, exist_ok=True)
    lock = os.path.join(options.store, LOCK)
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        raise Unreadable(f"{lock} exists: another one is running. Remove it if none is.") from None
    try:
        cosigned, sentence = look(get, options.store, key, options.log_key, int(time.time()))
    finally:
        os.unlink(lock)
    return {"stdout": cosigned, "stderr": f"{said['stderr']}{sentence}\n"}


def main(arguments: list[str]) -> int:
    """Prints the cosigned checkpoint, and on the other stream what was seen. Returns the exit status."""
    try:
        said = run(options_of(arguments))
    except (Refused, Unreadable, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1 if isinstance(error, Refused) else 2
    sys.stderr.write(said["stderr"])
    sys.stdout.buffer.write(said["stdout"].encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
