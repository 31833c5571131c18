"""An earlier line in older files: it stays, until its signatory asks; then the file has a tombstone instead."""

import csv
import hashlib
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from letters.ledger.models import AuditEvent
from letters.press import correction_words, corrections, earlier, mending, redacting, sequencing, showing, snapshots
from letters.press.kit import making
from letters.press.models import Correction, EarlierLine, Snapshot
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("few_files")]


def line(letter, **fields):
    return make_signature(letter, at=timezone.now() - timedelta(days=2), **fields)


def kept(letter, *, ago=timedelta(0)):
    """A snapshot of the letter as it stands, as if made so long ago."""
    row = snapshots.ask(letter)
    assert snapshots.make_waiting() == 1
    moment = timezone.now() - ago
    label = moment.strftime(snapshots.LABEL)
    Snapshot.objects.filter(pk=row.pk).update(as_of=moment, asked_at=moment, looked_at=moment, label=label)
    row.refresh_from_db()
    assert row.state == "ready", row.failure
    return row


def correct(signature, **changes):
    fields = {name: getattr(signature, name) for name in managing.Correction.__dataclass_fields__}
    managing.correct(signature.public_id, managing.Correction(**{**fields, **changes}))


def texts_of(row):
    files = snapshots.folder_of(row).rglob("*")
    return {path.name: path.read_bytes() for path in files if path.is_file()}


def rows_of(row, name="signatories.csv"):
    data = (snapshots.folder_of(row) / making.SERVED / name).read_text(encoding="utf-8")
    return {one["signature_id"]: one for one in csv.DictReader(io.StringIO(data))}


def since(row):
    row.refresh_from_db()
    found = showing.since([row])[row.pk]
    return found.added, found.corrected, found.gone


@pytest.fixture
def letter():
    return make_letter()


@pytest.fixture
def suzie(letter):
    line(letter, display_name="Olivia Other")
    return line(letter, display_name="Dead Name", sort_name="", affiliation="Old Institute")


def test_a_corrected_name_stays_in_older_files_until_its_signatory_asks(letter, suzie):
    row = kept(letter, ago=timedelta(hours=5))
    before = (snapshots.folder_of(row) / making.SERVED / "signatories.csv").read_bytes()
    correct(suzie, display_name="New Name", sort_name="")
    redacting.run()
    assert [b"Dead Name" in data for name, data in texts_of(row).items() if name == "signatories.csv"] == [True]

    earlier.ask(suzie.public_id)
    assert redacting.run() == 1

    assert [name for name, data in texts_of(row).items() if b"Dead" in data] == []
    found = rows_of(row)
    assert {name: cell for name, cell in found[str(suzie.public_id)].items() if cell} == {
        "signature_id": str(suzie.public_id), "signatory_type": "redacted",
    }  # fmt: skip
    assert [one["display_name"] for one in found.values() if one["display_name"]] == ["Olivia Other"]
    file = row.files.get(name="signatories.csv")
    (redaction,) = file.redactions.all()
    assert redaction.old_sha256 == hashlib.sha256(before).hexdigest() != file.sha256 == redaction.new_sha256
    (entry,) = Correction.objects.filter(kind="redaction")
    note = correction_words.note_of(entry)
    assert ("signatory's request" in note, redaction.old_sha256 in note, redaction.new_sha256 in note) == (True,) * 3
    suzie.refresh_from_db()
    assert (suzie.display_name, suzie.is_public) == ("New Name", True)


def test_the_counts_stay_and_the_line_is_counted_as_corrected_not_as_gone(letter, suzie):
    row = kept(letter, ago=timedelta(hours=5))
    correct(suzie, display_name="New Name", sort_name="")
    told = since(row)

    earlier.ask(suzie.public_id)
    redacting.run()

    assert (told, since(row)) == ((0, 1, 0), (0, 1, 0))
    assert (row.persons, row.redacted_count, row.earlier_count) == (2, 0, 1)
    assert sum(int(one["persons"]) for one in _table(row, "by-country.csv")) == 2


def _table(row, name):
    data = (snapshots.folder_of(row) / making.SERVED / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(data)))


def test_newer_files_keep_the_line_of_today(letter, suzie):
    old = kept(letter, ago=timedelta(hours=5))
    correct(suzie, display_name="New Name", sort_name="")
    new = kept(letter)
    before = texts_of(new)

    earlier.ask(suzie.public_id)

    assert redacting.run() == 1
    assert {name: data for name, data in texts_of(new).items() if name != redacting.LOOKED} == before
    assert (rows_of(old)[str(suzie.public_id)]["display_name"], new.redacted_count) == ("", 0)


@pytest.mark.parametrize("changes", [{"affiliation": "Elsewhere"}, {"comment": "Better said"}, {"country": "FR"}])
def test_whatever_was_typed_may_be_taken_out(letter, suzie, changes):
    Signature.objects.filter(pk=suzie.pk).update(comment="Said badly", consent_comment=True)
    suzie.refresh_from_db()
    row = kept(letter, ago=timedelta(hours=5))
    correct(suzie, **changes)

    earlier.ask(suzie.public_id)
    redacting.run()

    assert rows_of(row)[str(suzie.public_id)]["signatory_type"] == "redacted"


def test_what_others_found_out_since_is_no_earlier_line(letter, suzie):
    row = kept(letter, ago=timedelta(hours=5))
    Signature.objects.filter(pk=suzie.pk).update(
        sentence="Checked.", checked_at=timezone.now(), is_reviewed=True, changed_at=timezone.now()
    )

    earlier.ask(suzie.public_id)

    assert (redacting.run(), rows_of(row)[str(suzie.public_id)]["display_name"]) == (0, "Dead Name")


def test_the_salt_that_opens_the_earlier_line_is_gone_from_the_files(letter, suzie):
    row = kept(letter, ago=timedelta(hours=5))
    salt = _table(row, "openings.csv")[0]["salt"], _table(row, "openings.csv")[1]["salt"]
    correct(suzie, display_name="New Name", sort_name="")
    sequencing.run()

    earlier.ask(suzie.public_id)
    redacting.run()

    found = b"".join(texts_of(row).values())
    assert sum(one.encode() in found for one in salt) == 1


def test_no_correction_leads_to_the_line_any_more_and_pages_notice(letter, suzie):
    correct(suzie, display_name="New Name", sort_name="")
    correct(suzie, display_name="New Name", affiliation="Elsewhere")
    mark = corrections.mark_of(letter)
    assert Correction.objects.filter(signature=suzie).count() == 3

    earlier.ask(suzie.public_id)

    assert Correction.objects.filter(signature=suzie).count() == 0
    assert Correction.objects.filter(letter=letter, kind="name").count() == 2
    assert corrections.mark_of(letter) != mark


def test_it_is_offered_only_where_an_older_file_has_another_line(letter, suzie):
    offers = [earlier.is_offered(suzie)]
    kept(letter, ago=timedelta(hours=5))
    offers.append(earlier.is_offered(suzie))
    correct(suzie, display_name="New Name", sort_name="")
    suzie.refresh_from_db()
    offers.append(earlier.is_offered(suzie))
    earlier.ask(suzie.public_id)
    offers.append(earlier.is_offered(suzie))

    assert offers == [False, False, True, False]
    assert earlier.asked_at(suzie) is not None
    assert AuditEvent.objects.filter(action="earlier-line-asked", actor="signatory").count() == 1


def test_a_later_correction_may_be_taken_out_as_well(letter, suzie):
    first = kept(letter, ago=timedelta(hours=5))
    _renamed(suzie, "Second Name")
    second = kept(letter, ago=timedelta(hours=4))

    _renamed(suzie, "Third Name")

    assert [rows_of(one)[str(suzie.public_id)]["signatory_type"] for one in (first, second)] == ["redacted"] * 2


def _renamed(signature, name):
    correct(signature, display_name=name, sort_name="")
    earlier.ask(signature.public_id)
    redacting.run()
    signature.refresh_from_db()


def test_whoever_withdraws_afterwards_is_gone_and_nothing_is_remembered(letter, suzie):
    row = kept(letter, ago=timedelta(hours=5))
    correct(suzie, display_name="New Name", sort_name="")
    earlier.ask(suzie.public_id)
    redacting.run()

    managing.withdraw(suzie.public_id)
    redacting.run()

    row.refresh_from_db()
    assert (row.redacted_count, row.earlier_count, row.is_whole) == (1, 0, True)
    assert EarlierLine.objects.count() == 0


def test_a_line_that_ended_has_nothing_to_ask_for(letter, suzie):
    managing.withdraw(suzie.public_id)

    with pytest.raises(managing.NotStanding):
        earlier.ask(suzie.public_id)


def test_a_held_line_that_was_corrected_does_not_come_back_as_it_was(letter, suzie):
    row = kept(letter, ago=timedelta(hours=5))
    correct(suzie, display_name="New Name", sort_name="")
    Signature.objects.filter(pk=suzie.pk).update(held_reason="dispute", changed_at=timezone.now())
    redacting.run()
    earlier.ask(suzie.public_id)
    redacting.run()

    Signature.objects.filter(pk=suzie.pk).update(held_reason="", changed_at=timezone.now())
    redacting.run()

    row.refresh_from_db()
    assert [name for name, data in texts_of(row).items() if b"Dead" in data] == []
    assert (row.redacted_count, row.earlier_count) == (0, 1)


def test_the_same_person_under_an_earlier_version_is_asked_for_too(letter, suzie):
    old = kept(letter, ago=timedelta(hours=5))
    make_version(letter)
    letter.refresh_from_db()
    twin = line(letter, display_name="Dead Name", email=suzie.email)
    correct(suzie, display_name="New Name", sort_name="")

    earlier.ask(twin.public_id)
    redacting.run()

    assert rows_of(old)[str(suzie.public_id)]["signatory_type"] == "redacted"


def test_a_row_that_says_what_it_says_today_is_compared_once(letter, suzie, monkeypatch):
    correct(suzie, display_name="New Name", sort_name="")
    kept(letter, ago=timedelta(hours=5))
    earlier.ask(suzie.public_id)
    redacting.run()
    passes = []
    rewrite = redacting._rewrite
    monkeypatch.setattr(redacting, "_rewrite", lambda *given: passes.append(1) or rewrite(*given))

    mending.look_again()
    redacting.run()
    quiet = len(passes)
    earlier.ask(suzie.public_id)
    redacting.run()

    assert (quiet, len(passes)) == (0, 1)


def test_a_look_holds_nobody_in_memory_who_is_shown(letter, suzie):
    row = kept(letter, ago=timedelta(hours=5))
    held = line(letter, held_reason="dispute")
    Signature.objects.filter(version=letter.version).update(changed_at=timezone.now())

    found = redacting._wanted(row, redacting.Known(masked={str(suzie.public_id)}))

    assert found == {str(held.public_id): "masked", str(suzie.public_id): "shown"}
