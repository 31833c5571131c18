"""`manage.py ledger`: what an operator sees, and what a restored backup or a damaged tree is made good with."""

import io
import json
import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from letters.ledger import chain, inspecting, note, outside, tiles
from letters.ledger.models import Checkpoint, Entry, Halt, Log
from letters.press import batches, proofs, recovering, sequencing
from letters.press.models import Commitment, LoggedText
from letters.signatures import managing, reconciling
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_signatures
from tests.ledger.tampering import cut, tampering

pytestmark = [pytest.mark.django_db]


def ledger(*arguments):
    """(exit status, standard output, standard error)."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("ledger", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        return ended.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def letter():
    letter = make_letter()
    make_signatures(letter, 6)
    sequencing.run()
    return letter


def in_order():
    code, out, err = ledger("fsck")
    assert (code, err) == (0, "")
    return out.count("in order")


def restore(letter, size):
    """Restore the backup of the hour when the letter's log had ``size`` entries; LEDGER_DIR is kept apart."""
    log = sequencing.log_of(letter)
    Commitment.objects.filter(log=log, number__gte=size).delete()
    Commitment.objects.filter(log=log, retracted_by__gte=size).update(retracted_by=None, salt=b"s" * 32)
    LoggedText.objects.filter(log=log, number__gte=size).delete()
    cut(log, size)
    cut(chain.newest(chain.INDEX), 1)


def test_a_sound_ledger_is_in_order(letter):
    assert in_order() == 2
    code, out, _err = ledger("status")
    assert code == 0
    assert "7 entries, signed to 7" in out
    assert "Witnesses: none." in out
    make_signature(letter)
    assert ledger("run")[:2] == (0, "2 entries logged\n")
    Signature.objects.update(position="Dean")
    assert ledger("scan")[1].startswith("14 entries logged")


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        ("UPDATE ledger_entry SET line = 'x' WHERE number = 2", "one was changed"),
        ("DELETE FROM ledger_entry WHERE number = 2", "Entries are missing"),
        ("UPDATE ledger_tile SET number = 5", "not what lies below"),
        ("DELETE FROM ledger_tile", "0 whole tiles instead of 1"),
        ("UPDATE ledger_checkpoint SET note = replace(note, 'A', 'B')", "cannot be used"),
        ("UPDATE ledger_checkpoint SET size = size + 1000", "and the log has"),
        ("UPDATE press_commitment SET number = number + 1000", "commitment that stands"),
        ("UPDATE signatures_signature SET held_reason = 'x' WHERE display_name < 'Signatory M'", "not counted"),
        ("DELETE FROM press_commitment WHERE number < 9", "lines wait for their index"),
    ],
)
def test_fsck_names_what_was_changed_by_hand(harm, sentence):
    letter = make_letter()
    make_signatures(letter, 256, at=timezone.now() - timedelta(hours=1))
    sequencing.run()
    with tampering() as cursor:
        cursor.execute(harm)

    code, _out, err = ledger("fsck")

    assert code == 1
    assert sentence in err


def test_a_log_that_grows_while_it_is_checked_is_in_order(letter, monkeypatch):
    """After each part that is read, 260 more entries are appended and published: more than a tile."""
    log, read = sequencing.log_of(letter), tiles.lines_of

    def grow():
        chain.append(log, [f"more {number}" for number in range(260)])
        chain.publish(log)

    def read_and_grow(*place):
        with monkeypatch.context() as patch:
            patch.setattr(tiles, "lines_of", read)
            grow()
        return read(*place)

    grow()
    monkeypatch.setattr(tiles, "lines_of", read_and_grow)

    assert inspecting.fsck(log) == []


def test_what_was_appended_and_not_signed_yet_is_waited_for(letter, monkeypatch):
    log, waited = sequencing.log_of(letter), []
    chain.append(log, ["one more"])
    monkeypatch.setattr(inspecting, "PUBLISHED_WITHIN", timedelta(0))
    (sentence,) = inspecting.fsck(log)
    assert "run the sequencer" in sentence

    monkeypatch.setattr(inspecting, "PUBLISHED_WITHIN", timedelta(minutes=1))
    monkeypatch.setattr(time, "sleep", lambda seconds: waited.append(chain.publish(log)))

    assert (inspecting.fsck(log), len(waited)) == ([], 1)


def test_a_restored_backup_is_refused_and_then_made_good(letter):
    kept = outside.read(sequencing.log_of(letter)).checkpoint
    leaving, staying = Signature.objects.order_by("pk")[:2]
    backup = dict(Signature.objects.filter(pk=leaving.pk).values()[0])
    managing.erase(leaving.public_id)
    late = make_signature(letter, person="bob")
    sequencing.run()
    signed = {checkpoint.size: checkpoint.note for checkpoint in Checkpoint.objects.all()}
    proof = proofs.receipt_of(staying)

    Signature.objects.filter(pk=leaving.pk).update(**backup)  # yesterday's dump
    Commitment.objects.filter(signature=late).delete()
    Signature.objects.filter(pk=late.pk).delete()
    restore(letter, kept.size)
    make_signature(letter, person="charlie")

    code, out, err = ledger("run")
    assert (code, out) == (3, "0 entries logged\n")
    assert "restored from a backup" in err
    assert ledger("status")[0] == 3

    code, out, _err = ledger("recover")
    assert code == 0
    assert "1 people taken out again, 1 lines retracted" in out
    leaving.refresh_from_db()
    assert (leaving.state, leaving.display_name, leaving.email_sealed) == ("withdrawn", "", None)
    assert proofs.receipt_of(leaving) is None
    assert proofs.receipt_of(staying).entry == proof.entry
    for checkpoint in Checkpoint.objects.all():
        assert signed.get(checkpoint.size, checkpoint.note) == checkpoint.note, "two roots for one size"
    assert in_order() == 2
    assert ledger("recover")[:2] == (0, ledger("recover")[1])
    assert not Halt.objects.exists()


def test_who_left_before_an_index_was_given_stays_out_after_a_restore(letter):
    held = make_signature(letter, state="held")
    sequencing.run()
    backup = dict(Signature.objects.filter(pk=held.pk).values()[0])
    managing.erase(held.public_id)
    sequencing.run()
    Signature.objects.filter(pk=held.pk).update(**backup)

    assert ledger("replay-retractions") == (0, "1 people taken out again\nSnapshots made anew: 0\n", "")
    assert ledger("replay-retractions") == (0, "0 people taken out again\nSnapshots made anew: 0\n", "")

    held.refresh_from_db()
    assert held.state == "withdrawn"


def test_a_database_that_lost_every_log_takes_them_over_from_outside(letter):
    origins = set(Log.objects.values_list("origin", flat=True))
    Commitment.objects.all().delete()
    LoggedText.objects.all().delete()
    letter.scan.delete()
    with tampering() as cursor:
        for table in ("checkpoint", "entry", "tile", "head", "inclusion", "log"):
            cursor.execute(f"DELETE FROM ledger_{table}")  # noqa: S608 - our own tables
    for act in ("run", "status"):
        code, _out, err = ledger(act)
        assert (code, "set LEDGER_DIR to an empty folder of its own" in err) == (3, True)

    code, out, _err = ledger("recover")

    assert code == 0
    assert "6 lines retracted" in out
    assert set(Log.objects.values_list("origin", flat=True)) == origins
    assert in_order() == 2
    kinds = [json.loads(line)["k"] for line in tiles.lines_of(sequencing.log_of(letter), 0, 99)]
    assert kinds == ["text", *["sign"] * 6, *["retract"] * 6, *["sign"] * 6]


def test_a_damaged_tree_is_given_up_only_when_told_so(letter):
    old = sequencing.log_of(letter)
    last = chain.read_checkpoint(chain.shown(old))
    with tampering() as cursor:
        cursor.execute("UPDATE ledger_entry SET line = 'x' WHERE number = 3")
    make_signature(letter)
    assert ledger("run")[0] == 3

    code, _out, err = ledger("recover")
    assert code == 1
    assert "--new-logs" in err
    assert sequencing.log_of(letter) == old

    code, _out, _err = ledger("recover", "--new-logs")
    new = sequencing.log_of(letter)
    assert code == 0
    assert new != old
    first, *others = [json.loads(line) for line in tiles.lines_of(new, 0, 99)]
    assert first == {"k": "checkpoint", "o": old.origin, "root": last.root.hex(), "size": last.size, "v": 1}
    assert [entry["k"] for entry in others] == ["text", *["sign"] * 7]
    assert len(list(sequencing.openings(letter.version))) == 7
    assert ledger("status")[0] == 0
    assert in_order() == 2


def test_a_lost_head_outside_is_not_made_up(letter):
    (outside.folder_of(sequencing.log_of(letter)) / outside.HEAD).unlink()
    make_signature(letter)

    assert ledger("run")[0] == 3
    assert ledger("recover")[0] == 1
    assert ledger("recover", "--new-logs")[0] == 0


def test_keys_are_shown_rotated_and_dropped(key_file, letter):
    quiet = make_letter()
    sequencing.run()
    before = ledger("keys")[1]

    both = ledger("keys", "rotate")[1].splitlines()
    make_signature(letter)
    sequencing.run()

    assert before.split()[0] == both[1].split()[0]
    assert len(ledger("keys", "drop-old")[1].splitlines()) == 1
    assert note.parse_key(proofs.vkey_of(letter)).public == note.parse_key(both[0].split()[0]).public
    for one in (letter, quiet):
        assert note.open_checkpoint(proofs.checkpoint_of(one), [note.parse_key(proofs.vkey_of(one))])
    make_signature(letter)
    assert ledger("run")[0] == 0
    assert in_order() == 3


def test_journal_marks_are_nobody_to_whoever_lacks_the_key(letter):
    row = Signature.objects.first()

    assert row.public_id.hex not in batches.erasure_mark(row)
    assert len(batches.erasure_mark(row)) == 32


def test_reconcile_counts_the_ledger_against_the_lines(letter):
    assert "ledger-differs" not in reconciling.check_database(timezone.now()).differences
    Commitment.objects.filter(number=3).delete()

    (found,) = reconciling.check_database(timezone.now()).differences["ledger-differs"]

    assert "5 lines have a commitment that stands, the log has 6" in found


# --- being a witness ---


@pytest.fixture
def witness(live_server, settings, tmp_path):
    settings.FETCH_ALLOW_LOCAL = True
    key, store = tmp_path / "w.key", tmp_path / "kept"

    url = live_server.url.replace("localhost", "127.0.0.1")  # the guard asks no resolver for a number

    def look(*more):
        return ledger("witness", url, "--store", str(store), "--key", str(key), *more)

    look.store, look.key = store, key
    return look


@pytest.mark.django_db(transaction=True)
def test_a_witness_follows_cosigns_and_hands_back(letter, witness, settings, tmp_path):
    code, _first, err = witness("--make-key", "newsroom.example/w")
    vkey = err.split("WITNESSES: ")[1].split("\n")[0]
    settings.WITNESSES = [vkey]
    for _ in range(3):
        make_signature(make_letter())
    sequencing.run()

    code_again, second, err = witness()

    assert (code, code_again) == (0, 0)
    assert "1 entries before, 4 now" in err
    assert witness.key.stat().st_mode & 0o077 == 0
    (tmp_path / "cosigned").write_text(second)
    assert "newsroom.example/w cosigned 4 entries" in ledger("add-cosignature", str(tmp_path / "cosigned"))[1]
    assert proofs.site_checkpoint().decode() == second
    assert "Witnesses: 1 of 1 cosigned" in ledger("status")[1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [1, 3])
def test_a_witness_refuses_a_second_past_and_keeps_the_evidence(letter, witness, size):
    make_letter()
    sequencing.run()
    assert witness("--make-key", "w")[0] == 0
    kept = (witness.store / "newest").read_text()
    index = chain.newest(chain.INDEX)
    key = chain.signers(index)[0]
    with tampering():  # the site shows this witness another tree, well signed
        Entry.objects.filter(log=index).update(line="another")
        Checkpoint.objects.filter(log=index).delete()
        root = proofs.merkle.root_of([proofs.merkle.leaf_hash(b"another")] * size)
        Checkpoint.objects.create(
            log=index, size=size, note=note.sign(str(note.Checkpoint(index.origin, size, root)), key),
            signed_at=timezone.now(),
        )  # fmt: skip

    with pytest.raises(CommandError, match="does not go on from the checkpoint of 2 entries") as refused:
        witness()

    assert "Nothing is signed" in str(refused.value)
    assert (witness.store / "newest").read_text() == kept
    assert len(list(witness.store.glob("conflict-*"))) == 1


@pytest.mark.django_db(transaction=True)
def test_a_witness_trusts_the_key_it_saw_first(key_file, letter, witness):
    assert witness("--make-key", "w")[0] == 0
    ledger("keys", "rotate")
    ledger("keys", "drop-old")
    make_letter()
    sequencing.run()

    with pytest.raises(CommandError, match="not signed by the key"):
        witness()


def test_a_witness_without_a_key_or_a_site_is_told_so(witness, tmp_path):
    with pytest.raises(CommandError, match="--make-key NAME"):
        witness()
    with pytest.raises(CommandError, match="neither spaces nor a plus"):
        witness("--make-key", "two words")
    assert (
        ledger("witness", "http://127.0.0.1:9", "--store", str(tmp_path), "--key", str(witness.key), "--make-key", "w")[
            0
        ]
        == 2
    )
    with pytest.raises(CommandError, match="never overwritten"):
        witness("--make-key", "w")


def test_a_cosigned_file_that_is_not_there_is_named(letter, tmp_path):
    with pytest.raises(CommandError, match=r"nothing cannot be read: No such file .* Give the file"):
        ledger("add-cosignature", str(tmp_path / "nothing"))


@pytest.mark.django_db(transaction=True)
def test_a_witness_tells_which_key_it_follows_and_of_another_log_what_to_do(letter, witness):
    _code, _out, err = witness("--make-key", "w")
    assert f"compare it with a print: {chain.keys_of(chain.newest(chain.INDEX))[0]}" in err
    assert "compare it with" not in witness()[2]
    recovering._begin_anew(chain.newest(chain.INDEX), tell=str)
    sequencing.run()

    with pytest.raises(CommandError, match="Follow the new one with another --store"):
        witness()
