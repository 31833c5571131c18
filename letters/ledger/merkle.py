"""The tree over a log's entries: its root, proofs, and the checking of proofs. Source: RFC 6962 §2.1, RFC 9162 §2.1.

A node is named by its level (leaves are level 0) and its number within the level; one that covers 2**level leaves is
*complete* and never changes again. Hashes are 32 bytes, entries are bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()
"""The root of a tree without leaves."""
HASH_BYTES = 32
Reader = Callable[[int, int], bytes]
"""Gives the hash of the complete node (level, number)."""


class ProofWrong(Exception):
    """A proof does not show what it was given for."""


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


class Edge:
    """The right edge of a growing tree: the complete nodes that cover its leaves, the largest first."""

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        self.size = size
        self._nodes = list(nodes)
        if len(self._nodes) != size.bit_count():
            raise ValueError("A tree has as many complete nodes on its edge as its size has bits.")

    def append(self, leaf: bytes) -> None:
        """Take one more leaf hash."""
        node, size = leaf, self.size
        while size & 1:
            node = node_hash(self._nodes.pop(), node)
            size >>= 1
        self._nodes.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self._nodes:
            return EMPTY
        *others, root = self._nodes
        for node in reversed(others):
            root = node_hash(node, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, in one pass and with memory for the edge alone."""
    edge = Edge()
    for leaf in leaves:
        edge.append(leaf)
    return edge.root()


def edge_of(size: int, read: Reader) -> Edge:
    """The edge of the first ``size`` leaves of a stored tree."""
    return Edge(size, [read(level, number) for level, number in _complete(0, size)])


def root_at(size: int, read: Reader) -> bytes:
    """The root that a stored tree had when it held ``size`` leaves."""
    return edge_of(size, read).root()


def inclusion_proof(index: int, size: int, read: Reader) -> list[bytes]:
    """The hashes that lead from leaf ``index`` to the root of ``size`` leaves. Source: RFC 6962 §2.1.1."""
    if not 0 <= index < size:
        raise ValueError("The leaf is not in this tree.")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range(middle, end, read))
            end = middle
        else:
            proof.append(_range(start, middle, read))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, read: Reader) -> list[bytes]:
    """What shows that the tree of ``new`` leaves begins with that of ``old``. Source: RFC 6962 §2.1.2."""
    if not 0 < old <= new:
        raise ValueError("Only a tree with leaves can be shown to be the beginning of one as large or larger.")
    proof: list[bytes] = []
    start, end, is_whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_range(middle, end, read))
            end = middle
        else:
            proof.append(_range(start, middle, read))
            start, is_whole = middle, False
    if not is_whole:
        proof.append(_range(start, end, read))
    return proof[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raises ProofWrong unless the leaf hash stands at ``index`` under this root. Source: RFC 9162 §2.1.3.2."""
    if not 0 <= index < size:
        raise ProofWrong("The leaf's number is beyond the tree.")
    place, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofWrong("The proof has too many hashes.")
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    if last != 0 or node != root:
        raise ProofWrong("The proof does not lead to the root.")


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raises ProofWrong unless the larger tree begins with the smaller one. Source: RFC 9162 §2.1.4.2."""
    if not 0 < old <= new:
        raise ProofWrong("The older tree is empty or larger than the newer one.")
    path = list(proof)
    if old == new:
        if path or old_root != new_root:
            raise ProofWrong("Two trees of one size are not the same.")
        return
    if old.bit_count() == 1:
        path.insert(0, old_root)
    if not path:
        raise ProofWrong("The proof is empty.")
    _climb(old, old_root, new, new_root, path)


def _climb(old: int, old_root: bytes, new: int, new_root: bytes, path: list[bytes]) -> None:
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for node in path[1:]:
        if last == 0:
            raise ProofWrong("The proof has too many hashes.")
        if place & 1 or place == last:
            first, second = node_hash(node, first), node_hash(node, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, node)
        place, last = place >> 1, last >> 1
    if last != 0 or first != old_root or second != new_root:
        raise ProofWrong("The newer tree does not begin with the older one.")


def _split(width: int) -> int:
    """The largest power of two smaller than ``width``."""
    return 1 << ((width - 1).bit_length() - 1)


def _complete(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete nodes that cover leaves ``start`` to ``end``, from left to right; ``start`` is where one begins."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _range(start: int, end: int, read: Reader) -> bytes:
    nodes = [read(level, number) for level, number in _complete(start, end)]
    root = nodes.pop()
    while nodes:
        root = node_hash(nodes.pop(), root)
    return root
