"""A log in the database and its head outside: what grows, and what is refused when the two do not agree."""

import json

import pytest
from django.db import DatabaseError, connection, transaction

from letters.core import keyring
from letters.ledger import chain, merkle, note, outside, tiles
from letters.ledger.models import Checkpoint, Entry, Halt, Head, Tile
from tests.ledger.tampering import cut, tampering
from tests.ledger.test_merkle import Tree

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def log():
    return chain.start("documents.letter:7")


def lines(start, end):
    return [f'{{"i":{number}}}' for number in range(start, end)]


def grow(log, size):
    start = Head.objects.get(log=log).size
    with transaction.atomic():
        assert chain.alone()
        first = chain.append(log, lines(start, size))
    assert first == start
    return chain.publish(log)


@pytest.mark.parametrize("sizes", [[1], [1, 2, 3], [255, 256, 257], [300, 700], [1, 520]])
def test_a_log_grows_and_every_proof_from_its_tiles_holds(log, sizes):
    one = Tree([line.encode() for line in lines(0, sizes[-1])])

    for size in sizes:
        shown = grow(log, size)
        checkpoint, _note = note.open_checkpoint(shown.note.encode(), chain.keys_of(log)[:1])
        assert checkpoint == note.Checkpoint(log.origin, size, one.root(size))

    stored = tiles.Stored(log, sizes[-1])
    for index in {0, sizes[-1] // 2, sizes[-1] - 1}:
        proof = merkle.inclusion_proof(index, sizes[-1], stored.node)
        merkle.check_inclusion(one.leaves[index], index, sizes[-1], proof, one.root(sizes[-1]))
    for old in sizes:
        proof = merkle.consistency_proof(old, sizes[-1], stored.node)
        merkle.check_consistency(old, one.root(old), sizes[-1], one.root(sizes[-1]), proof)


def test_whole_tiles_are_stored_once_and_never_again(log):
    grow(log, 600)
    before = list(Tile.objects.order_by("pk").values_list("level", "number", "pk"))

    grow(log, 769)

    assert [row[:2] for row in before] == [(0, 0), (0, 1)]
    assert list(Tile.objects.order_by("pk").values_list("level", "number", "pk"))[:2] == before
    assert len(tiles.Stored(log, 769).tile(0, 3)) == 32
    assert len(tiles.Stored(log, 769).tile(1, 0)) == 3 * 32


def test_the_head_is_kept_outside_with_all_lines(log):
    shown = grow(log, 5)
    kept = outside.read(log)

    assert kept.signed == shown.note
    assert list(outside.lines(outside.folder_of(log), kept)) == [line.encode() for line in lines(0, 5)]
    assert list(outside.lines(outside.folder_of(log), kept, start=3)) == [line.encode() for line in lines(3, 5)]


def test_publishing_twice_shows_one_checkpoint(log):
    first = grow(log, 5)

    assert chain.publish(log) == first
    assert Checkpoint.objects.count() == 1
    assert chain.publish(chain.start("x:1")) is None, "an empty log says nothing"


def test_appending_reads_the_edge_and_not_the_whole_log(log, django_assert_max_num_queries):
    grow(log, 520)

    with transaction.atomic(), django_assert_max_num_queries(16):
        chain.append(log, lines(520, 530))


@pytest.mark.parametrize("line", ["", "two\nlines", "é", "x" * 1001, "tab\t"])
def test_an_entry_is_one_short_line_of_ascii(log, line):
    with pytest.raises(ValueError, match="one line of printable ASCII"):
        chain.append(log, [line])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET line = 'x'",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_tile SET number = 9",
        "DELETE FROM ledger_tile",
        "UPDATE ledger_checkpoint SET note = 'x'",
        "DELETE FROM ledger_checkpoint",
        "UPDATE ledger_head SET size = size - 1",
        "UPDATE ledger_head SET root = (SELECT root FROM ledger_tile)",
        "DELETE FROM ledger_head",
        "UPDATE ledger_log SET origin = 'x'",
        "DELETE FROM ledger_log",
    ],
)
def test_the_database_lets_a_log_grow_and_nothing_else(log, statement):
    grow(log, 257)

    with pytest.raises(DatabaseError, match="a log only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def halted(code, act):
    with pytest.raises(chain.LedgerHalted) as refused, transaction.atomic():
        act()
    assert refused.value.code == code
    assert "manage.py ledger recover" in str(refused.value)


@pytest.mark.parametrize("size", [0, 1, 255, 299])
def test_a_rolled_back_database_is_refused(log, size):
    grow(log, 300)
    cut(log, size)

    halted("rolled-back", lambda: chain.append(log, lines(size, size + 1)))
    halted("rolled-back", lambda: chain.append(log, ["another"] * 400))
    halted("rolled-back", lambda: chain.publish(log))


def test_a_log_that_grew_otherwise_after_a_rollback_is_refused(log):
    grow(log, 300)
    cut(log, 200)
    with tampering():
        Entry.objects.bulk_create(Entry(log=log, number=number, line="other") for number in range(200, 301))
        tiles.complete(log, 200, 301)
        Head.objects.filter(log=log).update(size=301, root=merkle.root_at(301, tiles.Stored(log, 301).node))

    halted("fork", lambda: chain.append(log, ["x"]))
    halted("fork", lambda: chain.publish(log))


@pytest.mark.parametrize("number", [256, 299])
def test_an_entry_changed_by_hand_stops_the_log(log, number):
    grow(log, 300)
    with tampering() as cursor:
        cursor.execute("UPDATE ledger_entry SET line = 'x' WHERE number = %s", [number])

    halted("fork", lambda: chain.append(log, ["x"]))


def test_an_entry_that_vanished_stops_the_log(log):
    grow(log, 300)
    with tampering() as cursor:
        cursor.execute("DELETE FROM ledger_entry WHERE number = 299")

    halted("damaged", lambda: chain.append(log, ["x"]))


def test_a_head_that_moved_without_entries_is_never_signed(log):
    grow(log, 3)
    with tampering():
        Head.objects.update(size=4, root=b"r" * 32)

    halted("damaged", lambda: chain.publish(log))
    halted("damaged", lambda: chain.append(log, ["x"]))


def test_a_lost_or_damaged_head_outside_stops_the_log(log):
    grow(log, 3)
    path = outside.folder_of(log) / outside.HEAD
    content = path.read_text()

    for wrong in ("", "{}", "[]", json.dumps({**json.loads(content), "signed": "x"})):
        path.write_text(wrong)
        halted("outside", lambda: chain.append(log, ["x"]))
    text = note.parse(json.loads(content)["signed"].encode()).text
    path.write_text(json.dumps({**json.loads(content), "signed": note.sign(text, note.new_signer(log.origin))}))
    halted("other-key", lambda: chain.append(log, ["x"]))
    path.unlink()
    halted("head-lost", lambda: chain.append(log, ["x"]))
    path.write_text(content)
    with transaction.atomic():
        assert chain.append(log, ["x"]) == 3


def test_lines_lost_outside_are_not_written_over(log):
    grow(log, 3)
    (outside.folder_of(log) / outside.LINES).write_text("")
    with transaction.atomic():
        chain.append(log, ["x"])

    halted("outside", lambda: chain.publish(log))


def test_a_key_that_came_later_signs_beside_the_old_one(log, key_file):
    grow(log, 3)
    old = chain.keys_of(log)[0]
    document = keyring.read(key_file)
    document["ledger"] = [keyring.new_key(2), *document["ledger"]]
    keyring.write(key_file, document, replace=True)
    keyring.forget()

    shown = grow(log, 4)

    new = chain.keys_of(log)[0]
    assert new != old
    for key in (new, old):
        assert note.open_checkpoint(shown.note.encode(), [key])[0].size == 4


def test_a_halt_is_news_once(log):
    assert chain.halt(log, "fork") is True
    assert chain.halt(log, "fork") is False
    assert [halt.code for halt in chain.halted()] == ["fork"]
    assert str(Halt.objects.get()) == f"{log.pk}: fork"


# --- every step fails, before and after it was done (the fault table) ---


class Fault(Exception):
    pass


def failing(patch, owner, name, *, done):
    """``owner.name`` fails once, having done its work or not."""
    usual = getattr(owner, name)

    def fail(*args, **options):
        patch.setattr(owner, name, usual)
        if done:
            usual(*args, **options)
        raise Fault

    patch.setattr(owner, name, fail)


STEPS = {
    "entries": (Entry.objects, "bulk_create"),
    "tiles": (tiles, "complete"),
    "check": (chain, "_read_back"),
    "lines outside": (outside, "_write_lines"),
    "head outside": (outside, "_replace"),
    "head as a whole": (outside, "write"),
    "checkpoint": (Checkpoint.objects, "create"),
}


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_whatever_fails_no_size_ever_gets_two_roots(log, monkeypatch, step, done):
    grow(log, 250)
    seen = {250: outside.read(log).checkpoint.root}

    failing(monkeypatch, *STEPS[step], done=done)
    with pytest.raises(Fault):
        grow(log, 260)
    remember(log, seen)
    size = Head.objects.get(log=log).size
    with transaction.atomic():
        chain.append(log, ["another"] * (270 - size))  # the next run finds other work
    chain.publish(log)
    remember(log, seen)

    assert set(seen) >= {250, 270}
    assert outside.read(log).checkpoint.size == 270
    whole = [line.encode() for line in Entry.objects.order_by("number").values_list("line", flat=True)]
    assert list(outside.lines(outside.folder_of(log), outside.read(log))) == whole
    assert seen == {size: Tree(whole).root(size) for size in seen}


def remember(log, seen):
    """Every root that anybody may have seen, inside or outside."""
    heads = [
        note.parse_checkpoint(note.parse(text.encode()).text)
        for text in Checkpoint.objects.values_list("note", flat=True)
    ]
    for checkpoint in (*heads, outside.read(log).checkpoint):
        assert seen.setdefault(checkpoint.size, checkpoint.root) == checkpoint.root
