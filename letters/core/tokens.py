"""Links and codes that are derived, never stored: a dump of the database opens none of them.

Shape of a token: base64url(key id (1 byte) ‖ row id (16) ‖ HMAC-SHA-256 (32)), for one purpose (ASVS 5.0, 11.5.1).
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from uuid import UUID

from letters.core import keyring
from letters.core.errors import LinkInvalid

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
CODE_LENGTH = 8
_ID_END = 17
_TOKEN_BYTES = 49


def _mac(secret: bytes, purpose: str, row_id: UUID) -> bytes:
    return hmac.digest(secret, purpose.encode() + b"\0" + row_id.bytes, hashlib.sha256)


def make(purpose: str, row_id: UUID) -> str:
    key = keyring.ring().token[0]
    return _encode(bytes([key.id]) + row_id.bytes + _mac(key.secret, purpose, row_id))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read(purpose: str, token: str) -> UUID:
    """The row id that the token was made for.

    Raises:
        LinkInvalid: altered, cut, made for another purpose, or signed with a key that is no longer kept.
    """
    try:
        raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError) as error:
        raise LinkInvalid from error
    if len(raw) != _TOKEN_BYTES or token != _encode(raw):  # base64 has several spellings of the last bits
        raise LinkInvalid
    row_id, mac = UUID(bytes=raw[1:_ID_END]), raw[_ID_END:]
    for key in keyring.ring().token:
        if key.id == raw[0] and secrets.compare_digest(mac, _mac(key.secret, purpose, row_id)):
            return row_id
    raise LinkInvalid


def marks_for(purpose: str, row_id: UUID) -> list[str]:
    """What somebody publishes, on a page or in DNS, to show that this row is theirs: one mark for each key that is
    kept, the present one first. Public by nature, unguessable before. Shape: 26 letters and digits (128 bits)."""
    macs = (_mac(key.secret, f"mark-{purpose}", row_id) for key in keyring.ring().token)
    return [base64.b32encode(mac[:16]).decode().rstrip("=").lower() for mac in macs]


def code_for(row_id: UUID) -> str:
    """The eight characters that a person types from the mail into the waiting tab (40 bits; guesses are limited)."""
    return _code(keyring.ring().token[0].secret, row_id)


def is_code_for(row_id: UUID, typed: str) -> bool:
    """Accepts any case, spaces and hyphens, and the usual misreadings O→0, I and L→1."""
    plain = "".join(typed.upper().split()).replace("-", "").translate(str.maketrans("OIL", "011"))
    guess = plain.encode("utf-8", "replace")
    found = [secrets.compare_digest(guess, _code(k.secret, row_id).encode()) for k in keyring.ring().token]
    return any(found)


def _code(secret: bytes, row_id: UUID) -> str:
    number = int.from_bytes(_mac(secret, "code", row_id)[:5], "big")
    return "".join(CODE_ALPHABET[(number >> shift) & 31] for shift in range(35, -1, -5))
