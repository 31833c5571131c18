#!/usr/bin/env python3
"""Check an unpacked press kit: is this list the list, and is this the text that its people signed?

    python3 verify.py .            one line "OK ..." and exit status 0; else what is wrong, and 1; 2: cannot be read
    python3 verify.py --help       a key, a checkpoint or witnesses from elsewhere; another copy of the list

Needs Python 3.8 or later and nothing else; asks no network, writes nothing. It knows no code of the site that made
the kit: whoever doubts that site can read these pages, or write them anew from the sources below.

What holds after "OK": the checkpoint was signed with the pinned key; its root is the root of all entries; every row
of the list opens a standing entry of them, and every standing public entry has its row; letter.md is a text logged
before anybody signed it; no file of the kit differs from the signed list of hashes. Where checkpoint.tlog-proof is
there, the log of the whole site, which witnesses sign, holds the checkpoint. It does not say that the people are
real: the evidence sentences do that, and VERIFY.txt names the other limits.

Sources: RFC 8032 5.1 (Ed25519), RFC 6962 2.1 (hash tree), RFC 8785 (canonical JSON), RFC 2104 (HMAC), C2SP signed-note,
tlog-checkpoint, tlog-cosignature and tlog-proof. Rows are counted as spreadsheets count them: the line of headings is
row 1.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import codecs
import csv
import hashlib
import hmac
import io
import itertools
import json
import os
import re
import stat
import sys
import time
from typing import BinaryIO, Dict, Iterator, NamedTuple, Tuple

MEGABYTE = 1 << 20
MOST_BYTES = 64 << 30  # of a table or any other file of a kit
NUMBER = re.compile("[0-9]{1,9}")  # of a row
LATEST = 253_402_300_799  # seconds since 1970 that a date can say
MOST_SHOWN = 20  # problems that are printed one by one
LIST, OPENINGS, PROOF = "signatories.csv", "openings.csv", "checkpoint.tlog-proof"
UNCOMMITTED = ("list_position", "permalink")  # where a row stands in a file, and its address
REDACTED = "redacted"  # signatory_type of a row that was taken back after the kit was made
ANONYMISED = "anonymised"  # of a row by position and affiliation, without a name; the evidence in its entry as well


class Unreadable(Exception):
    """Something is missing or is not what its name says: nothing can be checked."""


class Report:
    """What was found: ``wrong`` makes the result red, ``note`` does not."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.notes: list[str] = []

    def wrong(self, sentence: str) -> None:
        self.problems.append(sentence)

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)


def shown(text: str, most: int = 80) -> str:
    """Text of a file as a terminal may show it: nothing invisible, nothing that moves the cursor, not endless."""
    cut = text if len(text) <= most else text[:most] + "..."
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)


# --- Ed25519, RFC 8032 5.1 ---

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = Tuple[int, int, int, int]


def _x_of(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def _point(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    y = number & ((1 << 255) - 1)
    x = _x_of(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


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


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this Ed25519 signature (64 bytes) of a public key (32 bytes) fits the message."""
    key, r = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(public) != 32 or len(signature) != 64 or key is None or r is None or BASE is None or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = _times(s, BASE), _add(r, _times(k, key))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


# --- keys and checkpoints, C2SP signed-note ---

ED25519, COSIGNATURE = 1, 4


class Key(NamedTuple):
    name: str
    kind: int
    public: bytes

    def id_as(self, name: str) -> bytes:
        return hashlib.sha256(name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]


def _base64(text: str) -> bytes:
    """The bytes; empty when it is not base64 in its one spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if base64.b64encode(data).decode() == text else b""


def key_of(line: str, where: str, kind: int = ED25519) -> Key:
    """A key as one line "name+id+key". Raises Unreadable when it is none, or not the one that its id says."""
    parts = line.strip().split("+", 2)
    data = _base64(parts[2]) if len(parts) == 3 else b""
    if len(data) != 33 or data[0] != kind:
        raise Unreadable(f"{where}: this is no key of the form name+id+key: {shown(line.strip())}")
    key = Key(parts[0], kind, data[1:])
    if parts[1] != key.id_as(key.name).hex():
        raise Unreadable(f"{where}: the key and its short form {shown(parts[1])} do not belong together")
    return key


class Note(NamedTuple):
    text: bytes  # what is signed
    signatures: list[tuple[str, bytes]]  # (name, key id and signature)


class Checkpoint(NamedTuple):
    """A note that says how long a log is and what the root of its tree is."""

    note: Note
    origin: str
    size: int
    root: bytes


def note_of(data: bytes, where: str) -> Note:
    """Raises Unreadable when the bytes are no signed note."""
    try:
        text, blank, tail = data.decode().rpartition("\n\n")
    except UnicodeDecodeError:
        text = blank = tail = ""
    found = re.findall("^\u2014 (\\S+) (\\S+)$", tail, re.MULTILINE)
    if not blank or not found:
        raise Unreadable(where + ": this is no signed note (a text, an empty line, signatures)")
    return Note((text + "\n").encode(), [(name, _base64(rest)) for name, rest in found[:100]])


def checkpoint_of(data: bytes, where: str) -> Checkpoint:
    """Raises Unreadable when the bytes are no signed checkpoint."""
    note = note_of(data, where)
    lines = note.text.decode().split("\n")
    root = _base64(lines[2]) if len(lines) > 3 else b""
    if not lines[0] or len(root) != 32 or not re.fullmatch("0|[1-9][0-9]{0,17}", lines[1], re.ASCII):
        raise Unreadable(where + ": this is no checkpoint (origin, size and root in a line each)")
    return Checkpoint(note, lines[0], int(lines[1]), root)


def is_note_by(key: Key, note: Note, origin: str) -> bool:
    """Whether this key signed the note, in its own name or in that of the log."""
    return any(
        name in (key.name, origin) and data[:4] == key.id_as(name) and is_signed(key.public, note.text, data[4:])
        for name, data in note.signatures
    )


def cosigned_at(witness: Key, note: Note) -> int | None:
    """C2SP tlog-cosignature: when the witness saw this checkpoint, in seconds since 1970. None: no line is of its key;
    0: one claims to be and does not fit."""
    lines = [data for name, data in note.signatures if name == witness.name and data[:4] == witness.id_as(name)]
    for data in lines:
        seconds = int.from_bytes(data[4:12], "big")
        message = b"cosignature/v1\ntime %d\n" % seconds + note.text
        if is_signed(witness.public, message, data[12:]):
            return seconds
    return 0 if lines else None


# --- the folder ---


class Kit:
    """The unpacked kit. Opens regular files alone, and none that is larger than what it should be."""

    def __init__(self, folder: str, listed: str | None = None, proof: str | None = None) -> None:
        self.folder = folder
        self.elsewhere = {name: path for name, path in ((LIST, listed), (PROOF, proof)) if path}
        if not os.path.isdir(folder):
            raise Unreadable(f"{shown(folder)}: there is no such folder; unpack the kit first")

    def open(self, name: str, most: int) -> BinaryIO:
        path = self.elsewhere.get(name) or os.path.join(self.folder, name)
        try:
            found = os.lstat(path)
            if not stat.S_ISREG(found.st_mode):
                raise Unreadable(f"{shown(name)}: this is no ordinary file")
            if found.st_size > most:
                raise Unreadable(f"{shown(name)}: {found.st_size:,} bytes are too many for this file")
            return open(path, "rb")
        except FileNotFoundError:
            raise Unreadable(f"{shown(name)}: the file is missing from this folder") from None
        except (OSError, ValueError) as error:
            raise Unreadable(f"{shown(name)}: cannot be read ({type(error).__name__})") from None

    def has(self, name: str) -> bool:
        return name in self.elsewhere or os.path.lexists(os.path.join(self.folder, name))

    def read(self, name: str, most: int = MEGABYTE) -> bytes:
        with self.open(name, most) as file:
            return file.read()

    def sha256(self, name: str) -> str:
        found = hashlib.sha256()
        with self.open(name, MOST_BYTES) as file:
            for chunk in iter(lambda: file.read(MEGABYTE), b""):
                found.update(chunk)
        return found.hexdigest()


def _outside(path: str) -> bytes:
    return Kit(os.path.dirname(path) or ".").read(os.path.basename(path))


# --- the log: entries and the root of their tree, RFC 6962 2.1 ---

SIGN = re.compile(rb'\{"b":"([a-z_]*)","c":"([0-9a-f]{64})","k":"sign","t":"([0-9]+(?:\.[0-9]+)?)","v":1\}')
RETRACT = re.compile(rb'\{"i":(0|[1-9][0-9]{0,15}),"k":"retract","r":"([a-z_]+)","v":1\}')
TEXT = re.compile(rb'\{"k":"text","sha256":"([0-9a-f]{64})","v":1,"ver":"([0-9]+(?:\.[0-9]+)?)"\}')
EXPORT = re.compile(
    rb'\{"f":"([^"\\]{1,200})","k":"export","n":([0-9]{1,15}),"sha256":"([0-9a-f]{64})","size":([0-9]{1,15}),"v":1\}'
)

AFTER = re.compile(rb'\{"k":"checkpoint","o":"[!-~]{1,200}","root":"[0-9a-f]{64}","size":([0-9]{1,15}),"v":1\}')


class Log:
    """All entries of one letter, read once. Numbers of entries begin at 0."""

    def __init__(self) -> None:
        self.size = 0
        self.signs: dict[int, tuple[bytes, str, str]] = {}  # entry: (commitment, evidence or "withheld", text)
        self.retracted: dict[int, tuple[int, str]] = {}  # entry: (the entry that takes it back, why)
        self.texts: dict[str, tuple[str, int]] = {}  # label: (SHA-256, entry)
        self.unknown: list[int] = []  # entries that are none of these
        self.roots: dict[int, bytes] = {}  # at the sizes that were asked for, and at the end
        self._edge: list[tuple[int, bytes]] = []  # whole subtrees from the left: (leaves, hash)

    def append(self, line: bytes, report: Report) -> None:
        """Take one entry into the tree and into the tables; an entry that means nothing is wrong."""
        width, node = 1, hashlib.sha256(b"\0" + line).digest()
        while self._edge and self._edge[-1][0] == width:
            node = hashlib.sha256(b"\1" + self._edge.pop()[1] + node).digest()
            width *= 2
        self._edge.append((width, node))
        sign = SIGN.fullmatch(line)
        if sign:
            self._sign(sign[1].decode(), bytes.fromhex(sign[2].decode()), sys.intern(sign[3].decode()), report)
        else:
            self._other(line, report)
        self.size += 1

    def _sign(self, basis: str, commitment: bytes, text: str, report: Report) -> None:
        if text not in self.texts:
            report.wrong(f"entry {self.size:,}: signs text v{text}, which was not logged before it")
        self.signs[self.size] = (commitment, sys.intern(basis), text)

    def _other(self, line: bytes, report: Report) -> None:
        retract, text, after = RETRACT.fullmatch(line), TEXT.fullmatch(line), AFTER.fullmatch(line)
        if retract:
            index = int(retract[1])
            if index not in self.signs:
                report.wrong(f"entry {self.size:,}: takes back entry {index:,}, which is no signature")
            self.retracted.setdefault(index, (self.size, retract[2].decode()))
        elif text:
            label = text[2].decode()
            if label in self.texts:
                report.wrong(f"entry {self.size:,}: logs text v{label} a second time")
            self.texts.setdefault(label, (text[1].decode(), self.size))
        elif EXPORT.fullmatch(line):
            pass  # a file of an earlier kit: those of this one are logged after its checkpoint
        elif after and not self.size:
            report.note(f"this log follows one that was given up at {int(after[1]):,} entries")
        else:
            self.unknown.append(self.size)

    def root(self) -> bytes:
        """The tree's root at its present size; the hash of nothing for an empty tree."""
        if not self._edge:
            return hashlib.sha256(b"").digest()
        node = self._edge[-1][1]
        for _, left in reversed(self._edge[:-1]):
            node = hashlib.sha256(b"\1" + left + node).digest()
        return node


def read_log(kit: Kit, sizes: set[int], report: Report) -> Log:
    """Every line of entries.jsonl; the root at each of ``sizes`` is kept on the way."""
    log = Log()
    with kit.open("entries.jsonl", MOST_BYTES) as file:
        for line in iter(lambda: file.readline(4096), b""):
            if log.size in sizes:
                log.roots[log.size] = log.root()
            log.append(line[:-1] if line.endswith(b"\n") else line, report)
    log.roots[log.size] = log.root()
    if log.unknown:
        text = "entries.jsonl, line {:,}: this is no entry of a log{}"
        more = f", and {len(log.unknown) - 1:,} more lines are not" if log.unknown[1:] else ""
        report.wrong(text.format(log.unknown[0] + 1, more))
    return log


def check_checkpoint(note: Checkpoint, key: Key, log: Log, report: Report) -> None:
    """The checkpoint is signed with the pinned key, and it is the checkpoint of exactly these entries."""
    if not is_note_by(key, note.note, note.origin):
        ids = ", ".join(f"{data[:4].hex()} ({shown(name)})" for name, data in note.note.signatures)
        ours = key.id_as(note.origin).hex()
        report.wrong(f"checkpoint: not signed with the key {ours}; its signatures are of {ids}")
    if log.size != note.size:
        text = "entries.jsonl: {:,} entries, but the checkpoint was made of {:,}: {:,} {}"
        lost = note.size - log.size
        report.wrong(text.format(log.size, note.size, abs(lost), "are cut off" if lost > 0 else "were added"))
    elif log.roots[log.size] != note.root:
        report.wrong("entries.jsonl: an entry was changed; the root of the tree is not that of the checkpoint")


def check_held(held: Checkpoint, note: Checkpoint, key: Key, log: Log, report: Report) -> None:
    """The log only grew since the checkpoint that the reader kept from before."""
    if held.origin != note.origin:
        raise Unreadable(f"--checkpoint: it is of another log ({shown(held.origin)})")
    if not is_note_by(key, held.note, held.origin):
        report.wrong("--checkpoint: the checkpoint that you hold is not signed with this key")
    elif held.size > log.size:
        text = "checkpoint: this log ends at {:,} entries, the one that you hold had {:,}: it was rolled back"
        report.wrong(text.format(log.size, held.size))
    elif log.roots.get(held.size) != held.root:
        text = (
            "entries.jsonl: the first {:,} entries are not those of the checkpoint that you hold: they were rewritten"
        )
        report.wrong(text.format(held.size))


def check_text(kit: Kit, log: Log, report: Report) -> str:
    """letter.md is one of the texts in the log. Returns its label such as "2.1", "" for a stranger."""
    digest = hashlib.sha256(kit.read("letter.md", 16 * MEGABYTE)).hexdigest()
    found = [label for label, (sha256, _) in log.texts.items() if sha256 == digest]
    if not found:
        report.wrong(f"letter.md: this is no text that anybody signed; its SHA-256 {digest} is not in the log")
    return found[-1] if found else ""


# --- tables that a spreadsheet may have saved anew ---


def encoding_of(file: BinaryIO) -> str:
    """UTF-8 or UTF-16 with or without mark, else the code page of Western Windows. Raises UnicodeDecodeError."""
    head = file.read(4)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head[1:2] == b"\0":
        return "utf-16-le"
    for name in ("utf-8", "cp1252"):
        file.seek(0)
        decoder = codecs.getincrementaldecoder(name)()
        try:
            for chunk in iter(lambda: file.read(MEGABYTE), b""):
                decoder.decode(chunk)
            decoder.decode(b"", True)
            return name
        except UnicodeDecodeError:
            if name == "cp1252":
                raise
    return ""


def _lines(file: io.TextIOWrapper) -> Iterator[str]:
    for line in iter(lambda: file.readline(MEGABYTE), ""):
        if len(line) >= MEGABYTE:
            raise csv.Error
        yield line


def table(kit: Kit, name: str, report: Report | None = None) -> Iterator[tuple[int, list[str]]]:
    """(number of the row, cells), the headings first, whatever separator, encoding and line ends a spreadsheet chose.

    Empty rows are left out, and so are empty cells at the end of a row. Raises Unreadable.
    """
    try:
        with _text(kit, name, report) as file:
            lines = _lines(file)
            first = next(lines, "")
            if first.lower().startswith("sep="):
                first = next(lines, "")
            separator = max(",;\t", key=first.count)
            reader = csv.reader(itertools.chain([first], lines), delimiter=separator)
            for number, cells in enumerate(reader, 1):
                while cells and not cells[-1]:
                    cells.pop()
                if cells:
                    yield number, cells
    except (csv.Error, UnicodeError):
        raise Unreadable(f"{shown(name)}: this is no table in CSV, or it is damaged") from None


def _text(kit: Kit, name: str, report: Report | None) -> io.TextIOWrapper:
    with kit.open(name, MOST_BYTES) as raw:
        encoding = encoding_of(raw)
    if report and encoding not in ("utf-8", "utf-8-sig"):
        report.note(f"{name} was saved as {encoding}, not as UTF-8")
    return io.TextIOWrapper(kit.open(name, MOST_BYTES), encoding, newline="")


class Opening(NamedTuple):
    row: int
    entry: int
    salt: bytes


def read_openings(kit: Kit, report: Report) -> dict[str, Opening]:
    """openings.csv by signature."""
    found: dict[str, Opening] = {}
    rows = table(kit, OPENINGS)
    heading = [cell.strip() for cell in next(rows, (0, []))[1]]
    if heading[:3] != ["signature_id", "ledger_index", "salt"]:
        raise Unreadable(OPENINGS + ": its headings are not signature_id, ledger_index, salt")
    for number, cells in rows:
        name, index, salt = (*cells, "", "")[:3]
        if not re.fullmatch("[0-9]{1,15}", index, re.ASCII) or not re.fullmatch("[0-9A-Fa-f]{64}", salt, re.ASCII):
            report.wrong(f"{OPENINGS}, row {number:,}: this is no opening; its number or its salt was changed")
        elif name in found:
            report.wrong(f"{OPENINGS}, row {number:,}: a second opening for the signature {shown(name)}")
        else:
            found[name] = Opening(number, int(index), bytes.fromhex(salt))
    return found


# --- rows: what a cell said before a spreadsheet saved it, and whether the row opens its entry ---

FORMULA_STARTS = "=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20"
TRUE = {"true", "wahr", "vrai", "verdadero", "vero", "waar", "prawda", "sant", "tosi", "verdadeiro", "pravda", "ja"}
FALSE = {"false", "falsch", "faux", "falso", "onwaar", "fa\u0142sz", "falskt", "ep\u00e4tosi", "nepravda", "fals"}
DATE = re.compile(r"(\d{1,4})(?:[./-]|\. )(\d{1,2})(?:[./-]|\. )(\d{1,4})\.?(?: 0?0:00(?::00)?)?", re.ASCII)
ORDERS = {"d/m/y": (2, 1, 0), "m/d/y": (2, 0, 1), "y/m/d": (0, 1, 2)}


def date_as(cell: str, order: str) -> str:
    """A date that a spreadsheet re-formatted, in ISO 8601 again; "" when it is no date in this order."""
    match = DATE.fullmatch(cell)
    if not match:
        return ""
    year, month, day = (match[place + 1] for place in ORDERS[order])
    if len(year) == 3 or len(year) == 1 or not 1 <= int(month) <= 12 or not 1 <= int(day) <= 31:
        return ""
    return "{}-{:02d}-{:02d}".format(year if len(year) == 4 else "20" + year, int(month), int(day))


def unguarded(cell: str) -> str:
    """The cell without the apostrophe that keeps spreadsheets from running it."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1:2] in FORMULA_STARTS else cell


def readings(cell: str, order: str) -> list[str]:
    """What may have stood in a cell before it was saved anew, the likeliest first."""
    found = [unguarded(cell)]
    folded = cell.casefold()
    if folded in TRUE or folded in FALSE:
        found.append("true" if folded in TRUE else "false")
    found.append(date_as(cell, order))
    found.append(cell)
    return [text for place, text in enumerate(found) if text and text not in found[:place]]


Row = Dict[str, str]


class Openings:
    """Opens rows of one letter: HMAC-SHA-256 under the salt of the row's canonical JSON is the commitment."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.orders = set(ORDERS)  # in which the dates of this file may be written

    def fits(self, row: Row, salt: bytes, commitment: bytes) -> bool:
        whole = {"letter": self.origin, **row}
        for name in UNCOMMITTED:
            whole.pop(name, None)
        text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hmac.digest(salt, text.encode("utf-8", "surrogatepass"), "sha256") == commitment

    def open(self, cells: Row, salt: bytes, commitment: bytes, label: str) -> Row | None:
        """The row as it was signed, read from cells that a spreadsheet may have re-formatted; None: it is another."""
        row = {name: unguarded(cell) for name, cell in cells.items()}
        if self.fits(row, salt, commitment):
            return row
        if _is_number(row.get("letter_version", ""), label):
            row["letter_version"] = label
        found: dict[str, Row] = {}
        for order in sorted(self.orders):
            opened = self._read(row, cells, order, salt, commitment)
            if opened:
                found[order] = opened
        if not found:
            return None
        self.orders &= set(found)
        return next(iter(found.values()))

    def _read(self, row: Row, cells: Row, order: str, salt: bytes, commitment: bytes) -> Row | None:
        options = {name: readings(cells[name], order) for name in row}
        options["letter_version"] = [row.get("letter_version", "")]
        for combination in itertools.islice(itertools.product(*options.values()), 256):
            candidate = dict(zip(options, combination))
            if self.fits(candidate, salt, commitment):
                return candidate
        return None


def _is_number(cell: str, label: str) -> bool:
    """Whether a cell is the label of a text as a spreadsheet writes numbers: "2,1" or "2.10" for "2.1"."""
    try:
        return float(cell.replace(",", ".")) == float(label)
    except ValueError:
        return False


# --- the list against the log ---


class Checked:
    """The rows of the list, each against its opening and its entry."""

    def __init__(self, kit: Kit, note: Checkpoint, log: Log, report: Report) -> None:
        self.kit, self.log, self.report = kit, log, report
        self.opener = Openings(note.origin)
        self.openings = read_openings(kit, report)
        self.rows = 0
        self.redacted = 0
        self.unnamed = 0  # rows without a name
        self.versions: dict[str, int] = {}  # first part of the text's label: rows
        self.used: dict[int, int] = {}  # entry: row
        self.seen: set[str] = set()
        self.places: list[str] = []
        self.strangers: list[tuple[int, Row]] = []  # rows that open nothing
        self._links: set[str] = set()
        self._json: dict[str, Row] | None = None

    def check(self) -> None:
        """Every row, then what is missing; rows that differ last, since naming the cell takes a second look."""
        names: list[str] = []
        for number, cells in table(self.kit, LIST, self.report):
            if names:
                self._row(number, names, cells)
            else:
                names = _headings(cells)
        if not names:
            raise Unreadable(LIST + ": the file is empty")
        for place, (number, row) in enumerate(self.strangers):
            named = self._difference(number, row) if place < MOST_SHOWN else ""
            self.report.wrong(named or f"{_place(number, row)}: changed after it was signed")
        self._complete()
        self._in_order()

    def _row(self, number: int, names: list[str], cells: list[str]) -> None:
        if len(cells) > len(names):
            self.report.wrong(f"{_place(number, {})}: more cells than there are headings")
            return
        row = {name: cell for name, cell in zip(names, cells) if cell}
        name = row.get("signature_id", "")
        opening = self.openings.get(name)
        self.rows += 1
        self.places.append(row.get("list_position", ""))
        if name in self.seen:
            self.report.wrong(f"{_place(number, row)}: the signature {shown(name)} stands in the list twice")
        elif row.get("signatory_type") == REDACTED:
            self._tombstone(number, row, opening)
        elif opening is None:
            text = "{}: this row was added; openings.csv has no opening for signature_id {}"
            self.report.wrong(text.format(_place(number, row), shown(name) or "(empty)"))
        else:
            self._against(number, row, opening)
        self.seen.add(name)

    def _against(self, number: int, row: Row, opening: Opening) -> None:
        entry, place = self.log.signs.get(opening.entry), _place(number, row)
        if entry is None:
            end = "the log ends before" if opening.entry >= self.log.size else "which is no signature"
            self.report.wrong(f"{place}: opens entry {opening.entry:,}; {end}")
        elif opening.entry in self.used:
            text = "{}: opens entry {:,}, as row {:,} does already"
            self.report.wrong(text.format(place, opening.entry, self.used[opening.entry]))
        elif opening.entry in self.log.retracted:
            by, why = self.log.retracted[opening.entry]
            text = "{}: entry {:,} was taken back by entry {:,} ({})"
            self.report.wrong(text.format(place, opening.entry, by, why))
        else:
            self._opened(number, row, opening, entry)
        self.used.setdefault(opening.entry, number)

    def _opened(self, number: int, row: Row, opening: Opening, entry: tuple[bytes, str, str]) -> None:
        commitment, basis, label = entry
        version = label.split(".")[0]
        self.versions[version] = self.versions.get(version, 0) + 1
        found = self.opener.open(row, opening.salt, commitment, label)
        if found is None:
            self.strangers.append((number, row))
            return
        unnamed = found.get("signatory_type") == ANONYMISED
        self.unnamed += unnamed
        evidence = ANONYMISED if unnamed else found.get("verification", "")
        if (evidence, found.get("letter_version", "")) != (basis, label):
            text = "{}: entry {:,} says evidence \u201c{}\u201d and text v{}, the row says otherwise"
            self.report.wrong(text.format(_place(number, row), opening.entry, basis, label))
        link = row.get("permalink", "")
        if unnamed and not link:
            return  # such a line has no page of its own
        if row["signature_id"] not in link:
            self.report.wrong(f"{_place(number, row)}, column permalink: leads to another signature")
        self._links.add(link.replace(row["signature_id"], ""))

    def _tombstone(self, number: int, row: Row, opening: Opening | None) -> None:
        """A line that was taken back after the kit was made: nothing of it may be left, and nothing can be opened."""
        self.redacted += 1
        if opening is not None or set(row) - {"signature_id", "signatory_type", "list_position"}:
            self.report.wrong(f"{_place(number, row)}: is marked as redacted, and holds more than that")

    def _complete(self) -> None:
        """Every standing public entry of the list's version has its row, every opening as well; a redacted row takes
        the place of one entry."""
        for name, opening in self.openings.items():
            if name not in self.seen:
                text = "{}: a row was left out: signature {}{}, entry {:,}{}"
                self.report.wrong(text.format(LIST, shown(name), self._named(name), opening.entry, self._gap()))
                self.used.setdefault(opening.entry, 0)
        missing = sorted(self.standing() - set(self.used))
        for index in missing[self.redacted :]:
            text = "{}: a row was left out: entry {:,} stands, and neither the list nor openings.csv shows it{}"
            self.report.wrong(text.format(LIST, index, self._gap()) if not self.redacted else self._short(missing))
        if len(missing) < self.redacted:
            text = "{}: {:,} rows are marked as redacted, but only {:,} entries have no row"
            self.report.wrong(text.format(LIST, self.redacted, len(missing)))
        if len(self._links) > 1:
            text = "{}, column permalink: the addresses lead to {} places; one of them is {}"
            self.report.wrong(text.format(LIST, len(self._links), shown(min(self._links))))

    def _short(self, missing: list[int]) -> str:
        text = "{}: rows were left out: {:,} standing entries have no row, {:,} rows are marked as redacted{}"
        return text.format(LIST, len(missing), self.redacted, self._gap())

    def version(self) -> str:
        """Which version the list is of: that of most rows, the newest in the log when there are none."""
        if self.versions:
            return max(self.versions, key=lambda version: self.versions[version])
        return max(self.log.texts, key=lambda label: self.log.texts[label][1], default="").split(".")[0]

    def standing(self, *, withheld: bool = False) -> set[int]:
        """Entries of the list's version that nobody took back."""
        version, retracted = self.version(), self.log.retracted
        return {
            index
            for index, (_, basis, label) in self.log.signs.items()
            if (basis == "withheld") is withheld and index not in retracted and label.split(".")[0] == version
        }

    def _gap(self) -> str:
        """Where in the list something is missing, as far as its numbering tells."""
        there = set(self.places)
        missing = [str(n) for n in range(1, self.rows + MOST_SHOWN) if str(n) not in there]
        missing = [n for n in missing if any(NUMBER.fullmatch(place) and int(place) > int(n) for place in there)]
        return " (list_position {} is missing)".format(", ".join(missing[:5])) if missing else ""

    def _in_order(self) -> None:
        expected = [str(n) for n in range(1, self.rows + 1)]
        if all(place in ("", at) for place, at in zip(self.places, expected)) and self.redacted == self.places.count(
            ""
        ):
            return
        if sorted(self.places) == sorted(expected):
            self.report.note("the rows stand in another order than they were published in")
        elif not self._gap():
            self.report.wrong(LIST + ", column list_position: it does not count 1, 2, 3 ...")
        elif not self.report.problems:
            self.report.wrong(LIST + ": the numbering has a gap" + self._gap())

    # which cell it is

    def _from_json(self) -> dict[str, Row]:
        """The same rows as signatories.json has them, when the kit has it."""
        if self._json is None:
            self._json = {}
            try:
                rows = json.loads(self.kit.read("signatories.json", 4 << 30))["signatories"]
                self._json = {row["signature_id"]: row for row in rows}
            except (Unreadable, ValueError, KeyError, TypeError, RecursionError):
                pass
        return self._json

    def _named(self, name: str) -> str:
        found = self._from_json().get(name)
        return " ({})".format(shown(str(found.get("display_name")))) if isinstance(found, dict) else ""

    def _difference(self, number: int, row: Row) -> str:
        opening = self.openings[row["signature_id"]]
        commitment, _, label = self.log.signs[opening.entry]
        listed = self._from_json().get(row["signature_id"])
        if isinstance(listed, dict):
            whole = {k: v for k, v in listed.items() if isinstance(v, str) and v and k != "text_sha256"}
            if self.opener.fits(whole, opening.salt, commitment):
                return self._compared(number, row, whole)
        for order in sorted(self.opener.orders):
            usual = _usual(row, order, label)
            for name, value in self._guesses(row):
                tried = {k: v for k, v in {**usual, name: unguarded(value)}.items() if v}
                if self.opener.fits(tried, opening.salt, commitment):
                    return self._compared(number, row, tried)
        text = "{}: changed after it was signed, or its salt in row {:,} of openings.csv was; entry {:,} is another row"
        return text.format(_place(number, row), opening.row, opening.entry)

    def _compared(self, number: int, row: Row, signed: Row) -> str:
        cells = []
        for name in sorted({*row, *signed} - {*UNCOMMITTED}):
            was, now = signed.get(name, ""), row.get(name, "")
            if was not in {now}.union(*(readings(now, order) for order in self.opener.orders)):
                text = "column {}: the file says \u201c{}\u201d, signed was \u201c{}\u201d"
                cells.append(text.format(shown(name), shown(now), shown(was)))
        return "{}, {}".format(_place(number, row), "; ".join(cells) or "a date is in another order")

    def _guesses(self, row: Row) -> Iterator[tuple[str, str]]:
        """(column, what may have stood there): nothing, or what other rows of the file have there."""
        for name, cell in row.items():
            if name != "signature_id":
                yield name, ""
            if cell.casefold() in TRUE | FALSE:
                yield name, "false" if cell.casefold() in TRUE else "true"
        rows = table(self.kit, LIST)
        names = [cell.strip() for cell in next(rows, (0, []))[1]]
        tried: set[tuple[str, str]] = set()
        for _, cells in itertools.islice(rows, 2000):
            for pair in zip(names, cells):
                if pair not in tried and pair[0] not in ("signature_id", *UNCOMMITTED) and len(tried) < 20_000:
                    tried.add(pair)
                    yield pair


def _usual(row: Row, order: str, label: str) -> Row:
    """The row as it most likely was before a spreadsheet saved it."""
    found = {}
    for name, cell in row.items():
        likely = [date_as(cell, order), *(text for text in readings(cell, order) if text in ("true", "false"))]
        found[name] = next(filter(None, likely), unguarded(cell))
    if _is_number(row.get("letter_version", ""), label):
        found["letter_version"] = label
    return found


def _headings(cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    for name in ("signature_id", "display_name", "letter_version"):
        if name not in names:
            raise Unreadable(f"{LIST}: the column {name} is missing from its headings")
    if len(set(names)) != len(names):
        raise Unreadable(LIST + ": a heading stands there twice")
    return names


def _place(number: int, row: Row) -> str:
    name = row.get("display_name", "")
    return "{}, row {:,}{}".format(LIST, number, f" ({shown(name)})" if name else "")


# --- the log of the whole site: it holds this checkpoint, and witnesses have signed it; C2SP tlog-proof ---

PROVES = re.compile(
    rb"c2sp\.org/tlog-proof@v1\nextra ([A-Za-z0-9+/=]+)\nindex (0|[1-9][0-9]{0,17})\n"
    rb"((?:[A-Za-z0-9+/]{43}=\n){0,63})\n(.+)",
    re.DOTALL,
)
OF_SITE = re.compile("[!-~]+/index(/[0-9a-f]+)?")  # name of such a log


class SiteProof(NamedTuple):
    """That ``entry`` is in the log that ``site`` is a checkpoint of."""

    entry: bytes
    number: int  # from 0
    path: list[bytes]  # hashes beside the way from the entry up to the root
    site: Checkpoint


def site_proof_of(data: bytes) -> SiteProof:
    """Raises Unreadable when the bytes are no such proof, or not all of it."""
    found = PROVES.fullmatch(data)
    if not found or not data.endswith(b"\n"):
        raise Unreadable(PROOF + ": this is no proof, or its end is cut off")
    path = [_base64(line.decode()) for line in found[3].split()]
    return SiteProof(_base64(found[1].decode()), int(found[2]), path, checkpoint_of(found[4], PROOF))


def root_above(node: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root of a tree of ``size`` leaves to which these hashes lead (RFC 6962 2.1.1); empty: to none."""
    if size <= 1 or not path:
        return node if size == 1 and not path else b""
    half = 1 << ((size - 1).bit_length() - 1)
    if index < half:
        return hashlib.sha256(b"\1" + root_above(node, index, half, path[:-1]) + path[-1]).digest()
    return hashlib.sha256(b"\1" + path[-1] + root_above(node, index - half, size - half, path[:-1])).digest()


def wrong_with(proof: SiteProof, note: Checkpoint, key: Key) -> str:
    """What keeps this from being a proof that the site's log holds the checkpoint; empty: nothing."""
    site, entry = proof.site, AFTER.fullmatch(proof.entry)
    said = json.loads(proof.entry) if entry else {}
    if not said or said["o"] != note.origin:
        return f"it is of another log ({shown(said.get('o', 'none'))}), and this checkpoint is of {shown(note.origin)}"
    if said["size"] != note.size:
        text = "it is of this log at {:,} entries, and this checkpoint is of {:,}: fetch the proof of this one"
        return text.format(said["size"], note.size)
    if said["root"] != note.root.hex():
        return f"the site's log holds another root for {note.size:,} entries: two different logs were signed"
    if not OF_SITE.fullmatch(site.origin) or not is_note_by(key, site.note, site.origin):
        return f"{shown(site.origin)} in it is not signed as a site's log with the key {key.id_as(site.origin).hex()}"
    leaf = hashlib.sha256(b"\0" + proof.entry).digest()
    if proof.number >= site.size or root_above(leaf, proof.number, site.size, proof.path) != site.root:
        return f"the checkpoint is not in the tree of {site.size:,} entries that {shown(site.origin)} signed"
    return ""


def check_site(kit: Kit, note: Checkpoint, key: Key, witnesses: dict[Key, bool], report: Report) -> set[Key]:
    """The site's own log holds this checkpoint. Returns which witnesses signed that log, or this very checkpoint;
    ``witnesses`` says of each whether the reader gave its key."""
    seen = cosigners(witnesses, note.note, "checkpoint", report)
    if not kit.has(PROOF):
        report.note(f"no {PROOF} in this folder: whether the site's log holds this checkpoint was not checked")
        return set(seen)
    try:
        proof = site_proof_of(kit.read(PROOF))
        wrong = wrong_with(proof, note, key)
    except Unreadable as error:
        report.wrong(str(error))
        return set(seen)
    if wrong:
        report.wrong(f"{PROOF}: {wrong}")
        return set(seen)
    at = cosigners(witnesses, proof.site.note, PROOF, report)
    place = f"in the site's log {shown(proof.site.origin)}: no. {proof.number + 1:,} of {proof.site.size:,}"
    report.note(f"{place}; {witnessed(at, witnesses)}")
    for witness in sorted(key for key, given in witnesses.items() if given and key not in {*seen, *at}):
        text = "not witnessed by {} (key {}): {} has no cosignature of that key"
        report.note(text.format(shown(witness.name), witness.id_as(witness.name).hex(), PROOF))
    return {*seen, *at}


def cosigners(witnesses: dict[Key, bool], note: Note, where: str, report: Report) -> dict[Key, int]:
    """{witness: when it signed this note}; a line that claims to be of one and does not fit is wrong."""
    found = {witness: cosigned_at(witness, note) for witness in witnesses}
    for witness in (key for key, at in found.items() if at == 0):
        report.wrong(f"{where}: the cosignature of {shown(witness.name)} is of another tree, or was altered")
    return {witness: at for witness, at in found.items() if at}


def witnessed(at: dict[Key, int], witnesses: dict[Key, bool]) -> str:
    if not at:
        return "unwitnessed: nobody whose key is known here has cosigned that; a newer proof may say more: --proof"
    said = []
    for witness, seconds in sorted(at.items()):
        when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(min(seconds, LATEST)))
        own = "" if witnesses[witness] else " (by a key from this very kit; ask for it there, and give that: --witness)"
        said.append(f"{shown(witness.name)} on {when}{own}")
    return "witnessed by " + ", ".join(said)


# --- the other files of the kit ---


def check_files(kit: Kit, key: Key, origin: str, report: Report) -> None:
    """Every file of the kit is the one in SHA256SUMS, which the site's key signed."""
    if not kit.has("SHA256SUMS"):
        report.note("no SHA256SUMS in this folder: only the list and the text were checked, no other file")
        return
    sums = kit.read("SHA256SUMS")
    signed = note_of(kit.read("SHA256SUMS.sig"), "SHA256SUMS.sig")
    if signed.text != sums:
        report.wrong("SHA256SUMS: this is not the list of hashes that was signed in SHA256SUMS.sig")
    elif not is_note_by(key, signed, origin):
        report.wrong(f"SHA256SUMS.sig: not signed with the key {key.id_as(origin).hex()}")
    missing = 0
    for line in sums.decode("utf-8", "replace").splitlines():
        match = re.fullmatch(r"([0-9a-f]{64})  ([^\0\\]{1,255})", line)
        if not match or os.path.isabs(match[2]) or ".." in match[2].split("/"):
            report.wrong("SHA256SUMS: this is no line of it: " + shown(line))
        elif kit.has(match[2]):
            _check_file(kit, match[2], match[1], report)
        else:
            missing += 1
    if missing:
        report.note(f"{missing} of the files in SHA256SUMS are not in this folder")


def _check_file(kit: Kit, name: str, expected: str, report: Report) -> None:
    found = kit.sha256(name)
    if found != expected and name in (LIST, OPENINGS):
        if not report.problems:
            report.note(f"{name} was saved anew since it was downloaded; every cell was compared")
    elif found != expected and name == PROOF:
        report.note(f"{name} is another one than the kit came with; it is checked by itself")
    elif found != expected:
        report.wrong(f"{shown(name)}: the file was changed; its SHA-256 is not the one in SHA256SUMS")


# --- the command ---


def pinned_key(kit: Kit, given: str | None) -> tuple[Key, str]:
    """The key that the reader gave (itself, or a file that holds it), else the one in the kit; and where it is from."""
    if given is None:
        here = "from key.txt in this very kit; compare it with one from elsewhere, or give that one: --key"
        return _first_key(kit.read("key.txt"), "key.txt"), here
    if os.path.isfile(given):
        return _first_key(_outside(given), given), "that you gave"
    return key_of(given, "--key"), "that you gave"


def _first_key(data: bytes, where: str) -> Key:
    lines = [line for line in data.decode("utf-8", "replace").splitlines() if line.strip() and line[0] != "#"]
    return key_of(lines[0] if lines else "", shown(where))


def witnesses_of(kit: Kit, given: list[str]) -> dict[Key, bool]:
    """{key of a witness: whether the reader gave it, and not only the kit}."""
    listed = kit.read("witnesses.txt").decode("utf-8", "replace").splitlines() if kit.has("witnesses.txt") else []
    lines = [line for line in listed if line.strip() and line[0] != "#"]
    found = {key_of(line, "witnesses.txt", COSIGNATURE): False for line in lines}
    return {**found, **{key_of(line, "--witness", COSIGNATURE): True for line in given}}


def run(options: argparse.Namespace, report: Report) -> str:
    """Everything, in the order of what it rests on. Returns the line that says OK. Raises Unreadable."""
    kit = Kit(options.folder, options.list, options.proof)
    key, where = pinned_key(kit, options.key)
    note = checkpoint_of(kit.read("checkpoint"), "checkpoint")
    held = checkpoint_of(_outside(options.checkpoint), "--checkpoint") if options.checkpoint else None
    log = read_log(kit, {held.size} if held else set(), report)
    check_checkpoint(note, key, log, report)
    if held:
        check_held(held, note, key, log, report)
    text = check_text(kit, log, report)
    checked = Checked(kit, note, log, report)
    checked.check()
    if text and checked.rows and text.split(".")[0] != checked.version():
        report.wrong(f"letter.md: this is text v{text}, the list is of version {checked.version()}")
    check_files(kit, key, note.origin, report)
    report.note(f"the key is the one {where}")
    witnesses = witnesses_of(kit, options.witness)
    seen = check_site(kit, note, key, witnesses, report)
    by = f"witnesses {len(seen)}/{len(witnesses)}" + ("" if seen else " (unwitnessed)")
    return f"{summary(checked, log)}, text v{text}, key {key.id_as(note.origin).hex()}, {by}"


def summary(checked: Checked, log: Log) -> str:
    """How many rows are shown with a name and without one, redacted since and withheld, and how many entries were taken
    back."""
    unnamed = f" + {checked.unnamed:,} without a name" if checked.unnamed else ""
    redacted = f" + {checked.redacted:,} redacted" if checked.redacted else ""
    withheld = len(checked.standing(withheld=True))
    rows = f"{checked.rows - checked.redacted - checked.unnamed:,} shown{unnamed}{redacted} + {withheld:,} withheld"
    return f"OK {rows}, {len(log.retracted):,} retracted"


def options_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Check an unpacked press kit; VERIFY.txt says what that proves.")
    parser.add_argument("folder", nargs="?", default=".", help="the unpacked kit (default: this folder)")
    parser.add_argument("--list", help="another copy of signatories.csv, such as one that a spreadsheet saved anew")
    parser.add_argument("--key", help="the key of the site from elsewhere: name+id+key, or a file that holds it")
    parser.add_argument("--checkpoint", help="a checkpoint of this letter that you kept from before")
    parser.add_argument("--witness", action="append", default=[], help="the key of a witness: name+id+key")
    parser.add_argument("--proof", help="a newer checkpoint.tlog-proof from the site, which witnesses may have signed")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Prints the result. Returns the exit status: 0 all right, 1 something is wrong, 2 cannot be read."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    csv.field_size_limit(MEGABYTE)
    options, report, result = options_of(arguments), Report(), 0
    try:
        found = run(options, report)
    except (Unreadable, MemoryError, OSError) as error:
        found, result = f"CANNOT CHECK {error or type(error).__name__}", 2
    more = len(report.problems) - MOST_SHOWN
    for problem in report.problems[:MOST_SHOWN] + [f"and {more:,} more"] * (more > 0):
        print("WRONG " + problem)
    if result or not report.problems:
        print(found)
    for note in report.notes:
        print("note: " + note)
    return 1 if report.problems else result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
