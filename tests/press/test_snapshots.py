"""Snapshots: the list as it was, in every file, for good."""

import hashlib
import io
import json
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
from letters.press import archiving, exports, sequencing, snapshots
from letters.press.kit import sheets
from letters.press.models import Snapshot
from letters.signatures import counting, managing
from letters.signatures.models import Signature
from tests.factories import STATES, make_letter, make_signature, make_signatures, make_version
from tests.press.keeping import amounts_of, confirmed, everything, kept, read, rows_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_printing")]
UNLISTED = {"SHA256SUMS", "SHA256SUMS.sig"}


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
    assert amounts_of(row) == {name: len(rows_of(row, name)) for name in files if name.endswith(".csv")}
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


def test_who_came_after_the_log_looked_is_left_out_of_list_and_count(monkeypatch):
    letter = make_letter()
    confirmed(letter)
    sequencing.run()
    monkeypatch.setattr(sequencing, "run", lambda **_: 0)  # its time went with other letters
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
        patch.setattr(sequencing, "run", lambda **_: 0)
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


@pytest.mark.parametrize(
    ("late", "what", "reason"),
    [
        (timedelta(hours=23), "signs", ""),
        (timedelta(hours=25), "signs", "daily"),
        (timedelta(hours=25), "nothing", ""),
        (timedelta(hours=1), "milestone", "milestone"),
        (timedelta(hours=1), "closes", "closed"),
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
