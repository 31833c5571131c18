"""Growing a log: entries are appended under a lock, read back and checked before anything is signed, and published.

The order makes two roots for one size impossible: entries, tiles and head are one transaction; then the head is kept
outside the database; only then the checkpoint is signed into a row that readers see. A run that breaks anywhere is
finished by the next one (ADR 14).
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from letters.core import keyring
from letters.core.errors import RuleError
from letters.ledger import merkle, note, outside, tiles
from letters.ledger.models import Checkpoint, Cosignature, Entry, Halt, Head, Log

INDEX = "index"
"""Subject of the site's own log, which takes the checkpoints of all others."""
LEDGER_LOCK = 0x6C6F6773
LINE_MAX = 1000
ID_BYTES = 8

_ANEW = "`manage.py ledger recover --new-logs` gives this log up in public and begins one that names its last head."
SENTENCES = {
    "rolled-back": "The database holds fewer entries than were published: it was restored from a backup. Run "
    "`manage.py ledger recover`, which fills the log up from LEDGER_DIR.",
    "fork": "The database holds other entries than were published: rows were changed, or this is another database. "
    f"Find out how: `manage.py ledger fsck` names the place. If no backup has the rows, {_ANEW}",
    "damaged": "Stored entries and their tree do not agree: rows were changed or lost. Find out how: "
    f"`manage.py ledger fsck` names the place. If no backup has the rows, {_ANEW}",
    "head-lost": "LEDGER_DIR holds no head of this log although checkpoints were published. See that its disk is "
    "there, or put the folder back from its copy, then run `manage.py ledger recover`. Only if there is no copy, "
    f"{_ANEW}",
    "outside": "A file of LEDGER_DIR is damaged or cannot be read. Put the folder back from its copy, then run "
    f"`manage.py ledger recover`. Only if there is no copy, {_ANEW}",
    "other-key": "The head in LEDGER_DIR is not signed by a key of KEYS_FILE: this is another key file, or the head "
    "was changed. Put the right one back from its copy, then run `manage.py ledger recover`. Only if there is none, "
    f"{_ANEW}",
    "unwritable": "LEDGER_DIR cannot be written. Make room on its disk, or let the site write there: then logging "
    "goes on by itself.",
    "other-site": "LEDGER_DIR holds logs that the database does not know. If the database was restored, run "
    "`manage.py ledger recover`; if this site is new, set LEDGER_DIR to an empty folder of its own.",
}
REPLACEABLE = ("fork", "damaged", "head-lost", "outside", "other-key")
"""Codes under which an operator may give a log up: what it needs is not merely away."""
PASSING = ("unwritable",)
"""Codes of halts that end by themselves."""
GIVEN_UP = "given-up"
"""Code of the halt of a log that was replaced by a new one."""


class LedgerHalted(RuleError):
    """A log must not grow: what the database holds is not what was published. ``code`` is one of SENTENCES."""

    def __init__(self, code: str, origin: str, detail: str = "") -> None:
        super().__init__(f"{SENTENCES[code]} ({' '.join(filter(None, (origin, detail)))})", code=code)
        self.origin = origin


def host() -> str:
    return urlsplit(settings.SITE_URL).netloc


def newest(subject: str) -> Log | None:
    """The log about something: the latest one, where an older one had to be given up."""
    return Log.objects.filter(subject=subject).order_by("-id").first()


def named(subject: str, name: str) -> Log | None:
    """The log about something whose origin ends in ``/name``; also one that had to be given up."""
    return next((log for log in Log.objects.filter(subject=subject) if name_of(log) == name), None)


def name_of(log: Log) -> str:
    """What follows the last slash of its origin: no other log about the same ever has it."""
    return log.origin.rpartition("/")[2]


@transaction.atomic
def start(subject: str, *, public_id: str = "", origin: str = "") -> Log:
    """Begin an empty log. Its id is random, so that it tells nothing about what it is about."""
    public_id = public_id or secrets.token_hex(ID_BYTES)
    if not origin:
        origin = f"{host()}/index" if subject == INDEX else f"{host()}/l/{public_id}"
        if subject == INDEX and Log.objects.filter(origin=origin).exists():
            origin = f"{origin}/{public_id}"  # the one before was given up
    log = Log.objects.create(public_id=public_id, subject=subject, origin=origin, started_at=timezone.now())
    Head.objects.create(log=log, size=0, root=merkle.EMPTY)
    return log


def signers(log: Log) -> list[note.Signer]:
    """Whoever signs this log's checkpoints: the newest key, and older ones that are still kept."""
    return [note.Signer(log.origin, key.secret) for key in keyring.ring().ledger]


def keys_of(log: Log) -> list[note.Verifier]:
    """The public keys of ``signers``; the first one is what people pin."""
    return [signer.verifier for signer in signers(log)]


def alone(*, wait: bool = False) -> bool:
    """Be the only one of the site that appends, until the transaction ends. False when another one is."""
    if connection.vendor != "postgresql":
        return True  # SQLite's transaction is alone by itself
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LEDGER_LOCK])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LEDGER_LOCK])
        return bool(cursor.fetchone()[0])


def append(log: Log, lines: Sequence[str]) -> int:
    """Append entries; returns the number of the first. Call ``alone`` in the same transaction before.

    Compares what is stored with what was published, extends the tree, reads everything back and shows that the old
    tree is its beginning, and only then moves the head, which must be where it was.

    Raises:
        LedgerHalted: something does not agree; nothing is stored.
        ValueError: an entry is not one short line of ASCII.
    """
    if not all(line.isascii() and line.isprintable() and 0 < len(line) <= LINE_MAX for line in lines):
        raise ValueError("A ledger entry is one line of printable ASCII.")
    compare(log)
    return extend(log, lines)


def extend(log: Log, lines: Sequence[str]) -> int:
    """``append`` without a look outside: for ``recover``, which fills a restored database up from there."""
    head = Head.objects.get(log=log)
    edge = _edge(log, tiles.Stored(log, head.size))
    if edge.root() != bytes(head.root):
        raise LedgerHalted("damaged", log.origin)
    for line in lines:
        edge.append(merkle.leaf_hash(line.encode()))
    Entry.objects.bulk_create(
        [Entry(log=log, number=number, line=line) for number, line in enumerate(lines, head.size)], batch_size=1000
    )
    _read_back(log, head, edge)
    moved = Head.objects.filter(log=log, size=head.size, root=head.root).update(size=edge.size, root=edge.root())
    if moved != 1:
        raise LedgerHalted("damaged", log.origin)
    return head.size


def _edge(log: Log, stored: tiles.Stored) -> merkle.Edge:
    try:
        return merkle.edge_of(stored.size, stored.node)
    except LookupError as error:
        raise LedgerHalted("damaged", log.origin) from error


def _read_back(log: Log, head: Head, edge: merkle.Edge) -> None:
    """Whether what was written is what was meant, by the tree that readers will get."""
    try:
        tiles.complete(log, head.size, edge.size)
        stored = tiles.Stored(log, edge.size)
        if merkle.root_at(edge.size, stored.node) != edge.root():
            raise merkle.ProofWrong
        if head.size:
            proof = merkle.consistency_proof(head.size, edge.size, stored.node)
            merkle.check_consistency(head.size, bytes(head.root), edge.size, edge.root(), proof)
    except (LookupError, merkle.ProofWrong) as error:
        raise LedgerHalted("damaged", log.origin) from error


def compare(log: Log) -> outside.Kept | None:
    """Check the database against the head that is kept outside, and return that one.

    Raises:
        LedgerHalted: the database is behind it, or beside it, or it is lost.
    """
    try:
        kept = outside.read(log)
    except outside.OutsideUnreadable as error:
        raise LedgerHalted(error.code, log.origin, error.message) from error
    if kept is None:
        if Checkpoint.objects.filter(log=log).exists():
            raise LedgerHalted("head-lost", log.origin)
        return None
    _check_signed(log, kept)
    head = Head.objects.get(log=log)
    if kept.checkpoint.size > head.size:
        raise LedgerHalted("rolled-back", log.origin)
    try:
        root = merkle.root_at(kept.checkpoint.size, tiles.Stored(log, head.size).node)
    except LookupError as error:
        raise LedgerHalted("damaged", log.origin) from error
    if root != kept.checkpoint.root:
        raise LedgerHalted("fork", log.origin)
    return kept


def _check_signed(log: Log, kept: outside.Kept) -> None:
    try:
        checkpoint, _note = note.open_checkpoint(kept.signed.encode(), keys_of(log))
    except note.NoteWrong as error:
        raise LedgerHalted("other-key", log.origin) from error
    if checkpoint.origin != log.origin:
        raise LedgerHalted("outside", log.origin)


@transaction.atomic
def publish(log: Log, *, now: datetime | None = None, wait: bool = False) -> Checkpoint | None:
    """Sign the head, keep it outside, and show it to readers. Idempotent; None when another process is at it and this
    one does not ``wait``.

    Raises:
        LedgerHalted: as ``append``; nothing is signed.
    """
    if not alone(wait=wait):
        return None
    kept, head = compare(log), Head.objects.get(log=log)
    if _edge(log, tiles.Stored(log, head.size)).root() != bytes(head.root):
        raise LedgerHalted("damaged", log.origin)
    before = kept.checkpoint.size if kept else 0
    shown = Checkpoint.objects.filter(log=log, size=head.size).first()
    if head.size == 0 or (shown is not None and before == head.size):
        return shown
    signed = note.sign(str(note.Checkpoint(log.origin, head.size, bytes(head.root))), *signers(log))
    if kept is None or before < head.size:
        try:
            outside.write(log, tiles.lines_of(log, before, head.size), signed, before=kept)
        except outside.OutsideUnreadable as error:
            raise LedgerHalted(error.code, log.origin, error.message) from error
    return shown or Checkpoint.objects.create(log=log, size=head.size, note=signed, signed_at=now or timezone.now())


@transaction.atomic
def sign_anew(log: Log) -> None:
    """Put the newest key's signature under what was published last, so that it holds when older keys are dropped.

    Says nothing new: size and root are those that were signed before. Raises LedgerHalted.
    """
    alone(wait=True)
    kept, last = compare(log), shown(log)
    if kept is None or last is None:
        return
    line = signers(log)[0].line(note.parse(last.note.encode()).text)
    Cosignature.objects.update_or_create(
        checkpoint=last, witness=log.origin, defaults={"line": line, "made_at": timezone.now()}
    )
    if kept.checkpoint.size == last.size and line not in kept.signed:
        outside.write(log, [], kept.signed + line, before=kept)


def shown(log: Log) -> Checkpoint | None:
    """The newest checkpoint that readers may see."""
    return Checkpoint.objects.filter(log=log).select_related("log").order_by("-size").first()


def read_checkpoint(row: Checkpoint) -> note.Checkpoint:
    return note.parse_checkpoint(note.parse(row.note.encode()).text)


def halt(log: Log, code: str) -> bool:
    """Remember that a log must not grow; True when this is news."""
    return Halt.objects.get_or_create(log=log, defaults={"code": code, "since": timezone.now()})[1]


def resume() -> None:
    """End the halts whose cause has passed."""
    for row in Halt.objects.filter(code__in=PASSING).select_related("log"):
        if outside.is_writable(row.log):
            row.delete()


def trouble() -> list[LedgerHalted]:
    """Why logs must not grow, each by a look at the database and outside right now; empty when all may."""
    found = []
    for log in Log.objects.exclude(halt__code=GIVEN_UP).order_by("pk"):
        try:
            compare(log)
            if (row := Halt.objects.filter(log=log).first()) is not None:
                raise LedgerHalted(row.code, log.origin, f"since {row.since:%Y-%m-%d %H:%M} UTC")
        except LedgerHalted as refused:
            found.append(refused)
    if newest(INDEX) is None and outside.folders():
        found.append(LedgerHalted("other-site", host()))
    return found


def is_halted(log: Log) -> bool:
    return Halt.objects.filter(log=log).exists()


def halted() -> list[Halt]:
    """What an operator must look at, the oldest first."""
    return list(Halt.objects.exclude(code=GIVEN_UP).select_related("log").order_by("since"))
