"""Checking a whole log anew, from its first entry: lines, tiles, head, every checkpoint, and what is kept outside."""

import time
from collections.abc import Iterator
from datetime import timedelta

from letters.ledger import chain, merkle, note, outside, tiles
from letters.ledger.models import Checkpoint, Head, Log, Tile

PAGE = 2048
MOST = 20  # sentences about one log
PUBLISHED_WITHIN = timedelta(seconds=3)


def fsck(log: Log) -> list[str]:
    """What is wrong with a log, one sentence each; empty when all of it agrees. Reads only; flat memory."""
    return [found for found, _ in zip(_problems(log), range(MOST), strict=False)]


def _problems(log: Log) -> Iterator[str]:
    # A log may grow meanwhile: what follows the entries is read before them, and never ahead of them.
    shown = {row.size: row for row in Checkpoint.objects.filter(log=log)}
    head = Head.objects.get(log=log)
    edge = merkle.Edge()
    for start in range(0, head.size, PAGE):
        lines = tiles.lines_of(log, start, min(start + PAGE, head.size))
        if len(lines) != min(PAGE, head.size - start):
            yield f"Entries are missing between {start} and {start + PAGE}."
            return
        for line in lines:
            edge.append(merkle.leaf_hash(line))
            if edge.size in shown:
                yield from _checkpoint(log, shown.pop(edge.size), edge.root())
    if edge.root() != bytes(head.root):
        yield "The entries do not lead to the root of the head: one was changed."
    for size in shown:
        yield f"A checkpoint of size {size} was published, and the log has {head.size} entries."
    yield from _tiles(log, head.size)
    yield from _outside(log, head)


def _checkpoint(log: Log, row: Checkpoint, root: bytes) -> Iterator[str]:
    try:
        signed = note.parse(row.note.encode())
        signed.signed_by(chain.keys_of(log))  # an older one may be of a key that was dropped since
        found = note.parse_checkpoint(signed.text)
    except note.NoteWrong as error:
        yield f"The checkpoint of size {row.size} cannot be used: {error.message}"
        return
    if (found.origin, found.size, found.root) != (log.origin, row.size, root):
        yield f"The checkpoint of size {row.size} names another root than the entries lead to."


def _tiles(log: Log, size: int) -> Iterator[str]:
    """Every whole tile is stored, and each is what the level below it says."""
    for level in range(tiles.MAX_LEVEL):
        whole = size >> tiles.HEIGHT * (level + 1)
        stored = Tile.objects.filter(log=log, level=level)
        count = stored.count()
        if not whole <= count <= Head.objects.get(log=log).size >> tiles.HEIGHT * (level + 1):  # it may have grown
            yield f"Level {level} has {count} whole tiles instead of {whole}."
        for tile in stored.order_by("number").iterator(64):
            try:
                hashes = tiles.whole(log, level, tile.number)
            except LookupError:
                hashes = b""
            if hashes != bytes(tile.hashes) or tiles.above(hashes) != bytes(tile.root):
                yield f"Tile {level}/{tiles.path_of(tile.number)} is not what lies below it."


def _outside(log: Log, head: Head) -> Iterator[str]:
    try:
        kept = outside.read(log)
        if kept and (place := _first_other(log, kept, head.size)) is not None:
            yield f"Entry {place} is not the one that LEDGER_DIR holds."
        kept = chain.compare(log)
        lines = outside.lines(outside.folder_of(log), kept) if kept else ()
        if kept and merkle.root_of(map(merkle.leaf_hash, lines)) != kept.checkpoint.root:
            yield "The lines outside the database do not lead to the head beside them."
        if kept and kept.checkpoint.size < head.size and not _is_published(log, head.size):
            yield f"The head outside says {kept.checkpoint.size} entries, the database {head.size}: run the sequencer."
    except (chain.LedgerHalted, outside.OutsideUnreadable) as error:
        yield error.message


def _is_published(log: Log, size: int) -> bool:
    """Whether the sequencer, which signs after it has appended, does so within PUBLISHED_WITHIN."""
    ends = time.monotonic() + PUBLISHED_WITHIN.total_seconds()
    while time.monotonic() < ends:
        kept = outside.read(log)
        if kept and kept.checkpoint.size >= size:
            return True
        time.sleep(0.05)
    return False


def _first_other(log: Log, kept: outside.Kept, size: int) -> int | None:
    """Number of the first entry that differs from the line outside; None where all that both hold agree."""
    lines = outside.lines(outside.folder_of(log), kept)
    for start in range(0, size, PAGE):
        for number, line in enumerate(tiles.lines_of(log, start, min(start + PAGE, size)), start):
            if next(lines, line) != line:
                return number
    return None
