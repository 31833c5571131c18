"""Notes, checkpoints and cosignatures; vectors of Go's package and of the specifications."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.ledger import note
from tests.properties import quick

GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
C2SP_CHECKPOINT = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeM"
    "cTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+"
    "mbIUBkBIfZ+qnA==\n"
)
LOG = note.Signer("letters.example/l/1", bytes(range(32)))
OTHER = note.Signer("letters.example/l/1", bytes(range(1, 33)))
WITNESS = note.Signer("newsroom.example/w", bytes(range(2, 34)), note.COSIGNATURE)
CHECKPOINT = note.Checkpoint(LOG.name, 7, bytes(range(32)))


def test_the_example_of_go_is_verified():
    key = note.parse_key(GO_KEY)

    assert str(key) == GO_KEY
    assert note.parse(GO_NOTE.encode()).signed_by([key]) == [(key, 0)]
    with pytest.raises(note.NoteWrong, match="altered"):
        note.parse(GO_NOTE.replace("think", "thimk").encode()).signed_by([key])


def test_the_checkpoint_of_the_specification_is_read():
    found = note.parse(C2SP_CHECKPOINT.encode())

    assert [name for name, _id, _signature in found.signatures] == [
        "example.com/behind-the-sofa",
        "witness.example.com/w1",
    ]
    assert note.parse_checkpoint(found.text) == note.Checkpoint(
        "example.com/behind-the-sofa", 20852163, base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    )
    seconds = int.from_bytes(found.signatures[1][2][:8], "big")
    assert seconds == 1679315147  # the time that the specification gives


def test_a_checkpoint_is_signed_and_opened():
    signed = note.sign(str(CHECKPOINT), LOG)

    found, whole = note.open_checkpoint(signed.encode(), [LOG.verifier])

    assert found == CHECKPOINT
    assert signed.startswith(f"{LOG.name}\n7\nAAEC")
    assert signed.count("\n") == 5
    assert whole.signatures[0][:2] == (LOG.name, LOG.verifier.key_id)


def test_a_cosignature_says_when():
    text = str(CHECKPOINT)
    signed = note.sign(text, LOG) + WITNESS.line(text, seconds=1_700_000_000)

    assert note.parse(signed.encode()).signed_by([LOG.verifier, WITNESS.verifier]) == [
        (LOG.verifier, 0),
        (WITNESS.verifier, 1_700_000_000),
    ]
    assert note.parse_key(str(WITNESS.verifier)) == WITNESS.verifier


def test_lines_of_unknown_keys_are_ignored():
    signed = note.sign(str(CHECKPOINT), OTHER, LOG) + "— somebody.example AAAAAAE=\n"

    assert note.open_checkpoint(signed.encode(), [LOG.verifier])[0] == CHECKPOINT


def test_a_checkpoint_that_the_key_did_not_sign_is_refused():
    with pytest.raises(note.NoteWrong, match="not signed by the key"):
        note.open_checkpoint(note.sign(str(CHECKPOINT), OTHER).encode(), [LOG.verifier])


@quick
@given(st.integers(0), st.integers(1, 255))
def test_one_changed_byte_anywhere_spoils_a_checkpoint(place, change):
    signed = bytearray(note.sign(str(CHECKPOINT), LOG).encode())
    signed[place % len(signed)] ^= change

    with pytest.raises(note.NoteWrong):
        note.open_checkpoint(bytes(signed), [LOG.verifier])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        "text\n\n",
        "\n\n— a AAAAAAE=\n",
        "text\n\n— a AAAAAAE=",
        "text\n\n- a AAAAAAE=\n",
        "text\n\n— a b AAAAAAE=\n",
        "text\n\n— a+b AAAAAAE=\n",
        "text\n\n—  AAAAAAE=\n",
        "text\n\n— a AAAA\n",
        "text\n\n— a AAAAAAF=\n",
        "te\txt\n\n— a AAAAAAE=\n",
        "te\rxt\n\n— a AAAAAAE=\n",
        "text\n\n" + "— a AAAAAAE=\n" * 65,
        "x" * 64_000 + "\n\n— a AAAAAAE=\n",
    ],
)
def test_what_is_no_note_is_refused(text):
    with pytest.raises(note.NoteWrong):
        note.parse(text.encode())
    with pytest.raises(note.NoteWrong):
        note.parse(b"\xff" + text.encode())


@pytest.mark.parametrize("text", ["a\n1\n", "a\n01\nAAAA\n", "\n1\nAAAA\n", "a\n-1\nAAAA\n", "a\n1\nAAAA\n", "a"])
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(note.NoteWrong):
        note.parse_checkpoint(text)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "name",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("c74f20a3", "C74F20A3"),
        GO_KEY.replace("+ARpc", "+Ahpc"),
        GO_KEY[:-4],
        "two words+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_what_is_no_key_is_refused(key):
    with pytest.raises(note.NoteWrong):
        note.parse_key(key)
