"""Snapshots: the list as it was, in every file, for good; and without whoever left."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import threading
import zipfile
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook

from letters.core.errors import RuleError
from letters.documents import publishing
from letters.outreach.models import Milestone
from letters.press import archiving, correction_words, exports, logged, proofs, redacting, sequencing, snapshots
from letters.press.kit import making, sheets
from letters.press.models import Correction, Redaction, Snapshot
from letters.signatures import counting, managing
from letters.signatures.models import Signature
from tests.factories import STATES, make_letter, make_signature, make_signatures, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_printing")]
UNLISTED = {"SHA256SUMS", "SHA256SUMS.sig"}


def kept(letter, *, now=None):
    """A snapshot of the letter, made by the real rules."""
    row = snapshots.ask(letter)
    assert snapshots.make_waiting(now=now) == 1
    row.refresh_from_db()
    assert row.state == "ready", row.failure
    return row


def read(row, name):
    return (snapshots.folder_of(row) / making.SERVED / name).read_bytes()


def rows_of(row, name="signatories.csv"):
    return list(csv.DictReader(io.StringIO(read(row, name).decode())))


def everything(row):
    return {path: path.read_bytes() for path in snapshots.folder_of(row).rglob("*") if path.is_file()}


def test_the_list_is_the_one_that_is_downloaded_now_and_every_hash_is_right():
    letter = make_letter()
    make_signatures(letter, 5)
    make_signature(letter, signatory_type="organization", display_name="=cmd()", affiliation="Ünï, «x»")

    row = kept(letter)

    link = f"{settings.SITE_URL}/letters/{letter.slug}/signatories/{{id}}/"
    now = b"".join(exports.signatories_csv(letter.version, permalink=link))
    assert read(row, "signatories.csv") == now
    files = {file.name: file for file in row.files.all()}
    for name, file in files.items():
        data = read(row, name)
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.size_bytes, file.sha256), name
    assert (row.persons, row.organizations, files["signatories.csv"].rows) == (5, 1, 6)
    listed = {line.split("  ")[1]: line.split("  ")[0] for line in read(row, "SHA256SUMS").decode().splitlines()}
    kit = f"press-kit-{letter.slug}-{row.label}.zip"
    assert listed == {name: file.sha256 for name, file in files.items() if name not in UNLISTED | {kit}}
    with zipfile.ZipFile(io.BytesIO(read(row, kit))) as packed:
        inside = {name.removeprefix(f"{kit[:-4]}/"): packed.read(name) for name in packed.namelist()}
    assert inside == {name: read(row, name) for name in {*listed, *UNLISTED}}


def test_the_package_describes_every_table_that_is_there():
    letter = make_letter()
    make_signature(letter)
    row = kept(letter)

    package = json.loads(read(row, "datapackage.json"))

    tables = {file.name: file for file in row.files.all() if file.name.endswith(".csv")}
    assert {part["path"]: (part["bytes"], part["hash"]) for part in package["resources"]} == {
        name: (file.size_bytes, f"sha256:{file.sha256}") for name, file in tables.items()
    }
    for part in package["resources"]:
        fields = [field["name"] for field in part["schema"]["fields"]]
        assert fields == read(row, part["path"]).decode().splitlines()[0].split(","), part["path"]
        assert all(field["description"] for field in part["schema"]["fields"]), part["path"]
    assert row.files.count() > len(tables)


def test_nobody_is_in_it_whom_readers_do_not_see():
    letter = make_letter()
    for state in STATES:
        make_signature(letter, state=state, display_name=f"Name {state}", email=f"{state}@mail.example")

    found = b"".join(everything(kept(letter)).values()).decode("utf-8", "replace")

    assert {state for state in STATES if f"Name {state}" in found} == {"confirmed", "sample"}
    assert "mail.example" not in found


def test_a_workbook_has_five_sheets_and_text_alone():
    letter = make_letter()
    make_signature(letter, display_name="Ann =1+1", affiliation="=HYPERLINK(1)")
    row = kept(letter)

    book = load_workbook(io.BytesIO(read(row, "signatories.xlsx")))

    assert book.sheetnames == ["Signatories", "Organisations", "Counts", "Methodology", "Corrections"]
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert "=HYPERLINK(1)" in [cell.value for cell in cells]  # as typed; no program takes it for a formula


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
    assert redacting.run() == 0
    (entry,) = Correction.objects.filter(letter=letter, kind="redaction")
    note = correction_words.note_of(entry)
    assert ("signatory's request" in note, redaction.old_sha256 in note, redaction.new_sha256 in note) == (True,) * 3


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


def test_who_came_after_the_log_looked_is_left_out_of_list_and_count(monkeypatch):
    letter = make_letter()
    confirmed(letter)
    sequencing.run()
    monkeypatch.setattr(logged, "settle", lambda letter: None)  # as if a worker were at another letter
    confirmed(letter)

    row = kept(letter)

    assert (len(rows_of(row)), row.persons, "1 person has" in row.count["sentence"]) == (1, 1, True)
    assert len(rows_of(row, "openings.csv")) == 1


def test_it_waits_while_the_log_still_has_somebody_who_left(monkeypatch):
    letter = make_letter()
    gone = confirmed(letter)
    confirmed(letter)
    sequencing.run()
    with monkeypatch.context() as patch:
        patch.setattr(logged, "settle", lambda letter: None)
        managing.withdraw(gone.public_id)
        row = snapshots.ask(letter)
        assert snapshots.make_waiting() == 0
        row.refresh_from_db()
        assert row.state == "waiting"

    assert snapshots.make_waiting() == 1

    row.refresh_from_db()
    assert (row.state, row.persons) == ("ready", 1)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_everything_is_read_as_of_one_moment():
    letter = make_letter()
    make_signature(letter)

    def sign():
        make_signature(letter)
        connection.close()

    with archiving.one_moment():
        before = Signature.objects.count()
        other = threading.Thread(target=sign)
        other.start()
        other.join()
        assert Signature.objects.count() == before == 1
    assert Signature.objects.count() == 2


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


def confirmed(letter, **fields):
    return make_signature(letter, at=timezone.now() - timedelta(minutes=5), **fields)


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


@pytest.mark.parametrize(
    ("late", "what", "reason"),
    [
        (timedelta(hours=23), "signs", ""),
        (timedelta(hours=25), "signs", "daily"),
        (timedelta(hours=25), "nothing", ""),
        (timedelta(hours=1), "milestone", "milestone"),
        (timedelta(hours=1), "closes", "daily"),
        (timedelta(hours=1), "version", "first"),
    ],
)
def test_one_is_due(late, what, reason):
    letter = make_letter()
    confirmed(letter)
    counting.refresh()
    assert snapshots.ask_due() == 1
    snapshots.make_waiting()
    later = timezone.now() + late

    if what == "version":
        make_version(letter)
    if what in ("signs", "closes", "version"):
        make_signature(letter, at=timezone.now() + timedelta(seconds=1))
    if what == "milestone":
        Milestone.objects.create(letter=letter, number=10, persons=10, reached_at=timezone.now(), state="draft")
    if what == "closes":
        publishing.move(letter, "closed", by="test")
    counting.refresh(now=later)

    assert snapshots.ask_due(now=later) == bool(reason)
    assert list(Snapshot.objects.filter(state="waiting").values_list("reason", flat=True)) == [reason] * bool(reason)


@pytest.mark.parametrize("fields", [{"state": "draft"}, {"state": "embargoed"}, {"names_hidden_at": timezone.now()}])
def test_a_letter_that_is_not_shown_has_none(fields):
    letter = make_letter(**fields)
    make_signature(letter)
    counting.refresh()

    with pytest.raises((snapshots.NotPublic, snapshots.NamesHidden)):
        snapshots.ask(letter)
    assert snapshots.ask_due() == 0


def test_two_of_one_letter_are_a_minute_apart():
    letter = make_letter()
    make_signature(letter)
    first = kept(letter)

    again = snapshots.ask(letter)
    assert snapshots.make_waiting(now=first.as_of) == 0
    with pytest.raises(snapshots.AlreadyAsked):
        snapshots.ask(letter)
    assert snapshots.make_waiting(now=first.as_of + timedelta(minutes=1)) == 1

    again.refresh_from_db()
    assert (again.number, again.label != first.label) == (2, True)


def test_a_sheet_that_is_too_long_is_left_out_with_a_sentence(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 1)
    letter = make_letter()
    make_signatures(letter, 2)

    row = kept(letter)

    file = row.files.select_related("snapshot__letter").get(name="signatories.xlsx")
    assert ("signatories.csv" in file.refusal, file.sha256) == (True, "")
    with pytest.raises(RuleError, match="longer"):
        snapshots.path_of(file)
    assert b"signatories.xlsx" not in read(row, "SHA256SUMS")


def test_small_groups_of_withheld_people_are_merged():
    letter = make_letter()
    for country, amount in (("DE", 3), ("FR", 2)):
        for _number in range(amount):
            make_signature(letter, state="hidden", country=country)
    make_signature(letter, country="FR")

    table = rows_of(kept(letter), "by-country.csv")

    assert [(line["country_code"], line["persons"], line["withheld"]) for line in table] == [
        ("FRA", "1", "0"), ("DEU", "0", "3"), ("other", "0", "2"),
    ]  # fmt: skip


def test_only_quotes_with_permission_are_quotes_and_an_unnamed_one_names_nobody():
    letter = make_letter()
    for name, fields in {
        "Named": {"consent_quote": True},
        "Nameless": {"consent_quote_unnamed": True},
        "Silent": {},
    }.items():
        make_signature(letter, display_name=name, comment=f"Said by {name[0]}", consent_comment=True, **fields)

    row = kept(letter)

    assert sorted(line["name"] for line in rows_of(row, "quotes.csv")) == ["", "Named"]
    assert b"Nameless" not in read(row, "quotes.csv") + read(row, "quotes.md")
    assert b"Said by S" not in read(row, "quotes.csv") + read(row, "quotes.md")
