"""What a letter's log says of its texts and lines, and when it says nothing."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from letters.core import canonical
from letters.ledger import chain, note, outside, tiles
from letters.ledger.models import Entry, Halt
from letters.press import batches, columns, commitments, exports, logged, sequencing, snapshots, tasks
from letters.press.models import Commitment, Scan
from letters.signatures import deciding, managing, signing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_version, utc

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def entries(letter):
    log = sequencing.log_of(letter)
    return [
        json.loads(line) for line in Entry.objects.filter(log=log).order_by("number").values_list("line", flat=True)
    ]


def kinds(letter):
    return [entry["k"] for entry in entries(letter)]


def standing(row):
    return Commitment.objects.get(signature=row, retracted_by__isnull=True)


def test_the_text_stands_before_the_lines_and_nothing_says_who_they_are():
    letter = make_letter()
    rows = [make_signature(letter, person="suzie"), make_signature(letter, person="bob")]

    assert sequencing.run() == 4  # and the checkpoint in the site's own log

    text, *signs = entries(letter)
    assert text == {"k": "text", "sha256": letter.version.sha256, "v": 1, "ver": "1"}
    assert [{**sign, "c": len(sign["c"])} for sign in signs] == [
        {"b": "email", "c": 64, "k": "sign", "t": "1", "v": 1}
    ] * 2
    whole = "".join(Entry.objects.values_list("line", flat=True))
    for word in ("Suzie", "Bob", "example", "Harbour", str(rows[0].public_id), str(rows[0].confirmed_at.year)):
        assert word not in whole


def test_a_commitment_is_opened_by_its_salt_and_the_row_of_the_file():
    letter = make_letter()
    row = make_signature(letter, affiliation="=Institute", country="NL")
    sequencing.run()

    ((public_id, index, salt),) = sequencing.openings(letter.version)
    context = columns.Context(1, "https://x/{id}", position=9, texts=exports.texts_of(letter.version))
    cells = columns.values(Signature.objects.get(), context)
    del cells["text_sha256"]

    assert public_id == row.public_id
    message = {"letter": sequencing.log_of(letter).origin, **{k: v for k, v in cells.items() if v}}
    del message["list_position"], message["permalink"]
    assert message["affiliation"] == "=Institute"
    value = commitments.commit(bytes.fromhex(salt), canonical.dumps(message))
    assert entries(letter)[index]["c"] == value.hex()
    assert commitments.commit(bytes(32), canonical.dumps(message)) != value


def test_two_equal_lines_have_entries_that_cannot_be_told():
    letter = make_letter()
    for _ in range(2):
        make_signature(letter)

    sequencing.run()

    signs = [entry["c"] for entry in entries(letter) if entry["k"] == "sign"]
    assert len(set(signs)) == 2


@pytest.mark.parametrize("state", ["pending", "held", "withdrawn", "removed", "erased"])
def test_what_is_not_counted_is_not_logged(state):
    letter = make_letter()
    make_signature(letter, state=state)

    sequencing.run()

    assert kinds(letter) == ["text"]


def test_a_withheld_name_is_counted_and_never_opened():
    letter = make_letter()
    make_signature(letter, state="hidden")

    sequencing.run()

    assert entries(letter)[1]["b"] == "withheld"
    assert list(sequencing.openings(letter.version)) == []


@pytest.mark.parametrize("state", ["draft", "private", "embargoed"])
def test_a_letter_that_the_public_cannot_read_has_no_log(state):
    letter = make_letter(state=state)
    make_signature(letter)

    sequencing.run()

    assert sequencing.log_of(letter) is None
    assert Entry.objects.count() == 0


def test_a_second_run_has_nothing_to_say():
    letter = make_letter()
    make_signature(letter)
    sequencing.run()

    assert sequencing.run() == 0
    assert sequencing.run() == 0
    assert kinds(letter) == ["text", "sign"]


ACTS = {
    "withdraw": (lambda row: managing.withdraw(row.public_id), [("retract", "withdrawn")]),
    "erase": (lambda row: managing.erase(row.public_id), [("retract", "withdrawn")]),
    "disown": (lambda row: signing.disown(row.public_id), [("retract", "withdrawn")]),
    "remove": (lambda row: deciding.remove(row, reason="impersonation", by="test"), [("retract", "invalid")]),
    "duplicate": (lambda row: deciding.remove(row, reason="duplicate", by="test"), [("retract", "duplicate")]),
    "not eligible": (lambda row: deciding.remove(row, reason="not-eligible", by="test"), [("retract", "operator")]),
    "hide": (lambda row: managing.hide(row.public_id, hidden=True), [("retract", "corrected"), ("sign", None)]),
    "hold": (
        lambda row: Signature.objects.update(held_reason="wave", changed_at=timezone.now()),
        [("retract", "held")],
    ),
    "correct": (
        lambda row: Signature.objects.update(position="Dean", changed_at=timezone.now()),
        [("retract", "corrected"), ("sign", None)],
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_every_end_and_change_of_a_line_is_an_entry(act):
    letter = make_letter()
    row = make_signature(letter)
    sequencing.run()
    before, size = standing(row), len(entries(letter))

    ACTS[act][0](row)
    sequencing.run()

    added = entries(letter)[size:]
    assert [(entry["k"], entry.get("r")) for entry in added] == ACTS[act][1]
    assert added[0]["i"] == before.number
    before.refresh_from_db()
    assert before.salt is None
    assert before.retracted_by == size


@pytest.mark.parametrize("end", ["withdraw", "erase", "disown"])
def test_the_salt_goes_in_the_transaction_that_ends_the_line(end):
    letter = make_letter()
    row = make_signature(letter)
    sequencing.run()
    assert standing(row).salt is not None

    ACTS[end][0](row)

    assert standing(row).salt is None


def test_a_change_of_no_column_is_no_entry():
    letter = make_letter()
    make_signature(letter)
    sequencing.run()

    Signature.objects.update(consent_updates=True, changed_at=timezone.now())

    assert sequencing.run() == 0
    assert kinds(letter) == ["text", "sign"]


def test_a_change_that_nobody_dated_is_found_by_the_whole_scan():
    letter = make_letter()
    make_signature(letter)
    sequencing.run()
    Signature.objects.update(position="Dean")

    assert sequencing.run() == 0
    assert sequencing.scan(letter) == 2
    assert kinds(letter) == ["text", "sign", "retract", "sign"]


def test_a_restored_line_is_signed_anew():
    letter = make_letter()
    row = make_signature(letter)
    sequencing.run()
    deciding.remove(row, reason="impersonation", by="test")
    sequencing.run()

    deciding.restore(row, by="test")
    sequencing.run()

    assert kinds(letter) == ["text", "sign", "retract", "sign"]


def test_fixes_and_versions_are_logged_before_who_signs_them():
    letter = make_letter()
    make_signature(letter)
    sequencing.run()
    second = make_version(letter)
    make_signature(letter, version=second)
    sequencing.run()

    assert [(entry["k"], entry.get("ver"), entry.get("t")) for entry in entries(letter)] == [
        ("text", "1", None),
        ("sign", None, "1"),
        ("text", "2", None),
        ("sign", None, "2"),
    ]


def test_many_lines_take_several_batches_and_stand_in_no_order(monkeypatch):
    monkeypatch.setattr(batches, "BATCH", 7)
    letter = make_letter()
    at = utc("2026-11-01 10:00")
    rows = [make_signature(letter, at=at + timedelta(seconds=number)) for number in range(30)]

    sequencing.run()

    order = [standing(row).number for row in rows]
    assert sorted(order) == list(range(1, 31))
    assert order != sorted(order)
    assert Scan.objects.get().pass_started_at is None


def test_a_run_whose_time_is_up_goes_on_where_it_stopped(monkeypatch):
    monkeypatch.setattr(batches, "BATCH", 3)
    letter = make_letter()
    at = utc("2026-11-01 10:00")
    for _ in range(8):
        make_signature(letter, at=at)  # all in one instant, as a bulk decision leaves them

    for size in (4, 7, 9):
        sequencing.run(seconds=-1)
        assert len(entries(letter)) == size


def test_the_sites_own_log_takes_each_new_checkpoint():
    letters = [make_letter(), make_letter()]

    sequencing.run()
    make_signature(letters[0])
    sequencing.run()

    index = chain.newest(chain.INDEX)
    lines = [json.loads(line) for line in tiles.lines_of(index, 0, 99)]
    log = sequencing.log_of(letters[0])
    shown = note.parse_checkpoint(note.parse(chain.shown(log).note.encode()).text)
    assert len(lines) == 3
    assert lines[-1] == {"k": "checkpoint", "o": log.origin, "root": shown.root.hex(), "size": 2, "v": 1}
    assert chain.shown(index).size == 3


def test_published_files_are_logged():
    letter = make_letter()
    sequencing.run()

    assert sequencing.append_exports(letter, [("signatories.csv", 12, "a" * 64, 3456)]) is True

    assert entries(letter)[-1] == {
        "f": "signatories.csv", "k": "export", "n": 12, "sha256": "a" * 64, "size": 3456, "v": 1,
    }  # fmt: skip
    assert chain.shown(sequencing.log_of(letter)).size == 2
    assert sequencing.append_exports(make_letter(state="private"), [("x", 1, "a" * 64, 3)]) is False


def test_who_ended_before_an_index_is_remembered_outside():
    letter = make_letter()
    early, late = make_signature(letter, state="held"), make_signature(letter)
    sequencing.run()

    managing.erase(early.public_id)
    managing.erase(late.public_id)
    sequencing.run()
    sequencing.run()

    assert outside.journalled() == {batches.erasure_mark(early)}


# --- a log that must not grow ---


def test_a_halted_letter_says_so_once_and_the_others_go_on(caplog):
    letters = [make_letter(), make_letter()]
    sequencing.run()
    log = sequencing.log_of(letters[0])
    (outside.folder_of(log) / outside.HEAD).unlink()
    for letter in letters:
        make_signature(letter)

    for _ in range(3):
        sequencing.run()

    assert [kinds(letter) for letter in letters] == [["text"], ["text", "sign"]]
    assert [(halt.log, halt.code) for halt in chain.halted()] == [(log, "head-lost")]
    assert sum("head-lost" in str(r) or "holds no head" in r.getMessage() for r in caplog.records) == 1


def test_nothing_is_logged_while_the_sites_own_log_is_halted():
    letter = make_letter()
    sequencing.run()
    (outside.folder_of(chain.newest(chain.INDEX)) / outside.HEAD).unlink()
    make_signature(letter)

    assert sequencing.run() == 0
    assert kinds(letter) == ["text"]
    assert [halt.code for halt in Halt.objects.all()] == ["head-lost"]


def test_a_new_database_beside_the_logs_of_another_is_refused(caplog):
    folder = outside.folder_of(chain.start("x:1"))
    folder.mkdir(parents=True)
    (folder / outside.HEAD).write_text("{}")
    letter = make_letter()

    assert sequencing.run() == 0

    assert sequencing.log_of(letter) is None
    assert "LEDGER_DIR holds logs that the database does not know" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_whoever_ends_a_line_waits_for_the_batch_and_finds_its_salt():
    letter = make_letter()
    row = make_signature(letter)
    ending = threading.Thread(target=erase_and_hang_up, args=[row.public_id])

    with transaction.atomic():
        chain.alone()
        scan = sequencing._scan_of(letter)
        ending.start()
        batches.log_next(letter, scan)
        ending.join(0.3 if connection.vendor == "postgresql" else 0.1)
        is_waiting = ending.is_alive()
    ending.join()

    if is_waiting:  # else it was first, and there is no entry
        assert standing(row).salt is None
    assert Commitment.objects.filter(salt__isnull=False).count() == 0


def erase_and_hang_up(public_id):
    managing.erase(public_id)
    connection.close()


def test_a_site_that_another_worker_began_this_instant_is_no_other_site(monkeypatch, caplog):
    letter = make_letter()
    sequencing.run()
    make_signature(letter)
    newest, looks = chain.newest, iter([None])
    monkeypatch.setattr(chain, "newest", lambda subject: next(looks, newest(subject)))

    assert sequencing.run() == 2

    assert (kinds(letter), caplog.text) == (["text", "sign"], "")


def test_a_log_whose_first_entries_are_not_signed_yet_is_waited_for(monkeypatch):
    letter = make_letter()
    with monkeypatch.context() as patch:
        patch.setattr(chain, "publish", lambda log, **_: None)  # as if the worker that appended had come no further
        sequencing.run()

    with pytest.raises(logged.NotSettled):
        logged.proof_of(letter, letter.version)
    sequencing.run()
    assert logged.proof_of(letter, letter.version).size == 1


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_waits_for_its_log_while_another_appends(without_printing):
    letter = make_letter()
    row = snapshots.ask(letter)
    making = threading.Thread(target=make_and_hang_up)

    with transaction.atomic():
        chain.alone()
        making.start()
        while connection.vendor == "postgresql" and making.is_alive() and not somebody_waits():
            pass
    making.join()

    row.refresh_from_db()
    assert (row.state, kinds(letter)[0]) == ("ready", "text")
    assert row.files.filter(name="checkpoint").exists()


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
        return cursor.fetchone()[0]


def make_and_hang_up():
    snapshots.make_waiting()
    connection.close()


def test_the_job_of_the_clock_is_the_same_run():
    letter = make_letter()

    assert tasks.sequence() == 2
    assert kinds(letter) == ["text"]
