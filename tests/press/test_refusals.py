"""What an operator is told when the ledger cannot go on, and that nothing is given up which is merely away."""

import errno
import json
import os
import shutil
from datetime import timedelta

import pytest
from django.utils import timezone

from letters.core import keyring
from letters.ledger import chain, outside
from letters.ledger.models import Entry, Halt, Log
from letters.press import mending, proofs, redacting, sequencing, snapshots, tasks
from letters.press.kit import making
from letters.press.models import Snapshot, SnapshotFile
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_signatures
from tests.ledger.tampering import tampering
from tests.press.keeping import kept
from tests.press.test_ledger_command import ledger

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter():
    letter = make_letter(slug="lift")
    make_signatures(letter, 3)
    sequencing.run()
    return letter


def refuse(number):
    def refused(*_args, **_options):
        raise OSError(number, os.strerror(number))

    return refused


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_folder_that_cannot_be_written_halts_for_as_long_and_gives_nothing_up(letter, monkeypatch, number, caplog):
    log = proofs.log_of(letter)
    make_signature(letter)
    with monkeypatch.context() as patch:
        patch.setattr(outside, "_write_lines", refuse(number))
        patch.setattr(outside, "_replace", refuse(number))
        assert ledger("run")[0] == 3
        code, _out, err = ledger("status")
        assert (code, "goes on by itself" in err, "--new-logs" in err) == (3, True, False)
        code, _out, err = ledger("recover", "--new-logs")
        assert (code, os.strerror(number) in err, proofs.log_of(letter) == log) == (1, True, True)
    assert os.strerror(number) in caplog.text

    assert ledger("run") == (0, "1 entries logged\n", "")  # the site's own log; the letter's entry was in the database

    assert (ledger("status")[0], ledger("fsck")[0], Halt.objects.count()) == (0, 0, 0)
    assert chain.shown(log).size == Entry.objects.filter(log=log).count() == 5


def test_status_sees_a_restored_backup_before_anything_was_logged(letter):
    folder = outside.folder_of(proofs.log_of(letter))
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert ledger("status")[0] == 0
    (folder / outside.HEAD).unlink()

    code, _out, err = ledger("status")

    assert (code, "See that its disk is there" in err, Halt.objects.count()) == (3, True, 0)
    (folder / outside.HEAD).write_bytes(kept[outside.HEAD])
    assert ledger("status")[0] == 0


def test_another_key_file_is_called_that_and_the_right_one_goes_on(key_file, letter):
    right = key_file.read_bytes()
    ledger("keys", "rotate")
    document = json.loads(key_file.read_text())
    document["ledger"] = document["ledger"][:1]
    before = json.loads(right)
    for log in Log.objects.all():  # signed by the old one alone, as before the rotation
        kept = outside.read(log)
        (outside.folder_of(log) / outside.HEAD).write_text(
            json.dumps(
                {**vars(kept), "signed": kept.signed.rsplit("— ", 1)[0] if kept.signed.count("—") > 1 else kept.signed}
            )
        )
    keyring.write(key_file, document, replace=True)
    keyring.forget()

    code, _out, err = ledger("status")

    assert (code, "not signed by a key of KEYS_FILE" in err) == (3, True)
    assert before["ledger"] != document["ledger"]
    key_file.write_bytes(right)
    keyring.forget()
    assert (ledger("recover")[0], ledger("status")[0]) == (0, 0)


def test_the_folder_of_another_site_is_not_taken_over(key_file, letter):
    document = json.loads(key_file.read_text())
    with tampering() as cursor:
        cursor.execute("DELETE FROM press_commitment")
        cursor.execute("DELETE FROM press_loggedtext")
        cursor.execute("DELETE FROM press_scan")
        for table in ("checkpoint", "entry", "tile", "head", "inclusion", "log"):
            cursor.execute(f"DELETE FROM ledger_{table}")  # noqa: S608 - our own tables
    document["ledger"] = [keyring.new_key(9)]
    keyring.write(key_file, document, replace=True)
    keyring.forget()

    for options in ((), ("--new-logs",)):
        code, _out, err = ledger("recover", *options)
        assert (code, "is of another site" in err) == (1, True)
    assert Log.objects.count() == 0


def test_fsck_names_the_entry_that_was_changed(letter):
    with tampering() as cursor:
        cursor.execute("UPDATE ledger_entry SET line = replace(line, 'email', 'other') WHERE number = 2")

    code, _out, err = ledger("fsck")

    assert (code, "Entry 2 is not the one that LEDGER_DIR holds." in err) == (1, True)


# --- snapshots after a restore ---


def is_as_said(row):
    row.refresh_from_db()
    return row.is_whole and all(
        (snapshots.folder_of(row) / making.SERVED / file.name).stat().st_size == file.size_bytes
        for file in row.files.filter(refusal="")
    )


@pytest.fixture
def gone(letter, few_files):
    """Somebody in the list, in the log and in a snapshot."""
    row = make_signature(letter, display_name="Gone Geraldine")
    Signature.objects.filter(version=letter.version).update(confirmed_at=timezone.now() - timedelta(minutes=5))
    sequencing.scan(letter)
    return row


def holds_her(row):
    return any(b"Geraldine" in path.read_bytes() for path in snapshots.folder_of(row).rglob("*") if path.is_file())


def test_a_database_of_before_a_withdrawal_gets_the_hashes_of_the_files_that_are_there(letter, gone):
    row = kept(letter)
    files, rows = list(SnapshotFile.objects.values()), list(Snapshot.objects.values())
    managing.withdraw(gone.public_id)
    redacting.run()
    assert is_as_said(row)
    Snapshot.objects.filter(pk=row.pk).update(**rows[0])
    for one in files:
        SnapshotFile.objects.filter(pk=one["id"]).update(**one)
    assert not is_as_said(row)

    code, out, err = ledger("recover")

    assert (code, "Snapshots made anew: 1" in out, "made anew" in err) == (0, True, True)
    assert (is_as_said(row), row.redacted_count, holds_her(row)) == (True, 1, False)
    assert mending.run(tell=print) == 0


def test_folders_of_before_a_withdrawal_lose_the_name_again(letter, gone):
    row = kept(letter)
    backup = {path: path.read_bytes() for path in snapshots.folder_of(row).rglob("*") if path.is_file()}
    managing.withdraw(gone.public_id)
    redacting.run()
    for path in snapshots.folder_of(row).rglob("*.json"):
        path.unlink()
    for path, data in backup.items():
        path.write_bytes(data)
    assert holds_her(row)

    assert ledger("replay-retractions")[1].endswith("Snapshots made anew: 1\n")

    assert (holds_her(row), is_as_said(row)) == (False, True)


def test_a_lost_folder_is_named(letter, gone):
    row = kept(letter)
    shutil.rmtree(snapshots.folder_of(row))

    code, _out, err = ledger("recover")

    assert (code, "is lost. Put it back from a copy." in err) == (0, True)


def test_whoever_leaves_while_the_clock_is_back_is_found_at_night(letter, gone):
    row = kept(letter)
    Snapshot.objects.update(looked_at=timezone.now() + timedelta(hours=1))  # it was, before the clock was set right
    managing.withdraw(gone.public_id)
    redacting.run()
    assert holds_her(row)

    tasks.scan_ledger()
    redacting.run()

    assert not holds_her(row)
