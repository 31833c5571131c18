"""Whoever left, was removed or hides their line is in no file of any snapshot; the counts stay."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from letters.moderation import cases
from letters.moderation import deciding as moderation
from letters.press import correction_words, proofs, redacting, sequencing, snapshots, turns
from letters.press.models import Correction, Redaction, Snapshot
from letters.signatures import deciding, managing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_signatures, make_user, make_version
from tests.press.keeping import amounts_of, confirmed, everything, kept, read, rows_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_printing")]


def test_whoever_withdraws_is_an_empty_line_in_every_file_and_the_counts_stay():
    letter = make_letter()
    make_signatures(letter, 3)
    gone = make_signature(letter, display_name="Gone Geraldine", affiliation="Vanished Institute", comment="I said it",
                          consent_comment=True, consent_quote=True)  # fmt: skip
    Signature.objects.update(confirmed_at=timezone.now() - timedelta(minutes=5))
    row = kept(letter)
    before = read(row, "signatories.csv")

    managing.withdraw(gone.public_id)
    assert redacting.run() == 1

    found = everything(row)
    assert [path.name for path, data in found.items() if b"Geraldine" in data or b"Vanished" in data] == []
    (line,) = [line for line in rows_of(row) if line["signature_id"] == str(gone.public_id)]
    assert {name: value for name, value in line.items() if value} == {
        "signature_id": str(gone.public_id), "signatory_type": "redacted",
    }  # fmt: skip
    assert [line["signature_id"] for line in rows_of(row)] == [
        line["signature_id"] for line in csv.DictReader(io.StringIO(before.decode()))
    ]
    assert json.loads(read(row, "counts.json"))["persons"] == 4
    file = row.files.get(name="signatories.csv")
    assert file.sha256 == hashlib.sha256(read(row, "signatories.csv")).hexdigest()
    (redaction,) = file.redactions.all()
    assert (redaction.old_sha256, redaction.new_sha256) == (hashlib.sha256(before).hexdigest(), file.sha256)
    assert sum(int(line["persons"]) for line in rows_of(row, "by-country.csv")) == 4
    amounts = amounts_of(row)
    assert amounts["by-country.csv"] == len(rows_of(row, "by-country.csv")) == 2  # one, and those who are redacted
    assert amounts == {name: len(rows_of(row, name)) for name in amounts}
    assert redacting.run() == 0
    (entry,) = Correction.objects.filter(letter=letter, kind="redaction")
    note = correction_words.note_of(entry)
    assert ("signatory's request" in note, redaction.old_sha256 in note, redaction.new_sha256 in note) == (True,) * 3


@pytest.mark.parametrize("how", ["removed", "held and then removed", "hidden and then erased"])
def test_whoever_is_taken_off_in_whatever_way_is_in_no_file_any_more(how):
    letter = make_letter()
    gone = confirmed(letter, display_name="Gone Geraldine", affiliation="Vanished Institute")
    confirmed(letter)
    row = kept(letter)

    if how == "held and then removed":
        case = cases.open_case(gone, "operator", is_holding=True)
        redacting.run()
        moderation.refuse(case.public_id, by=make_user("mona", is_staff=True), reason_code="duplicate", note="Twice.")
    elif how == "removed":
        deciding.remove(gone, reason="impersonation", by="test")
    else:
        managing.hide(gone.public_id, hidden=True)
        redacting.run()
        managing.erase(gone.public_id)
    assert redacting.run() == (how != "hidden and then erased")

    found = b"".join(everything(row).values())
    assert [word for word in (b"Geraldine", b"Vanished") if word in found] == []
    row.refresh_from_db()
    assert (row.redacted_count, row.is_whole, row.persons) == (1, True, 2)
    notes = [correction_words.note_of(entry) for entry in Correction.objects.filter(kind="redaction").order_by("id")]
    assert "signatory's request" not in notes[-1] or how == "hidden and then erased"


def test_every_snapshot_of_the_text_loses_them_and_no_other_is_touched():
    letter, other, now = make_letter(), make_letter(), timezone.now()
    gone = confirmed(letter, display_name="Gone Geraldine")
    confirmed(letter)
    confirmed(other, display_name="Stays Sue")
    with time_machine.travel(now - timedelta(minutes=4)):
        first, elsewhere = kept(letter), kept(other)
    with time_machine.travel(now - timedelta(minutes=3)):
        second = kept(letter)
    make_version(letter)
    confirmed(letter, display_name="New Nina")
    with time_machine.travel(now - timedelta(minutes=2)):
        of_the_next_text = kept(letter)
    untouched = {row.pk: everything(row) for row in (elsewhere, of_the_next_text)}

    managing.withdraw(gone.public_id)

    assert redacting.run() == 2
    for row in (first, second):
        assert [path.name for path, data in everything(row).items() if b"Geraldine" in data] == []
    for row in (elsewhere, of_the_next_text):
        assert everything(row) == untouched[row.pk]
    counted = Snapshot.objects.order_by("pk").values_list("redacted_count", "is_whole")
    assert dict(zip([first.pk, elsewhere.pk, second.pk, of_the_next_text.pk], counted, strict=True)) == {
        first.pk: (1, True), elsewhere.pk: (0, True), second.pk: (1, True), of_the_next_text.pk: (0, True),
    }  # fmt: skip


def test_one_worker_is_at_a_folder_and_one_that_died_loses_its_turn():
    letter = make_letter()
    gone = confirmed(letter, display_name="Gone Geraldine")
    row = kept(letter)
    managing.withdraw(gone.public_id)
    Snapshot.objects.filter(pk=row.pk).update(started_at=timezone.now() + timedelta(seconds=1))

    assert redacting.run() == 0
    assert b"Geraldine" in read(row, "signatories.csv")

    Snapshot.objects.filter(pk=row.pk).update(started_at=timezone.now() - turns.STUCK_AFTER - timedelta(seconds=1))
    assert redacting.run() == 1
    assert b"Geraldine" not in read(row, "signatories.csv")
    row.refresh_from_db()
    assert row.started_at == row.ready_at


def verified(row, tmp_path):
    """What verify.py says of the unpacked kit, in an interpreter that knows nothing of us."""
    (kit,) = row.files.filter(name__endswith=".zip")
    folder = tmp_path / str(Redaction.objects.count())
    zipfile.ZipFile(snapshots.path_of(kit)).extractall(folder)
    command = [sys.executable, "-I", "verify.py", "."]
    found = subprocess.run(command, cwd=folder / kit.name[:-4], capture_output=True, text=True, check=False)
    return found.returncode, found.stdout


def test_the_kit_proves_itself_before_and_after_somebody_left(tmp_path):
    letter = make_letter()
    people = [confirmed(letter) for _number in range(4)]
    confirmed(letter, hidden_at=timezone.now())
    row = kept(letter)

    whole = verified(row, tmp_path)
    salts = [line["salt"] for line in rows_of(row, "openings.csv")]
    managing.withdraw(people[0].public_id)
    managing.hide(people[1].public_id, hidden=True)
    sequencing.run()
    redacting.run()
    after = verified(row, tmp_path)

    assert (whole[0], whole[1][:10]) == (0, "OK 4 shown"), whole
    assert (after[0], after[1][:10]) == (0, "OK 2 shown"), after
    kept_salts = [salt for salt in salts if any(salt.encode() in data for data in everything(row).values())]
    assert sorted(kept_salts) == sorted(line["salt"] for line in rows_of(row, "openings.csv"))
    assert (len(salts), len(kept_salts)) == (4, 2)
    exports = [line for line in proofs.entries_of(letter, proofs.size_of(letter)) if b'"k":"export"' in line]
    assert len(exports) == 6


def test_whoever_erases_leaves_no_trace_in_the_folder():
    letter = make_letter()
    gone = confirmed(letter, display_name="Erased Erika", affiliation="Vanished Institute", email="erika@mail.example")
    confirmed(letter)
    row = kept(letter)
    salt = rows_of(row, "openings.csv")[0]["salt"], rows_of(row, "openings.csv")[1]["salt"]

    managing.erase(gone.public_id)
    redacting.run()

    found = b"".join(everything(row).values())
    assert [word for word in (b"Erika", b"Vanished", b"mail.example") if word in found] == []
    assert sum(one.encode() in found for one in salt) == 1


def test_a_hidden_line_is_gone_for_good_and_a_held_one_until_it_is_shown_again():
    letter = make_letter()
    hidden, held, stays = (confirmed(letter, display_name=name) for name in ("Hidden Hal", "Held Hedwig", "Stays Sue"))
    row = kept(letter)
    whole = read(row, "signatories.csv")

    managing.hide(hidden.public_id, hidden=True)
    Signature.objects.filter(pk=held.pk).update(held_reason="dispute", changed_at=timezone.now())
    redacting.run()
    masked = read(row, "signatories.csv")
    managing.hide(hidden.public_id, hidden=False)
    Signature.objects.filter(pk=held.pk).update(held_reason="", changed_at=timezone.now())
    redacting.run()
    after = read(row, "signatories.csv")

    names = [[name for name in (b"Hidden", b"Held", b"Stays") if name in data] for data in (whole, masked, after)]
    assert names == [[b"Hidden", b"Held", b"Stays"], [b"Stays"], [b"Held", b"Stays"]]
    row.refresh_from_db()
    assert (row.redacted_count, row.is_whole) == (1, True)
    assert stays.is_public


def test_names_are_gone_before_files_are_made_anew(monkeypatch):
    letter = make_letter()
    gone = confirmed(letter, display_name="Gone Geraldine")
    confirmed(letter)
    row = kept(letter)
    monkeypatch.setattr(redacting, "_make_anew", lambda row: None)  # the worker dies here

    managing.withdraw(gone.public_id)
    redacting.run()

    assert [path.name for path, data in everything(row).items() if b"Geraldine" in data] == []
    file = row.files.select_related("snapshot__letter").get(name="signatories.csv")
    with pytest.raises(snapshots.BeingMadeAnew):
        snapshots.path_of(file)
    monkeypatch.undo()
    assert redacting.run() == 1
    assert rows_of(row)[0]["signatory_type"] in ("person", "redacted")


def test_a_line_that_came_after_a_snapshot_changes_nothing_in_it():
    letter = make_letter()
    confirmed(letter)
    row = kept(letter)
    before = everything(row)
    later = make_signature(letter, at=row.as_of + timedelta(minutes=1))

    managing.withdraw(later.public_id)

    assert (redacting.run(), everything(row)) == (0, before)
