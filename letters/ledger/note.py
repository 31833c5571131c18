"""Signed notes and checkpoints: how a log says how long it is and what its root is.

Source: C2SP signed-note, tlog-checkpoint, tlog-cosignature (v1). Signatures are Ed25519 (RFC 8032); a line of a key
that nobody asked about is ignored, as the specification wants.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from letters.core.errors import RuleError
from letters.ledger.merkle import HASH_BYTES

ED25519 = 0x01
COSIGNATURE = 0x04  # an Ed25519 signature with its time, made by a witness
MAX_NOTE_BYTES = 64_000
MAX_SIGNATURES = 64
ID_BYTES = 4
KEY_BYTES = 32
SIGNATURE_BYTES = 64
TIME_BYTES = 8
_LINE = "— "
_PRIVATE = "PRIVATE+KEY+"
_size = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_name = re.compile(r"[^\s+]+")
_unprintable = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class NoteWrong(RuleError):
    """A note, a checkpoint or a key is malformed, or not signed by whom it must be."""

    code = "note"
    default = "This is no signed note."  # type: ignore[assignment] # read by operators, in the tools' language


@dataclass(frozen=True)
class Verifier:
    """A public key with the name that it signs under. ``kind`` is ED25519 or COSIGNATURE."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:ID_BYTES]

    def __str__(self) -> str:
        """The *vkey* that people exchange: ``name+hex of the id+base64 of kind and key``."""
        return f"{self.name}+{self.key_id.hex()}+{_encoded(bytes([self.kind]) + self.public)}"

    def check(self, text: str, signature: bytes) -> int:
        """The time of a cosignature in seconds since 1970, else 0. Raises NoteWrong when it does not sign ``text``."""
        signed, seconds = text.encode(), 0
        if self.kind == COSIGNATURE:
            if len(signature) != TIME_BYTES + SIGNATURE_BYTES:
                raise NoteWrong(f"The cosignature of {self.name} has the wrong length.")
            seconds, signature = int.from_bytes(signature[:TIME_BYTES], "big"), signature[TIME_BYTES:]
            signed = _cosigned(text, seconds)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, signed)
        except (InvalidSignature, ValueError) as error:
            raise NoteWrong(f"The signature of {self.name} does not fit: note or signature was altered.") from error
        return seconds


@dataclass(frozen=True)
class Signer:
    """A private key with the name that it signs under; ``secret`` is the 32-byte seed of RFC 8032."""

    name: str
    secret: bytes
    kind: int = ED25519

    @property
    def verifier(self) -> Verifier:
        public = Ed25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw()
        return Verifier(self.name, public, self.kind)

    def line(self, text: str, *, seconds: int = 0) -> str:
        """One signature line under a note's text; ``seconds`` since 1970 is what a cosignature says besides."""
        key = Ed25519PrivateKey.from_private_bytes(self.secret)
        if self.kind == COSIGNATURE:
            signature = seconds.to_bytes(TIME_BYTES, "big") + key.sign(_cosigned(text, seconds))
        else:
            signature = key.sign(text.encode())
        return f"{_LINE}{self.name} {_encoded(self.verifier.key_id + signature)}\n"


@dataclass(frozen=True)
class Note:
    """``text`` ends with a line break; ``signatures`` are (name, key id, signature) in the note's order."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def signed_by(self, verifiers: Iterable[Verifier]) -> list[tuple[Verifier, int]]:
        """Which of these keys signed, each with the time it says. A line that claims to be of one of them and is not
        spoils the note: NoteWrong."""
        found = []
        for verifier in verifiers:
            for name, key_id, signature in self.signatures:
                if (name, key_id) == (verifier.name, verifier.key_id):
                    found.append((verifier, verifier.check(self.text, signature)))
                    break
        return found

    def signature_lines(self) -> dict[tuple[str, bytes], str]:
        """{(name, key id): its line}, as it stands in the note."""
        return {(name, key_id): f"{_LINE}{name} {_encoded(key_id + raw)}\n" for name, key_id, raw in self.signatures}


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself: it holds ``size`` entries under ``root``."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        """The text that is signed. Source: C2SP tlog-checkpoint; without extension lines."""
        return f"{self.origin}\n{self.size}\n{_encoded(self.root)}\n"


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def sign(text: str, *signers: Signer) -> str:
    """A note of ``text``, which ends with a line break, signed by each in turn."""
    return text + "\n" + "".join(signer.line(text) for signer in signers)


def parse(data: bytes) -> Note:
    """Read a note; says nothing yet about whether its signatures fit.

    Raises:
        NoteWrong: it is not one.
    """
    try:
        whole = data.decode() if len(data) <= MAX_NOTE_BYTES else ""
    except UnicodeDecodeError as error:
        raise NoteWrong("The note is not UTF-8 text.") from error
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not text or not lines.endswith("\n") or _unprintable.search(whole):
        raise NoteWrong("The note is not text, a blank line, and lines of signatures.")
    signatures = tuple(_signature(line) for line in lines.removesuffix("\n").split("\n"))
    if len(signatures) > MAX_SIGNATURES:
        raise NoteWrong(f"The note has more than {MAX_SIGNATURES} signatures.")
    return Note(text + "\n", signatures)


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _space, encoded = line.removeprefix(_LINE).partition(" ")
    raw = _decoded(encoded)
    if not line.startswith(_LINE) or not _name.fullmatch(name) or len(raw) <= ID_BYTES:
        raise NoteWrong("A signature line of the note is malformed.")
    return name, raw[:ID_BYTES], raw[ID_BYTES:]


def parse_key(text: str) -> Verifier:
    """Read a *vkey*. Raises NoteWrong when it is malformed, of an unknown kind, or its id does not fit its key."""
    name, plus, rest = text.strip().partition("+")
    key_id, second_plus, encoded = rest.partition("+")
    raw = _decoded(encoded)
    if not (plus and second_plus) or not _name.fullmatch(name) or len(raw) != KEY_BYTES + 1:
        raise NoteWrong("A key is name+id+key in one line, as the log's key page shows it.")
    verifier = Verifier(name, raw[1:], raw[0])
    if verifier.kind not in (ED25519, COSIGNATURE) or key_id != verifier.key_id.hex():
        raise NoteWrong(f"The key of {name} is of an unknown kind, or its id does not fit it.")
    return verifier


def parse_witnesses(texts: Iterable[str]) -> list[Verifier]:
    """Read the *vkeys* of witnesses. Raises NoteWrong when one is malformed or of another kind."""
    keys = [parse_key(text) for text in texts]
    for key in keys:
        if key.kind != COSIGNATURE:
            raise NoteWrong(f"The key of {key.name} is not one of a witness (its kind must be 4).")
    return keys


def new_signer(name: str) -> Signer:
    """A fresh key for a witness of this name. Raises NoteWrong when the name has a space or a plus."""
    if not _name.fullmatch(name):
        raise NoteWrong("The name of a key has neither spaces nor a plus; a good one is your domain and a word.")
    return Signer(name, secrets.token_bytes(KEY_BYTES), COSIGNATURE)


def signer_text(signer: Signer) -> str:
    """A private key in one line, as Go's package writes it; for the file of a witness."""
    return f"{_PRIVATE}{signer.name}+{signer.verifier.key_id.hex()}+{_encoded(bytes([signer.kind]) + signer.secret)}\n"


def parse_signer(text: str) -> Signer:
    """Read what ``signer_text`` wrote. Raises NoteWrong."""
    name, _plus, rest = text.strip().removeprefix(_PRIVATE).partition("+")
    key_id, _plus, encoded = rest.partition("+")
    raw = _decoded(encoded)
    if not text.startswith(_PRIVATE) or not _name.fullmatch(name) or len(raw) != KEY_BYTES + 1:
        raise NoteWrong("The key file of the witness is malformed; make one with --make-key NAME.")
    signer = Signer(name, raw[1:], raw[0])
    if signer.kind != COSIGNATURE or signer.verifier.key_id.hex() != key_id:
        raise NoteWrong("The key file holds no key of a witness, or its id does not fit it.")
    return signer


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint; extension lines are allowed and ignored. Raises NoteWrong when it is not one."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not _size.fullmatch(lines[1]):
        raise NoteWrong("A checkpoint is an origin, a size and a root, each in its line.")
    root = _decoded(lines[2])
    if len(root) != HASH_BYTES:
        raise NoteWrong("The root in the checkpoint is not 32 bytes.")
    return Checkpoint(lines[0], int(lines[1]), root)


def open_checkpoint(data: bytes, verifiers: Iterable[Verifier]) -> tuple[Checkpoint, Note]:
    """A checkpoint that at least one of these keys signed.

    Raises:
        NoteWrong: it is malformed, none of them signed it, or a signature of theirs does not fit.
    """
    note = parse(data)
    if not note.signed_by(verifiers):
        raise NoteWrong("The note is not signed by the key that it must be signed by.")
    return parse_checkpoint(note.text), note


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decoded(text: str) -> bytes:
    """The bytes; empty when it is not base64 in its one spelling."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return b""
    return raw if _encoded(raw) == text else b""
