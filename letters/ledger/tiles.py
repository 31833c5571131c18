"""A log's tree as it is stored and served: tiles of 256 hashes, bundles of 256 entries. Source: C2SP tlog-tiles.

Only tiles whose hashes are all final are stored; what is still growing on the right is made of the level below.
"""

import re
from collections.abc import Sequence

from letters.ledger import merkle
from letters.ledger.models import Entry, Log, Tile

HEIGHT = 8
WIDTH = 1 << HEIGHT
MAX_LEVEL = 7  # 256**8 entries
_path = re.compile(r"((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


class Tree:
    """The tree of a log's first ``size`` entries, made of tiles that are read once and kept."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._kept: dict[tuple[int, int], bytes] = {}

    def node(self, level: int, number: int) -> bytes:
        """The hash of a complete node of the tree; a ``merkle.Reader``."""
        tile_level, rest = divmod(level, HEIGHT)
        first = number << rest
        start = (first % WIDTH) * merkle.HASH_BYTES
        hashes = self.tile(tile_level, first // WIDTH)[start : start + (merkle.HASH_BYTES << rest)]
        if len(hashes) != merkle.HASH_BYTES << rest:
            raise LookupError("The tree has no such node.")
        return above(hashes)

    def tile(self, level: int, number: int) -> bytes:
        """The hashes of one tile as far as they are final at this size; empty when none is."""
        if (level, number) not in self._kept:
            self._kept[level, number] = self._tile(level, number)
        return self._kept[level, number]

    def _tile(self, level: int, number: int) -> bytes:
        raise NotImplementedError


class Stored(Tree):
    """The tree as the database holds it."""

    def __init__(self, log: Log, size: int) -> None:
        super().__init__(size)
        self.log = log

    def _tile(self, level: int, number: int) -> bytes:
        width = width_at(self.size, level, number)
        if width == WIDTH:
            stored = Tile.objects.filter(log=self.log, level=level, number=number).values_list("hashes", flat=True)
            return bytes(stored.first() or b"")
        first = number * WIDTH
        if level == 0:
            return b"".join(merkle.leaf_hash(line) for line in lines_of(self.log, first, first + width))
        below = Tile.objects.filter(log=self.log, level=level - 1, number__gte=first, number__lt=first + width)
        return b"".join(bytes(root) for root in below.order_by("number").values_list("root", flat=True))


def is_sound(log: Log, level: int, number: int, hashes: bytes) -> bool:
    """Whether these are the hashes of a whole tile that the node above it was made of."""
    root = Tile.objects.filter(log=log, level=level, number=number).values_list("root", flat=True).first()
    return root is not None and len(hashes) == WIDTH * merkle.HASH_BYTES and above(hashes) == bytes(root)


def width_at(size: int, level: int, number: int) -> int:
    """How many hashes of a tile are final when the log holds ``size`` entries, from 0 to 256."""
    return max(0, min(WIDTH, (size >> HEIGHT * level) - number * WIDTH))


def above(hashes: bytes) -> bytes:
    """The node above 1, 2, 4 … 256 hashes that stand side by side."""
    nodes = [hashes[at : at + merkle.HASH_BYTES] for at in range(0, len(hashes), merkle.HASH_BYTES)]
    while len(nodes) > 1:
        nodes = [merkle.node_hash(nodes[at], nodes[at + 1]) for at in range(0, len(nodes), 2)]
    return nodes[0]


def lines_of(log: Log, start: int, end: int) -> list[bytes]:
    """The entries from ``start`` up to ``end``, as bytes, in order."""
    rows = Entry.objects.filter(log=log, number__gte=start, number__lt=end).order_by("number")
    return [line.encode() for line in rows.values_list("line", flat=True)]


def complete(log: Log, old: int, new: int) -> None:
    """Store every tile that became whole while the log grew from ``old`` to ``new`` entries, from the bottom up."""
    for level in range(MAX_LEVEL):
        first, last = old >> HEIGHT * (level + 1), new >> HEIGHT * (level + 1)
        if first == last:
            return
        rows = []
        for number in range(first, last):
            hashes = whole(log, level, number)
            rows.append(Tile(log=log, level=level, number=number, hashes=hashes, root=above(hashes)))
        Tile.objects.bulk_create(rows)


def whole(log: Log, level: int, number: int) -> bytes:
    """The hashes of a tile that must be whole, from the level below. Raises LookupError."""
    first = number * WIDTH
    if level == 0:
        hashes = [merkle.leaf_hash(line) for line in lines_of(log, first, first + WIDTH)]
    else:
        below = Tile.objects.filter(log=log, level=level - 1, number__gte=first, number__lt=first + WIDTH)
        hashes = [bytes(root) for root in below.order_by("number").values_list("root", flat=True)]
    if len(hashes) != WIDTH:
        raise LookupError("A tile that must be whole is not.")
    return b"".join(hashes)


def path_of(number: int, width: int = WIDTH) -> str:
    """``x001/x234/067``, with ``.p/W`` behind it for a tile that is not whole."""
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03d}")
    return "/".join(parts) + ("" if width == WIDTH else f".p/{width}")


def parse_path(path: str) -> tuple[int, int] | None:
    """(number, width) that a path names; None when it is not the one spelling of any."""
    found = _path.fullmatch(path)
    if found is None:
        return None
    number = int(found[1].replace("x", "").replace("/", ""))
    width = int(found[2] or WIDTH)
    return (number, width) if width <= WIDTH and path_of(number, width) == path else None


def bundle(lines: Sequence[bytes]) -> bytes:
    """Entries one after the other, each behind its length in two bytes."""
    return b"".join(len(line).to_bytes(2, "big") + line for line in lines)
