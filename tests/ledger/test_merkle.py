import random
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.ledger import merkle
from tests.properties import quick

# The reference tree of Certificate Transparency: entries, and the root over the first one, two … eight of them.
ENTRIES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [bytes.fromhex(text) for text in (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)]  # fmt: skip


class Tree:
    """A tree in memory, by the definition of RFC 6962 §2.1 and nothing cleverer."""

    def __init__(self, entries):
        self.leaves = [merkle.leaf_hash(entry) for entry in entries]

    def root(self, size):
        return self._hash(self.leaves[:size])

    def _hash(self, leaves):
        if not leaves:
            return sha256(b"").digest()
        if len(leaves) == 1:
            return leaves[0]
        half = 1
        while half * 2 < len(leaves):
            half *= 2
        return sha256(b"\1" + self._hash(leaves[:half]) + self._hash(leaves[half:])).digest()

    def read(self, level, number):
        leaves = self.leaves[number << level : (number + 1) << level]
        assert len(leaves) == 1 << level, "not a complete node"
        return self._hash(leaves)


def tree(size):
    return Tree([b"%d" % number for number in range(size)])


def flipped(data, bit):
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def test_roots_are_those_of_the_reference_tree():
    leaves = [merkle.leaf_hash(entry) for entry in ENTRIES]

    assert [merkle.root_of(leaves[:size]) for size in range(1, 9)] == ROOTS
    assert merkle.root_of([]) == merkle.EMPTY == sha256(b"").digest()


def test_a_leaf_is_never_taken_for_a_node():
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")

    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)


@pytest.mark.parametrize("size", [*range(1, 18), 31, 33, 64, 100])
def test_every_inclusion_and_every_consistency_is_proven(size):
    one = tree(size)

    for index in range(size):
        proof = merkle.inclusion_proof(index, size, one.read)
        merkle.check_inclusion(one.leaves[index], index, size, proof, one.root(size))
    for old in range(1, size + 1):
        proof = merkle.consistency_proof(old, size, one.read)
        merkle.check_consistency(old, one.root(old), size, one.root(size), proof)
        assert merkle.root_at(old, one.read) == one.root(old)


@quick
@given(st.integers(2, 70), st.randoms(use_true_random=False))
def test_one_bit_anywhere_breaks_an_inclusion(size, chance: random.Random):
    one, index = tree(size), chance.randrange(size)
    proof, root = merkle.inclusion_proof(index, size, one.read), one.root(size)
    place, bit = chance.randrange(len(proof) + 2), chance.randrange(256)
    parts = [one.leaves[index], root, *proof]
    parts[place] = flipped(parts[place], bit)

    with pytest.raises(merkle.ProofWrong):
        merkle.check_inclusion(parts[0], index, size, parts[2:], parts[1])


@quick
@given(st.integers(2, 70), st.randoms(use_true_random=False))
def test_one_bit_anywhere_breaks_a_consistency(size, chance: random.Random):
    one, old = tree(size), chance.randrange(1, size)
    parts = [one.root(old), one.root(size), *merkle.consistency_proof(old, size, one.read)]
    place, bit = chance.randrange(len(parts)), chance.randrange(256)
    parts[place] = flipped(parts[place], bit)

    with pytest.raises(merkle.ProofWrong):
        merkle.check_consistency(old, parts[0], size, parts[1], parts[2:])


@quick
@given(st.integers(1, 40), st.integers(-2, 45), st.integers(-1, 45))
def test_a_proof_is_good_for_its_own_place_alone(size, index, other_size):
    one = tree(size)
    proof = merkle.inclusion_proof(0, size, one.read)

    if (index, other_size) == (0, size):
        merkle.check_inclusion(one.leaves[0], index, other_size, proof, one.root(size))
    elif index != 0:
        with pytest.raises(merkle.ProofWrong):
            merkle.check_inclusion(one.leaves[0], index, size, proof, one.root(size))


def test_a_proof_with_a_hash_too_many_or_too_few_is_refused():
    one = tree(9)
    inclusion, consistency = merkle.inclusion_proof(4, 9, one.read), merkle.consistency_proof(5, 9, one.read)

    for wrong in ([*inclusion, merkle.EMPTY], inclusion[:-1], []):
        with pytest.raises(merkle.ProofWrong):
            merkle.check_inclusion(one.leaves[4], 4, 9, wrong, one.root(9))
    for wrong in ([*consistency, merkle.EMPTY], consistency[:-1], []):
        with pytest.raises(merkle.ProofWrong):
            merkle.check_consistency(5, one.root(5), 9, one.root(9), wrong)
    for old, new in ((0, 9), (10, 9)):
        with pytest.raises(merkle.ProofWrong):
            merkle.check_consistency(old, one.root(9), new, one.root(9), consistency)
    with pytest.raises(merkle.ProofWrong):
        merkle.check_consistency(9, one.root(9), 9, one.root(8), [])


def test_what_cannot_be_proven_is_refused():
    one = tree(3)

    for index, size in ((3, 3), (-1, 3), (0, 0)):
        with pytest.raises(ValueError, match="not in this tree"):
            merkle.inclusion_proof(index, size, one.read)
    for old, new in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="tree with leaves"):
            merkle.consistency_proof(old, new, one.read)
    with pytest.raises(ValueError, match="as its size has bits"):
        merkle.Edge(3, [merkle.EMPTY])
