"""Snapshots: the list as it was, in every file, for good; and without whoever left."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from openpyxl import load_workbook

from letters.press import exports, redacting, snapshots
from letters.press.kit import making
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import STATES, make_letter, make_signature, make_signatures

pytestmark = pytest.mark.django_db


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
    assert listed == {name: file.sha256 for name, file in files.items() if name not in ("SHA256SUMS", kit)}
    with zipfile.ZipFile(io.BytesIO(read(row, kit))) as packed:
        inside = {name.removeprefix(f"{kit[:-4]}/"): packed.read(name) for name in packed.namelist()}
    assert inside == {name: read(row, name) for name in [*listed, "SHA256SUMS"]}


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
