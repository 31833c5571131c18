"""Encryption at rest and blind indexes: what a stolen dump cannot read, and how an address is found without reading it.

AES-256-GCM as in NIST SP 800-38D with a random 96-bit nonce; the context (table, column, row) is authenticated, so a
value cannot be moved to another row. Protects dumps, replicas and disks; not a compromised application (ADR 4).
"""

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from letters.core import keyring
from letters.core.errors import KeyRingError

NONCE_BYTES = 12
INDEX_BYTES = 32


@lru_cache(maxsize=16)
def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(secret)


def seal(text: str, context: bytes) -> bytes:
    """Shape: key id (1 byte) ‖ nonce (12) ‖ ciphertext and tag."""
    return seal_bytes(text.encode(), context)


def seal_bytes(content: bytes, context: bytes) -> bytes:
    """The same for a file."""
    key = keyring.ring().field[0]
    nonce = os.urandom(NONCE_BYTES)
    return bytes([key.id]) + nonce + _cipher(key.secret).encrypt(nonce, content, context)


def unseal(data: bytes, context: bytes) -> str:
    """Open what ``seal`` made for the same context.

    Raises:
        KeyRingError: the key is gone, or the value was altered or moved from another row.
    """
    return unseal_bytes(data, context).decode()


def unseal_bytes(data: bytes, context: bytes) -> bytes:
    """Open what ``seal_bytes`` made for the same context. Raises KeyRingError as ``unseal``."""
    key = keyring.ring().find("field", data[0] if data else 0)
    nonce, body = data[1 : 1 + NONCE_BYTES], data[1 + NONCE_BYTES :]
    try:
        return _cipher(key.secret).decrypt(nonce, body, context)
    except (InvalidTag, ValueError) as error:  # a value that was cut has no whole nonce
        raise KeyRingError(
            "A sealed value does not open: it was altered, moved, or sealed with another key."
        ) from error


def is_sealed_with_newest(data: bytes) -> bool:
    return data[0] == keyring.ring().field[0].id


def letter_indexes(letter_id: int, canonical: str) -> tuple[bytes | None, bytes | None]:
    """Blind index of an address within one letter, for the (odd, even) column.

    A key writes into the column of its id's parity, so that during a rotation every row carries old and new index
    side by side and uniqueness holds under either. The letter is part of the input, so that two letters' lists
    cannot be joined. Shape: HMAC-SHA-256, 32 bytes; None where no key of that parity is in use.
    """
    message = b"mail-v1\0%d\0" % letter_id + canonical.encode()
    values: list[bytes | None] = [None, None]
    for key in keyring.ring().index[:2]:
        values[(key.id + 1) % 2] = hmac.digest(key.secret, message, hashlib.sha256)
    return values[0], values[1]


def site_index(canonical: str) -> bytes:
    """Site-wide blind index of an address, for the block list and the mail caps alone. Shape: 32 bytes."""
    return hmac.digest(keyring.ring().site[0].secret, b"site-v1\0" + canonical.encode(), hashlib.sha256)


def identity_index(scope_id: int, issuer: str, subject: str) -> bytes:
    """Blind index of an identity at a provider, within one text or letter: the same account is known
    again, and two lists cannot be joined. Shape: HMAC-SHA-256, 32 bytes."""
    message = b"identity-v1\0%d\0" % scope_id + issuer.encode() + b"\0" + subject.encode()
    return hmac.digest(keyring.ring().site[0].secret, message, hashlib.sha256)


def fingerprint(data: bytes) -> bytes:
    """Keyed digest that makes ids which nobody else can compute. Shape: 16 bytes."""
    return hashlib.blake2b(data, key=keyring.ring().site[0].secret, digest_size=16, person=b"form-v1").digest()
