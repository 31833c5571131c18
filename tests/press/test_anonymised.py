"""Lines without a name in the files, the ledger and what checks them: exactly what is printed, and nobody's name."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from letters.moderation import cases, deciding
from letters.press import (
    anonymised,
    correction_words,
    corrections,
    ended,
    exports,
    logged,
    redacting,
    sequencing,
    showing,
    snapshots,
)
from letters.press.kit import heads, making
from letters.press.models import Commitment, Correction
from letters.signatures import anonymising, counting, managing, retaining, sentences
from letters.signatures import deciding as removing
from letters.signatures.anonymous_lines import Words
from letters.signatures.models import AnonymousLine, Signature
from letters.verification import recording
from tests import anonymous
from tests.factories import make_letter, make_signature, sign_and_confirm
from tests.moderation.people import reviewer
from tests.press import kits
from tests.press.keeping import kept, read, rows_of
from tests.press.test_verify import check

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.usefixtures("without_printing")]

EVERYTHING = {
    "given_name": "Suzie", "family_name": "van der Berg", "name_latin": "Suzie B", "honorific_prefix": "Prof.",
    "honorific_suffix": "FRS", "sector": "academia", "orcid": "0000-0002-1825-0097", "comment": "As head of our lab",
    "website": "https://suzie.example/", "affiliation_status": "emeritus",
}  # fmt: skip


@pytest.fixture
def mona():
    return reviewer()


@pytest.fixture
def letter():
    return make_letter(slug="lift", offers_anonymous=True)


def csv_rows(letter):
    data = b"".join(exports.signatories_csv(letter.version, permalink=kits.PERMALINK))
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def again(row):
    return Signature.objects.select_related("letter", "version").get(pk=row.pk)


def log(letter):
    while sequencing.run():
        pass


def test_the_row_holds_what_may_be_printed_and_nothing_else(letter, mona):
    sign_and_confirm(letter, "bob")
    _signature, line = anonymous.printed(letter, mona, **EVERYTHING)

    named, row = csv_rows(letter)

    day = line.checked_at.date()
    assert named["display_name"] == "Bob Brandt"
    assert {column: cell for column, cell in row.items() if cell} == {
        "signature_id": str(line.public_id),
        "list_position": "2",
        "signatory_type": "anonymised",
        "role": "signatory",
        "display_name": "Name withheld",
        "position": "Professor of Cryptography",
        "affiliation": "University X (emeritus)",
        "capacity": "personal",
        "letter_version": "1",
        "affiliation_basis": "none",
        "reviewed": "true",
        "checked_on": day.isoformat(),
        "verification_sentence": "Professor of Cryptography, University X (emeritus). Name known to and checked by the "
        f"organisers on {day.day} {day:%B %Y}; withheld at the signatory's request.",
        "quote_permission": "none",
    }


def test_json_says_the_same_and_the_sentence_tells_when_the_name_is_gone(letter, mona):
    signature, _line = anonymous.printed(letter, mona)
    anonymising.delete_name(signature.public_id)
    count = sentences.count_of(counting.tally_for(letter.version), "Lift")

    found = json.loads(b"".join(exports.signatories_json(letter.version, count, permalink=kits.PERMALINK)))

    (row,) = found["signatories"]
    (cells,) = csv_rows(letter)
    assert {name: row[name] for name in cells} == cells
    assert row["press_contact"] is False
    assert row["verification_sentence"].endswith("withheld at the signatory's request; name deleted after the check.")
    assert (found["persons"], found["withheld"], found["anonymised"]) == (0, 1, 1)


def test_rows_stand_behind_all_others_in_the_order_of_their_own_words(letter, mona, monkeypatch):
    sign_and_confirm(letter, "charlie", display_name="Zoë Zimmer")
    for person, name, position in (
        ("alice", "Zzz", "Analyst"),
        ("bob", "Aaa", "Éditor"),
        ("suzie", "Mmm", "Zoologist"),
    ):
        anonymous.printed(letter, mona, person, display_name=name, position=position, affiliation="University X")
    monkeypatch.setattr(anonymised.rows_in_order, "__kwdefaults__", {"page": 2})

    rows = csv_rows(letter)

    assert [row["position"] for row in rows[1:]] == ["Analyst", "Éditor", "Zoologist"]
    assert [row["list_position"] for row in rows] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("attack", ["=1+1", "@SUM(1)"])
def test_no_cell_is_a_formula(letter, mona, attack):
    anonymous.printed(letter, mona, position=attack)

    assert csv_rows(letter)[0]["position"] == f"'{attack}"


def test_the_ledger_commits_to_what_is_printed_and_the_kit_is_right(letter, mona, tmp_path):
    sign_and_confirm(letter, "bob")
    sign_and_confirm(letter, "charlie")
    managing.hide(Signature.objects.get(display_name="Charlie Čapek").public_id, hidden=True)
    signature, _line = anonymous.printed(letter, mona)
    log(letter)

    result, printed = check(kits.published(letter, tmp_path / "kit"))

    assert (result, printed[0].split(", ")[0]) == (0, "OK 1 shown + 1 without a name + 1 withheld")
    assert Commitment.objects.get(signature=signature, retracted_by__isnull=True).basis == "anonymised"
    managing.withdraw(signature.public_id)
    log(letter)
    assert check(kits.published(letter, tmp_path / "later"))[1][0].startswith("OK 1 shown + 1 withheld, 1 retracted")


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("affiliation", "University Y", "column affiliation: the file says “University Y”, signed was “University X”"),
        ("display_name", "Suzie", "column display_name: the file says “Suzie”, signed was “Name withheld”"),
        ("signatory_type", "person", "column signatory_type: the file says “person”, signed was “anonymised”"),
        ("signed_on", "2026-11-23", "column signed_on: the file says “2026-11-23”, signed was “”"),
    ],
)
def test_a_changed_cell_is_named(letter, mona, tmp_path, column, cell, said):
    sign_and_confirm(letter, "bob")
    anonymous.printed(letter, mona)
    log(letter)
    kit = kits.published(letter, tmp_path / "kit")

    kit.edit(3, column, cell)

    result, printed = check(kit)
    assert result == 1
    assert said in printed[0]


def test_a_row_that_is_left_out_is_missed(letter, mona, tmp_path):
    sign_and_confirm(letter, "bob")
    anonymous.printed(letter, mona)
    log(letter)
    kit = kits.published(letter, tmp_path / "kit")

    kit.drop(3)
    kit.drop(3, "openings.csv")

    assert "a row was left out: entry" in check(kit)[1][0]


@pytest.mark.parametrize(("says", "instead"), [("email", "anonymised"), ("anonymised", "email")])
def test_an_entry_and_its_row_say_the_same_of_the_name(letter, mona, tmp_path, says, instead):
    """Nobody prints a name beside an entry that says there is none, nor the other way round."""
    sign_and_confirm(letter, "bob")
    anonymous.printed(letter, mona)
    log(letter)
    kit = kits.published(letter, tmp_path / "kit")
    entries = (kit.folder / "entries.jsonl").read_bytes()
    before, after = (f'"b":"{basis}"'.encode() for basis in (says, instead))
    assert entries.count(before) == 1

    kit.write_bytes("entries.jsonl", entries.replace(before, after))

    assert any(f"says evidence “{instead}”" in line for line in check(kit)[1])


def test_the_line_is_retracted_when_the_name_is_printed_and_nothing_names_the_old_one(letter, mona):
    signature, line = anonymous.printed(letter, mona)
    log(letter)

    managing.hide(signature.public_id, hidden=False, consent_text_sha256="c" * 64)
    log(letter)

    standing = Commitment.objects.get(signature=signature, retracted_by__isnull=True)
    assert standing.basis == "affiliation"
    assert [(one["id"], one["kind"]) for one in ended.lines_of(letter)] == [(str(line.public_id), "withdrawn")]


def test_what_ended_is_answered_by_the_ids_that_were_printed(letter, mona):
    named = sign_and_confirm(letter, "bob")
    log(letter)
    anonymising.ask(named.public_id, Words("Responder", "a bank"), consent_text_sha256="d" * 64)
    other, line = anonymous.printed(letter, mona)
    log(letter)
    assert [one["id"] for one in ended.lines_of(letter)] == [str(named.public_id)]

    Signature.objects.filter(pk=other.pk).update(held_reason="operator")

    assert {one["id"]: one["kind"] for one in ended.lines_of(letter)} == {
        str(named.public_id): "withdrawn",
        str(line.public_id): "held",
    }
    assert str(other.public_id) not in json.dumps(ended.lines_of(letter))


def test_what_was_asked_for_and_never_printed_is_no_ended_line(letter, mona):
    """Words that were changed before anybody checked them, or after the printed ones, stood in no list."""
    signature = anonymous.ask(letter)
    for words in (Words("Responder", "a bank"), Words("Responder", "a bank in the north")):
        anonymising.ask(signature.public_id, words, consent_text_sha256="d" * 64)
    line = anonymous.accept(signature, mona)
    log(letter)
    told = [ended.lines_of(letter)]
    anonymising.ask(signature.public_id, Words("Responder", "an office"), consent_text_sha256="d" * 64)
    log(letter)
    told.append(ended.lines_of(letter))

    managing.hide(signature.public_id, hidden=True)

    assert [[one["id"] for one in found] for found in (*told, ended.lines_of(letter))] == [
        [], [str(line.public_id)], [str(line.public_id)],
    ]  # fmt: skip


def test_what_was_removed_stays_removed_when_it_is_emptied_weeks_later(letter, mona):
    signature, line = anonymous.printed(letter, mona)
    log(letter)
    removing.remove(again(signature), reason="duplicate", by="user:1")
    Signature.objects.filter(pk=signature.pk).update(removed_at=F("removed_at") - timedelta(days=31))
    told = ended.lines_of(letter)

    assert retaining.forget_removed(now=timezone.now()) == 1

    assert told[0]["id"] == str(line.public_id)
    assert (told[0]["kind"], ended.lines_of(letter)) == ("removed", told)


def test_a_line_that_no_log_covers_yet_is_left_out_of_the_proof(letter, mona):
    sign_and_confirm(letter, "bob")
    log(letter)
    signature, _line = anonymous.printed(letter, mona)

    proof = logged.proof_of(letter, letter.version)

    assert proof.left_out == {signature.pk}
    assert [row.values["display_name"] for row in making.rows_now(letter, letter.version, proof)] == ["Bob Brandt"]


def test_a_snapshot_keeps_the_line_and_forgets_it_with_a_tombstone(letter, mona):
    sign_and_confirm(letter, "bob")
    signature, line = anonymous.printed(letter, mona)
    log(letter)
    counting.refresh()
    row = kept(letter)
    before = rows_of(row)
    assert [cells["signature_id"] for cells in before][1] == str(line.public_id)
    assert (row.persons, row.count["anonymised"], showing.since([row])[row.pk].is_same) == (1, 1, True)
    assert sum(int(group["persons"]) for group in rows_of(row, "by-organization.csv")) == 1

    managing.withdraw(signature.public_id)
    counting.refresh()
    redacting.run()

    row.refresh_from_db()
    after = rows_of(row)
    assert {name: cell for name, cell in after[1].items() if cell} == {
        "signature_id": str(line.public_id), "signatory_type": "redacted",
    }  # fmt: skip
    found = showing.since([row])[row.pk]
    assert (found.added, found.gone) == (0, 1)
    assert "Cryptography" not in read(row, "signatories.json").decode()


def test_tables_count_a_line_by_the_words_that_it_prints(letter, mona):
    for number in range(3):
        named = make_signature(letter, state="hidden", affiliation="Harbour Bank", display_name=f"Ada {number}")
        line = AnonymousLine(signature=named, asked_at=named.signed_at, checked_at=named.signed_at)
        line.say(Words("Analyst", "a bank" if number < 2 else "Harbour Bank"))
        line.save()
        make_signature(letter, state="hidden", affiliation="Institute of Locks")

    found = heads.head_of(letter, letter.version, sentences.count_of(counting.tally_for(letter.version), "Lift"))

    assert found["withheld"]["organization"] == {"Institute of Locks": 3, "other": 3}


def test_a_name_that_was_printed_becomes_a_tombstone_and_the_line_another_row(letter, mona):
    named = sign_and_confirm(letter, "bob")
    counting.refresh()
    old = kept(letter)

    anonymising.ask(named.public_id, Words("Responder", "a bank"), consent_text_sha256="d" * 64)
    line = anonymous.accept(named, mona)
    redacting.run()

    (row,) = rows_of(old)
    assert (row["signature_id"], row["signatory_type"]) == (str(named.public_id), "redacted")
    everything = b"".join(path.read_bytes() for path in snapshots.folder_of(old).rglob("*") if path.is_file())
    assert str(line.public_id).encode() not in everything
    assert b"Bob Brandt" not in everything


def test_a_line_that_is_checked_anew_is_masked_meanwhile(letter, mona):
    signature, line = anonymous.printed(letter, mona)
    counting.refresh()
    row = kept(letter)

    recording.void(signature, ["name"])
    redacting.run()
    assert [cells["signatory_type"] for cells in rows_of(row)] == ["redacted"]

    anonymous.accept(again(signature), mona)
    redacting.run()

    assert [(cells["signature_id"], cells["affiliation"]) for cells in rows_of(row)] == [
        (str(line.public_id), "University X")
    ]


def test_words_that_said_more_leave_older_files_for_good(letter, mona):
    signature, _line = anonymous.printed(letter, mona, affiliation="Heron College")
    counting.refresh()
    row = kept(letter)

    anonymising.ask(signature.public_id, Words("Professor", "a university"), consent_text_sha256="d" * 64)
    anonymous.accept(again(signature), mona)
    redacting.run()

    assert [cells["signatory_type"] for cells in rows_of(row)] == ["redacted"]
    assert [cells["affiliation"] for cells in csv_rows(letter)] == ["a university"]
    files = [path for path in snapshots.folder_of(row).rglob("*") if path.is_file()]
    assert [path.name for path in files if b"Heron College" in path.read_bytes()] == []


def test_a_printed_line_that_goes_off_and_comes_back_is_on_record(letter, mona):
    signature, _line = anonymous.printed(letter, mona)
    Signature.objects.update(confirmed_at=F("confirmed_at") - timedelta(minutes=1))
    assert corrections_of(letter) == []

    case = cases.open_case(again(signature), "operator", is_holding=True)
    deciding.accept(case.public_id, by=mona)
    recording.void(again(signature), ["name"])
    anonymous.accept(signature, mona)

    assert corrections_of(letter) == [("removed", "held"), ("restored", ""), ("removed", "held"), ("restored", "")]
    assert not any(corrections.standing_line(row) for row in corrections.for_letter(letter))


def corrections_of(letter):
    return list(Correction.objects.filter(letter=letter).order_by("pk").values_list("kind", "code"))


def test_what_befell_a_line_without_a_name_leads_to_nobody_once_the_name_is_printed(letter, mona):
    signature = sign_and_confirm(letter)
    Signature.objects.update(confirmed_at=F("confirmed_at") - timedelta(minutes=1))
    anonymising.ask(signature.public_id, Words("Professor", "a university"), consent_text_sha256="d" * 64)
    anonymous.accept(signature, mona)
    recording.void(again(signature), ["name"])
    anonymous.accept(signature, mona)

    managing.hide(signature.public_id, hidden=False, consent_text_sha256="c" * 64)

    told = Correction.objects.filter(letter=letter).order_by("pk").values_list("kind", "code", "signature")
    pk = signature.pk
    assert list(told) == [
        ("name", "hidden", pk), ("removed", "held", None), ("restored", "", None), ("name", "unprinted", None),
        ("name", "shown", pk),
    ]  # fmt: skip


def test_a_line_that_its_owner_takes_out_is_on_record_and_leads_to_nobody(letter, mona):
    signature, _line = anonymous.printed(letter, mona)

    for _ in range(2):
        managing.hide(signature.public_id, hidden=True)

    (told,) = corrections.for_letter(letter)
    assert correction_words.note_of(told) == (
        "One line without a name is printed no longer, as its signatory wishes; the signature still counts."
    )
    managing.hide(signature.public_id, hidden=False, consent_text_sha256="c" * 64)
    assert list(Correction.objects.values_list("kind", "code", "signature")) == [("name", "unprinted", None)]


def test_a_line_that_waited_for_its_check_is_taken_out_without_a_record(letter, mona):
    waiting, (held, _line) = anonymous.ask(letter), anonymous.printed(letter, mona, "bob")
    Signature.objects.filter(pk=held.pk).update(held_reason="operator")

    for row in (waiting, held):
        managing.hide(row.public_id, hidden=True)

    assert corrections_of(letter) == []


def test_a_line_that_nobody_saw_leaves_no_record(letter, mona):
    signature = anonymous.ask(letter)
    Signature.objects.update(confirmed_at=F("confirmed_at") - timedelta(minutes=1))

    deciding.accept(cases.open_case(again(signature), "operator", is_holding=True).public_id, by=mona)

    assert corrections_of(letter) == []


def test_lists_without_such_lines_are_as_before(letter):
    make_signature(letter)

    assert list(anonymised.rows_in_order(letter.version)) == []
    assert [row["signatory_type"] for row in csv_rows(letter)] == ["person"]
