"""Receipts, keys and tiles of a letter's log, checked by nothing but the key."""

import base64

import pytest

from letters.core import keyring
from letters.ledger import chain, merkle, note, witnessing
from letters.press import proofs, sequencing
from letters.signatures import managing
from tests.factories import make_letter, make_signature, make_signatures

pytestmark = [pytest.mark.django_db]


def checked(receipt):
    """Check a proof as its holder would: with the file and the log's key alone; the entry that it proves."""
    head, _blank, checkpoint = receipt.proof.partition("\n\n")
    magic, extra, index, *hashes = head.split("\n")
    assert magic == "c2sp.org/tlog-proof@v1"
    entry = base64.b64decode(extra.removeprefix("extra "))
    found, _note = note.open_checkpoint(checkpoint.encode(), [note.parse_key(receipt.key)])
    path = [base64.b64decode(text) for text in hashes]
    merkle.check_inclusion(merkle.leaf_hash(entry), int(index.removeprefix("index ")), found.size, path, found.root)
    return entry.decode()


def test_a_receipt_proves_the_line_to_whoever_has_the_key():
    letter = make_letter()
    rows = make_signatures(letter, 40)
    sequencing.run()

    receipts = [proofs.receipt_of(row) for row in rows]

    assert sorted(receipt.number for receipt in receipts) == list(range(2, 42))
    for receipt in receipts:
        assert checked(receipt) == receipt.entry
        assert receipt.leaf_hash == merkle.leaf_hash(receipt.entry.encode()).hex()


def test_a_receipt_of_yesterday_holds_when_others_sign_and_one_is_erased():
    letter = make_letter()
    one, other = make_signature(letter), make_signature(letter, person="bob")
    sequencing.run()
    kept = proofs.receipt_of(one)

    managing.erase(other.public_id)
    make_signatures(letter, 5)
    sequencing.run()

    assert checked(kept) == checked(proofs.receipt_of(one))
    assert proofs.receipt_of(other) is None


def test_a_changed_receipt_proves_nothing():
    letter = make_letter()
    row = make_signature(letter)
    make_signatures(letter, 3)
    sequencing.run()
    receipt = proofs.receipt_of(row)
    lines = receipt.proof.split("\n")

    lines[3] = base64.b64encode(b"x" * 32).decode()

    with pytest.raises(merkle.ProofWrong):
        checked(proofs.Receipt(**{**vars(receipt), "proof": "\n".join(lines)}))


def test_there_is_no_receipt_before_the_line_was_signed_for():
    letter = make_letter()
    row = make_signature(letter)

    assert proofs.receipt_of(row) is None
    with pytest.raises(proofs.NotLogged):
        proofs.checkpoint_of(letter)
    with pytest.raises(proofs.NotLogged):
        proofs.vkey_of(letter)
    with pytest.raises(proofs.NotLogged):
        proofs.signed(letter, "x\n")
    with pytest.raises(proofs.NotLogged):
        proofs.entries_of(letter, 0)


def test_entries_and_checkpoint_agree():
    letter = make_letter()
    make_signatures(letter, 5)
    sequencing.run()

    found = note.open_checkpoint(proofs.checkpoint_of(letter), [note.parse_key(proofs.vkey_of(letter))])[0]
    lines = b"".join(proofs.entries_of(letter, found.size)).splitlines()

    assert found.size == len(lines) == 6
    assert merkle.root_of(map(merkle.leaf_hash, lines)) == found.root
    with pytest.raises(proofs.NotLogged):
        proofs.entries_of(letter, 7)


def test_lists_of_hashes_are_signed_under_the_letters_name():
    letter = make_letter()
    sequencing.run()

    signed = note.parse(proofs.signed(letter, "abc  letter.md\n"))

    key = note.parse_key(proofs.vkey_of(letter))
    assert signed.text == "abc  letter.md\n"
    assert signed.signed_by([key]) == [(key, 0)]


def test_an_older_key_says_which_one_followed(key_file):
    make_letter()
    sequencing.run()
    log = chain.newest(chain.INDEX)
    old = chain.keys_of(log)[0]
    assert proofs.site_key() == f"{old}\n"
    document = keyring.read(key_file)
    document["ledger"] = [keyring.new_key(2), *document["ledger"]]
    keyring.write(key_file, document, replace=True)
    keyring.forget()

    first, _blank, said = proofs.site_key().partition("\n\n")

    assert note.parse_key(first) == chain.keys_of(log)[0] != old
    signed = note.parse(said.encode())
    assert signed.signed_by([old]) == [(old, 0)]
    assert first in signed.text


WITNESS = note.Signer("newsroom.example/w", bytes(range(32)), note.COSIGNATURE)


def cosigned(shown, seconds=1_790_000_000):
    text = note.parse(shown.note.encode()).text
    return (shown.note + WITNESS.line(text, seconds=seconds)).encode()


def test_a_cosignature_of_a_configured_witness_is_kept_and_shown(settings):
    make_letter()
    sequencing.run()
    shown = chain.shown(chain.newest(chain.INDEX))
    assert not witnessing.standing().is_witnessed
    with pytest.raises(note.NoteWrong, match="No witness of WITNESSES"):
        witnessing.take(cosigned(shown))
    settings.WITNESSES = [str(WITNESS.verifier)]

    witnessing.take(cosigned(shown))
    witnessing.take(cosigned(shown))

    assert proofs.site_checkpoint() == cosigned(shown)
    standing = witnessing.standing()
    assert (standing.configured, standing.looked, standing.last_at.timestamp()) == (1, 1, 1_790_000_000)
    settings.WITNESSES = []
    assert proofs.site_checkpoint() == shown.note.encode()


def test_a_cosignature_on_anything_else_is_refused(settings):
    make_letter()
    sequencing.run()
    log = chain.newest(chain.INDEX)
    settings.WITNESSES = [str(WITNESS.verifier)]
    shown = chain.shown(log)
    other = str(note.Checkpoint(log.origin, shown.size, b"x" * 32))
    strange = str(note.Checkpoint("elsewhere.example/index", shown.size, b"x" * 32))
    flipped = bytearray(cosigned(shown))
    flipped[-9] ^= 1

    for wrong in (note.sign(other, WITNESS).encode(), note.sign(strange, WITNESS).encode(), b"", bytes(flipped)):
        with pytest.raises(note.NoteWrong):
            witnessing.take(wrong)


def test_a_malformed_or_foreign_key_among_the_witnesses_is_refused(settings):
    for wrong in ("x", str(note.Signer("n", bytes(range(32))).verifier)):
        settings.WITNESSES = [wrong]
        with pytest.raises(note.NoteWrong):
            witnessing.witnesses()
