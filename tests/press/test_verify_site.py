"""verify.py on the log of the whole site: that it holds the kit's checkpoint, and who has witnessed it."""

import io
import json
from contextlib import redirect_stdout

import pytest

from tests.press import kits

SECONDS = 1_795_000_000  # 2026-11-18 11:06:40 UTC
verify = kits.load()


@pytest.fixture
def kit(tmp_path):
    return kits.Kit(tmp_path / "kit")


@pytest.fixture
def witness():
    return kits.Signer("newsroom.example/w", kind=4)


def check(kit, *arguments):
    with redirect_stdout(io.StringIO()) as printed:
        result = verify.main([str(kit.folder), *map(str, arguments)])
    return result, printed.getvalue().splitlines()


def test_who_has_witnessed_the_sites_log_is_named_with_the_time(kit, witness):
    kit.in_site([b"one"] * 6, witness)
    kit.sign()

    result, (first, *notes) = check(kit, "--witness", witness)

    assert (result, first.rpartition(", ")[2]) == (0, "witnesses 1/1")
    site = "note: in the site's log letters.example/index: no. 7 of 7; witnessed by newsroom.example/w on "
    assert f"{site}2026-11-18 11:06 UTC" in notes


def test_witness_that_only_the_kit_names_is_said_to_be_the_kits_own(kit, witness):
    kit.write_bytes("witnesses.txt", f"{witness}\n".encode())
    kit.in_site([b"one"], witness)
    kit.sign()

    assert "UTC (by a key from this very kit; ask for it there, and give that: --witness)" in check(kit)[1][2]


@pytest.mark.parametrize("size", range(1, 18))
def test_every_place_in_a_tree_of_every_shape_is_proved(kit, size):
    others = [str(number).encode() for number in range(size)]
    for index in range(size):
        lines = [*others[:index], kit.in_site()[0], *others[index + 1 :]]
        kit.prove(lines, index, kits.checkpoint_text(kits.SITE, lines))
        proof = verify.site_proof_of((kit.folder / verify.PROOF).read_bytes())
        leaf = verify.hashlib.sha256(b"\0" + proof.entry).digest()

        assert verify.root_above(leaf, index, size, proof.path) == kits.root_of(lines)
        for other in {*range(size)} - {index}:
            assert verify.root_above(leaf, other, size, proof.path) != kits.root_of(lines)


def test_newer_proof_says_who_has_witnessed_since(kit, witness, tmp_path):
    newer = kits.Kit(tmp_path / "newer")
    newer.lines, newer.signer = kit.lines, kit.signer
    newer.in_site([b"one"] * 40, witness)
    assert "witnesses 0/1 (unwitnessed)" in check(kit, "--witness", witness)[1][0]

    result, (first, *notes) = check(kit, "--witness", witness, "--proof", newer.folder / verify.PROOF)

    assert (result, first.rpartition(", ")[2]) == (0, "witnesses 1/1")
    assert "note: checkpoint.tlog-proof is another one than the kit came with; it is checked by itself" in notes
    (kit.folder / verify.PROOF).write_bytes((newer.folder / verify.PROOF).read_bytes())
    assert check(kit, "--witness", witness)[1] == [first, *notes]


def test_kit_of_before_is_right_and_is_told_what_was_not_checked(kit, witness):
    kit.sign(witness)
    (kit.folder / verify.PROOF).unlink()
    for name in ("SHA256SUMS", "SHA256SUMS.sig"):
        (kit.folder / name).unlink()

    result, (first, *notes) = check(kit, "--witness", witness)

    assert (result, first.rpartition(", ")[2]) == (0, "witnesses 1/1")
    text = "note: no checkpoint.tlog-proof in this folder: whether the site's log holds this checkpoint was not checked"
    assert text in notes


def test_key_of_another_witness_under_the_same_name_counts_nobody(kit, witness):
    kit.in_site([b"one"], witness)
    kit.sign()
    other = kits.Signer(witness.name, kind=4)

    result, (first, *notes) = check(kit, "--witness", other)

    assert (result, first.rpartition(", ")[2]) == (0, "witnesses 0/1 (unwitnessed)")
    text = "note: not witnessed by newsroom.example/w (key {}): checkpoint.tlog-proof has no cosignature of that key"
    assert text.format(other.id.hex()) in notes


def test_no_key_of_a_witness_cannot_be_checked(kit):
    result, (line, *_notes) = check(kit, "--witness", kit.signer)

    assert (result, line.startswith("CANNOT CHECK --witness: this is no key of the form name+id+key")) == (2, True)


def _another_letter(kit, witness):
    kit.in_site([b"one"], witness, o="letters.example/l/ffffffffffffffff")


def _stale(kit, witness):
    kit.in_site([b"one"], witness, size=5)


def _another_root(kit, witness):
    kit.in_site([b"one"], witness, root="ab" * 32)


def _no_checkpoint(kit, witness):
    lines = [b"one", b'{"k":"text"}']
    kit.prove(lines, 1, kits.checkpoint_text(kits.SITE, lines), witness)


def _forked_site_log(kit, witness):
    lines = kit.in_site([b"one", b"two"], witness)
    kit.prove(lines, 2, kits.checkpoint_text(kits.SITE, [b"one", b"other", b"three"]), witness)


def _wrong_number(kit, witness):
    kit.in_site([b"one", b"two"], witness)
    path = kit.folder / verify.PROOF
    path.write_bytes(path.read_bytes().replace(b"index 2\n", b"index 1\n"))


def _not_the_sites_key(kit, witness):
    kit.signer, signer = kits.Signer(), kit.signer
    kit.in_site([b"one"], witness)
    kit.signer = signer


def _log_of_a_letter(kit, witness):
    lines = kit.in_site([b"one"])
    kit.prove(lines, 1, kits.checkpoint_text("letters.example/l/ffffffffffffffff", lines), witness)


def _cosignature_of_another_tree(kit, witness):
    lines = kit.in_site([b"one"])
    text = kits.checkpoint_text(kits.SITE, lines)
    kit.prove(lines, 1, text)
    path = kit.folder / verify.PROOF
    path.write_bytes(path.read_bytes() + witness.line(text.replace("\n2\n", "\n3\n")).encode())


def _cut_off(kit, witness):
    kit.in_site([b"one"], witness)
    path = kit.folder / verify.PROOF
    path.write_bytes(path.read_bytes()[:-1])


def _empty(kit, witness):
    kit.in_site()
    kit.write_bytes(verify.PROOF, b"")


def _no_signature(kit, witness):
    kit.in_site([b"one"], witness)
    path = kit.folder / verify.PROOF
    path.write_bytes(path.read_bytes().split("— ".encode())[0])


DRILL = {
    _another_letter: "it is of another log (letters.example/l/ffffffffffffffff), and this checkpoint is of letters.ex",
    _stale: "it is of this log at 5 entries, and this checkpoint is of 14: fetch the proof of this one",
    _another_root: "the site's log holds another root for 14 entries: two different logs were signed",
    _no_checkpoint: "it is of another log (none), and this checkpoint is of letters.example/l/0123456789abcdef",
    _forked_site_log: "the checkpoint is not in the tree of 3 entries that letters.example/index signed",
    _wrong_number: "the checkpoint is not in the tree of 3 entries that letters.example/index signed",
    _not_the_sites_key: "letters.example/index in it is not signed as a site's log with the key ",
    _log_of_a_letter: "letters.example/l/ffffffffffffffff in it is not signed as a site's log with the key ",
    _cosignature_of_another_tree: "the cosignature of newsroom.example/w is of another tree, or was altered",
    _cut_off: "this is no proof, or its end is cut off",
    _empty: "this is no proof, or its end is cut off",
    _no_signature: "this is no signed note (a text, an empty line, signatures)",
}


@pytest.mark.parametrize("tamper", DRILL, ids=lambda tamper: tamper.__name__)
def test_whatever_is_done_to_the_proof_names_it_and_counts_no_witness(kit, witness, tamper):
    tamper(kit, witness)
    kit.sign()

    result, (line, *_notes) = check(kit, "--witness", witness)

    assert (result, line[: len(DRILL[tamper]) + 29]) == (1, f"WRONG checkpoint.tlog-proof: {DRILL[tamper]}")


def test_no_changed_byte_of_a_proof_is_believed(kit, witness):
    kit.in_site([b"one", b"two"], witness)
    path = kit.folder / verify.PROOF
    was = path.read_bytes()
    note = verify.checkpoint_of((kit.folder / "checkpoint").read_bytes(), "checkpoint")
    key = verify.key_of(str(kit.signer), "key.txt")
    known = {verify.key_of(str(witness), "--witness", 4): True}

    for place in range(0, len(was), 7):
        changed = was[:place] + bytes([was[place] ^ 1]) + was[place + 1 :]
        path.write_bytes(changed)
        report = verify.Report()
        seen = verify.check_site(kit_of(kit), note, key, known, report)
        said = [line for line in report.notes if line.startswith("in the site's log")]
        assert report.problems or not seen, (place, json.dumps(changed[place : place + 20].decode("latin1")), said)


def kit_of(kit):
    return verify.Kit(str(kit.folder))
