"""verify.py: says OK for what was published, and names the place for everything else."""

import ast
import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.press import kits

verify = kits.load()
FIRST = "signatories.csv, row 2 (Suzie van der Berg)"


@pytest.fixture
def kit(tmp_path):
    return kits.Kit(tmp_path / "kit")


def check(kit, *arguments):
    """(exit status, printed lines), in this process."""
    with redirect_stdout(io.StringIO()) as printed:
        result = verify.main([str(kit.folder), *map(str, arguments)])
    return result, printed.getvalue().splitlines()


def wrong(kit, *arguments):
    """What is called wrong in a kit that must be red."""
    result, lines = check(kit, *arguments)
    assert result == 1
    return [line.removeprefix("WRONG ") for line in lines if line.startswith("WRONG ")]


# --- all right ---


def test_kit_as_published_is_right_in_a_bare_interpreter(kit):
    key = kit.signer.id.hex()

    result, printed = kits.run(kit.folder)

    first, note, in_site = printed.splitlines()
    assert (result, first) == (
        0,
        f"OK 7 shown + 1 withheld, 2 retracted, text v1.1, key {key}, witnesses 0/0 (unwitnessed)",
    )
    assert note.startswith("note: the key is the one from key.txt in this very kit; compare it")
    assert in_site.startswith("note: in the site's log letters.example/index: no. 4 of 4; unwitnessed: nobody")


def test_program_is_one_file_of_the_standard_library_for_old_pythons():
    tree = ast.parse(kits.PROGRAM.read_text(), feature_version=(3, 8))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }

    assert imported <= {
        "__future__", "argparse", "base64", "binascii", "codecs", "csv", "hashlib", "hmac", "io", "itertools", "json",
        "os", "re", "stat", "sys", "time", "typing",
    }  # fmt: skip


def test_list_without_anybody_is_right(tmp_path):
    assert check(kits.Kit(tmp_path / "kit", names=()))[1][0].startswith("OK 0 shown + 1 withheld, 2 retracted, text v1")


def test_key_from_elsewhere_is_used_and_said(kit, tmp_path):
    (tmp_path / "key").write_text(f"# of the letter\n{kit.signer}\n")
    (kit.folder / "key.txt").unlink()

    for key in (str(kit.signer), tmp_path / "key"):
        result, lines = check(kit, "--key", key)
        assert (result, lines[1]) == (0, "note: 1 of the files in SHA256SUMS are not in this folder")
        assert lines[2] == "note: the key is the one that you gave"


def test_witnesses_are_counted_by_what_they_signed(kit):
    seen, absent, other = (kits.Signer(f"witness.example/{number}", kind=4) for number in range(3))
    kit.write_bytes("witnesses.txt", f"{seen}\n{absent}\n".encode())
    kit.sign(seen, other)

    assert check(kit)[1][0].endswith("witnesses 1/2")
    assert check(kit, "--witness", other)[1][0].endswith("witnesses 2/3")


@pytest.mark.parametrize(
    ("separator", "encoding", "dates"),
    [
        (";", "utf-8-sig", "{d}.{m}.{y}"),
        (",", "utf-8", "{m}/{d}/{y}"),
        ("\t", "utf-16", "{d:02}/{m:02}/{y}"),
        (";", "utf-8", "{d:02}-{m:02}-26"),
        (";", "utf-8-sig", "{d}. {m}. {y}"),
    ],
)
def test_list_that_a_spreadsheet_saved_anew_is_still_right(kit, separator, encoding, dates):
    table = [[*map(respelled(dates), row), "", ""] for row in kit.table()]
    kit.write_table("signatories.csv", [*table, [""] * 30], encoding=encoding, delimiter=separator, lineterminator="\n")

    result, lines = check(kit)

    assert result == 0
    assert "note: signatories.csv was saved anew since it was downloaded; every cell was compared" in lines


def respelled(dates):
    def cell(text):
        found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text)
        if found:
            return dates.format(y=found[1], m=int(found[2]), d=int(found[3]))
        return {"true": "WAHR", "false": "FALSCH", "1.1": "1,1"}.get(text, text.removeprefix("'"))

    return cell


def test_list_in_the_code_page_of_windows_names_what_was_lost(kit):
    kit.write_table("signatories.csv", kit.table(), encoding="cp1252")

    assert wrong(kit) == [
        "signatories.csv, row 4 (Charlie ?apek), column display_name: "
        "the file says “Charlie ?apek”, signed was “Charlie Čapek”",
        "signatories.csv, row 5 (?ukasz ?ó?w), column display_name: "
        "the file says “?ukasz ?ó?w”, signed was “Łukasz Żółw”",
        "signatories.csv, row 7 (? X), column display_name: the file says “? X”, signed was “李 X”",
    ]


def test_other_copy_of_the_list_is_checked_in_its_place(kit, tmp_path):
    kit.edit(2, "position", "Emperor")
    copy = (kit.folder / "signatories.csv").rename(tmp_path / "copy.csv")
    kit.write()

    assert check(kit)[0] == 0
    assert wrong(kit, "--list", copy) == [f"{FIRST}, column position: the file says “Emperor”, signed was “Professor”"]


# --- the list ---


@pytest.mark.parametrize("with_json", [True, False])
@pytest.mark.parametrize(
    ("column", "cell", "signed"),
    [("position", "'=Professor", "Professor"), ("reviewed", "false", "true"), ("comment", "I agree!", "")],
)
def test_changed_cell_is_named(kit, with_json, column, cell, signed):
    kit.edit(2, column, cell)
    if not with_json:
        (kit.folder / "signatories.json").unlink()

    assert wrong(kit) == [f"{FIRST}, column {column}: the file says “{cell}”, signed was “{signed}”"]


def test_changed_name_is_named_by_the_json_and_else_by_its_row(kit):
    kit.edit(2, "display_name", "Suzie Berg")
    assert wrong(kit) == [
        "signatories.csv, row 2 (Suzie Berg), column display_name: "
        "the file says “Suzie Berg”, signed was “Suzie van der Berg”"
    ]

    kit.write_bytes("signatories.json", b"[" * 100_000)
    assert wrong(kit)[0] == (
        "signatories.csv, row 2 (Suzie Berg): changed after it was signed, or its salt in row 2 of openings.csv was; "
        "entry 7 is another row"
    )


def test_dates_in_two_orders_are_no_harmless_saving(kit):
    kit.edit(2, "signed_on", "4/11/2026")
    kit.edit(3, "signed_on", "11/5/2026")

    assert wrong(kit) == ["signatories.csv, row 3 (Bob Brandt), column signed_on: "
                          "the file says “11/5/2026”, signed was “2026-11-05”"]  # fmt: skip


def test_row_that_was_left_out_is_named(kit):
    kit.drop(4)
    name, entry, _salt = kit.openings[2]
    assert wrong(kit) == [
        f"signatories.csv: a row was left out: signature {name} (Charlie Čapek), entry {entry} "
        "(list_position 3 is missing)"
    ]

    kit.drop(4, "openings.csv")
    assert wrong(kit) == [
        f"signatories.csv: a row was left out: entry {entry} stands, and neither the list nor openings.csv shows it "
        "(list_position 3 is missing)"
    ]


def test_row_that_was_added_is_named(kit):
    added = {"signature_id": "00000000-0000-4000-8000-000000000000", "display_name": "Eve", "list_position": "8"}
    table = kit.table()
    kit.write_table("signatories.csv", [*table, [added.get(name, "") for name in table[0]]])
    assert wrong(kit) == [
        "signatories.csv, row 9 (Eve): this row was added; openings.csv has no opening for signature_id "
        "00000000-0000-4000-8000-000000000000"
    ]

    kit.write_table("openings.csv", [*kit.table("openings.csv"), [added["signature_id"], 2, "ab" * 32]])
    assert wrong(kit) == [
        "signatories.csv, row 9 (Eve): changed after it was signed, or its salt in row 9 of openings.csv was; "
        "entry 2 is another row"
    ]


def test_row_that_stands_twice_is_named(kit):
    table = kit.table()
    kit.write_table("signatories.csv", [*table, table[1]])

    assert wrong(kit)[0] == (
        f"signatories.csv, row 9 (Suzie van der Berg): the signature {kit.openings[0][0]} stands in the list twice"
    )


def test_two_rows_cannot_open_one_entry(kit):
    kit.edit(3, "ledger_index", "7", "openings.csv")

    assert wrong(kit)[0] == "signatories.csv, row 3 (Bob Brandt): opens entry 7, as row 2 does already"


def test_row_that_was_taken_back_is_named(kit):
    kit.log(i=7, k="retract", r="withdrawn", v=1)
    kit.sign()

    assert wrong(kit) == [f"{FIRST}: entry 7 was taken back by entry 14 (withdrawn)"]


def test_evidence_in_the_log_is_that_of_the_row(kit):
    kit.lines[7] = kit.lines[7].replace(b'"b":"email"', b'"b":"affiliation"')
    kit.sign()

    assert wrong(kit) == [f"{FIRST}: entry 7 says evidence “affiliation” and text v1.1, the row says otherwise"]


def test_address_of_a_line_that_leads_elsewhere_is_named(kit):
    kit.edit(2, "permalink", "https://evil.example/")
    assert wrong(kit)[0] == f"{FIRST}, column permalink: leads to another signature"

    kit.edit(2, "permalink", f"https://evil.example/{kit.openings[0][0]}/")
    assert "the addresses lead to 2 places; one of them is https://evil.example//" in wrong(kit)[0]


def test_rows_in_another_order_are_right_and_a_wrong_number_is_not(kit):
    table = kit.table()
    kit.write_table("signatories.csv", [table[0], *reversed(table[1:])])
    assert check(kit)[0] == 0

    kit.edit(3, "list_position", "12")
    assert wrong(kit) == ["signatories.csv: the numbering has a gap (list_position 6, 8, 9, 10, 11 is missing)"]


@pytest.mark.parametrize("place", ["²", "9" * 5000])
def test_number_that_is_none_ends_no_check(kit, place):
    kit.edit(3, "list_position", place)
    kit.drop(4)

    assert "a row was left out" in wrong(kit)[0]


def test_redacted_row_takes_the_place_of_one_entry(kit):
    kept = {"signature_id": kit.rows[1]["signature_id"], "signatory_type": "redacted"}
    kit.rows[1] = kept
    del kit.openings[1]
    kit.write()
    assert check(kit)[1][0].startswith("OK 6 shown + 1 redacted + 1 withheld, 2 retracted")

    kit.drop(4)
    kit.drop(3, "openings.csv")
    assert "rows were left out: 2 standing entries have no row, 1 rows are marked as redacted" in wrong(kit)[0]

    kit.rows[0] = {**kept, "signature_id": kit.rows[0]["signature_id"]}
    kit.write()
    assert wrong(kit)[0] == "signatories.csv, row 2: is marked as redacted, and holds more than that"


# --- the text, the log, the key ---


def test_swapped_text_is_named(kit):
    kit.write_bytes("letter.md", kits.TEXT + b"And more.\n")

    assert wrong(kit)[0].startswith("letter.md: this is no text that anybody signed; its SHA-256 ")


def test_signature_before_its_text_is_named(kit):
    kit.lines[0], kit.lines[2] = kit.lines[2], kit.lines[0]
    kit.sign()

    assert wrong(kit) == ["entry 0: signs text v1, which was not logged before it"]


def test_log_that_was_cut_off_is_named(kit):
    kit.write_bytes("entries.jsonl", b"".join(line + b"\n" for line in kit.lines[:-2]))

    assert wrong(kit)[0] == "entries.jsonl: 12 entries, but the checkpoint was made of 14: 2 are cut off"
    assert "signatories.csv, row 8 (Émile Ñandú): opens entry 13; the log ends before" in wrong(kit)


def test_entry_that_was_changed_is_named(kit):
    kit.lines[2] = kit.lines[2].replace(b"11", b"12")
    kit.write_bytes("entries.jsonl", b"".join(line + b"\n" for line in kit.lines))

    assert wrong(kit)[0] == "entries.jsonl: an entry was changed; the root of the tree is not that of the checkpoint"


def test_log_signed_with_another_key_is_named(kit):
    key, kit.signer = kit.signer, kits.Signer()
    kit.sign()

    assert wrong(kit) == [
        f"checkpoint: not signed with the key {key.id.hex()}; its signatures are of "
        f"{kit.signer.id.hex()} ({kits.ORIGIN})",
        f"SHA256SUMS.sig: not signed with the key {key.id.hex()}",
        "checkpoint.tlog-proof: letters.example/index in it is not signed as a site's log with the key "
        + key.named(kits.SITE).id.hex(),
    ]


def test_log_that_was_rolled_back_is_red_for_whoever_kept_a_checkpoint(kit, tmp_path):
    held = (kit.folder / "checkpoint").rename(tmp_path / "held")
    kit.rows.pop(), kit.openings.pop(), kit.lines.pop()
    kit.write()

    assert check(kit)[0] == 0
    assert wrong(kit, "--checkpoint", held) == [
        "checkpoint: this log ends at 13 entries, the one that you hold had 14: it was rolled back"
    ]


def test_log_that_was_rewritten_is_red_for_whoever_kept_a_checkpoint(kit, tmp_path):
    held = tmp_path / "held"
    held.write_bytes((kit.folder / "checkpoint").read_bytes())
    kit.log(i=2, k="retract", r="withdrawn", v=1)
    kit.sign()
    assert check(kit, "--checkpoint", held)[0] == 0

    kit.lines[2] = kit.lines[2].replace(b"11", b"12")
    kit.sign()
    assert wrong(kit, "--checkpoint", held) == [
        "entries.jsonl: the first 14 entries are not those of the checkpoint that you hold: they were rewritten"
    ]

    key = str(kit.signer)
    kit.signer = kits.Signer()
    kit.sign()
    assert "not signed with this key" in wrong(kit, "--key", kit.signer, "--checkpoint", held)[0]
    assert check(kit, "--key", key, "--checkpoint", held)[0] == 1


def test_changed_file_of_the_kit_is_named(kit):
    kit.write_bytes("fact-sheet.pdf", b"%PDF")
    kit.sign()
    kit.write_bytes("fact-sheet.pdf", b"%PDF with more in it")
    assert wrong(kit) == ["fact-sheet.pdf: the file was changed; its SHA-256 is not the one in SHA256SUMS"]

    kit.write_bytes("SHA256SUMS", (kit.folder / "SHA256SUMS").read_bytes() + b"\n")
    assert wrong(kit)[0] == "SHA256SUMS: this is not the list of hashes that was signed in SHA256SUMS.sig"


# Source: RFC 8032 7.1, tests 2 and 3.
VECTORS = [
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS)
def test_ed25519_takes_the_vectors_of_the_standard_and_no_second_form(vector):
    public, message, signature = map(bytes.fromhex, vector)
    beyond = int.from_bytes(signature[32:], "little") + verify.ORDER

    assert verify.is_signed(public, message, signature)
    assert not verify.is_signed(public, message + b"!", signature)
    assert not verify.is_signed(public, message, signature[:32] + beyond.to_bytes(32, "little"))
    assert not verify.is_signed(public, message, b"")
    assert not verify.is_signed(b"\xff" * 32, message, signature)


# --- what cannot be read ---


READ = ("checkpoint", "entries.jsonl", "letter.md", "openings.csv", "signatories.csv")


@pytest.mark.parametrize("name", [*READ, "key.txt"])
def test_missing_linked_and_foreign_files_get_a_sentence(kit, tmp_path, name):
    path = kit.folder / name
    path.unlink()
    assert check(kit) == (2, [f"CANNOT CHECK {name}: the file is missing from this folder"])

    path.symlink_to(tmp_path)
    assert check(kit) == (2, [f"CANNOT CHECK {name}: this is no ordinary file"])

    path.unlink()
    for data in (b"", b"\0" * 5000, b"\xff\xfe\xff", b"{" * 70_000, b'"' * 2_000_000):
        path.write_bytes(data)
        assert check(kit)[0] in (1, 2)


def test_no_folder_gets_a_sentence():
    assert kits.run("/no/such/folder") == (
        2,
        "CANNOT CHECK /no/such/folder: there is no such folder; unpack the kit first\n",
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    kit = kits.Kit(tmp_path_factory.mktemp("kept"))
    (kit.folder / "SHA256SUMS").unlink()
    return kit


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(READ), st.data())
def test_no_changed_byte_goes_unseen(kept, name, data):
    path: Path = kept.folder / name
    was = path.read_bytes()
    start = was.index(b"\n") if name == "signatories.csv" else 0  # the heading of an empty column says nothing
    place = data.draw(st.integers(start, len(was) - 1))
    changed = was[:place] + bytes([was[place] ^ data.draw(st.sampled_from([1, 2, 4, 16, 32, 128]))]) + was[place + 1 :]
    assume(re.sub(rb"\b(true|false)\b", lambda word: word[0].lower(), changed, flags=re.IGNORECASE) != was)
    path.write_bytes(changed)  # and not "False" for "false", which a spreadsheet writes

    result, lines = check(kept)

    path.write_bytes(was)
    assert (result, lines[0][:5]) != (0, "OK 7 ")
