"""From a printed line to the hash that stands for it, and to the entries of a letter's log.

An entry holds codes, numbers and hashes, never a name, an address or a time; a name is never hashed without salt.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping

from letters.core import canonical
from letters.documents.models import Words
from letters.press import anonymised, columns
from letters.signatures.models import AnonymousLine, Signature, SignatureState

SALT_BYTES = 32
WITHHELD = "withheld"
UNNAMED = (WITHHELD, anonymised.ANONYMISED)
"""Bases of entries whose line no list shows under its signature's own number."""
UNCOMMITTED = ("list_position", "permalink")
"""Columns that say where a row stands in a file, and where its page is: nothing about the line."""
REASONS = {
    "duplicate": "duplicate",
    "asked-by-mail": "withdrawn",
    "not-eligible": "operator",
    "abusive-text": "operator",
}
"""{reason of a removal: code of its retraction}; all others are ``invalid``."""
CORRECTED, HELD, WITHDRAWN, INVALID, OPERATOR = "corrected", "held", "withdrawn", "invalid", "operator"


def new_salt() -> bytes:
    return os.urandom(SALT_BYTES)


def message_of(row: Signature, context: columns.Context, *, origin: str, line: AnonymousLine | None = None) -> bytes:
    """The bytes that are committed to: every column of the file whose cell is not empty, as JSON shows it, and the
    log's name. A column that comes later changes none while its cell is empty. Where the name is withheld and ``line``
    is printed, it is the line's cells and nothing of the signature."""
    if line is not None:
        shown = anonymised.values(line, context)
        return message({name: shown[name] for name in columns.names_of_columns}, origin=origin)
    cells = {column.name: column.python(row, context) for column in columns.COLUMNS if column.name not in UNCOMMITTED}
    return message(cells, origin=origin)


def message(cells: Mapping[str, str], *, origin: str) -> bytes:
    """The same from the cells of a file, by column, without the guard against formulas."""
    shown = {name: cell for name, cell in cells.items() if cell and name not in UNCOMMITTED}
    return canonical.dumps({"letter": origin, **shown})


def commit(salt: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 under the entry's own salt; 32 bytes."""
    return hmac.digest(salt, message, hashlib.sha256)


def basis_of(row: Signature, line: AnonymousLine | None = None) -> str:
    if line is not None:
        return anonymised.ANONYMISED
    return WITHHELD if row.hidden_at else row.verification


def is_committed(row: Signature) -> bool:
    """Counted, by name or as a name withheld: confirmed, and not held back for checking."""
    return row.is_confirmed and not row.held_reason


def reason_for(row: Signature | None) -> str:
    """Why the entry of a line that stands no longer is retracted. Withdrawn, disowned and erased are one code."""
    if row is None or row.state == SignatureState.WITHDRAWN:
        return WITHDRAWN
    if row.state == SignatureState.REMOVED:
        return REASONS.get(row.removed_reason, INVALID)
    return HELD


def _line(**entry: object) -> str:
    return canonical.dumps({**entry, "v": 1}).decode()


def text_line(label: str, text: Words) -> str:
    return _line(k="text", ver=label, sha256=text.sha256)


def sign_line(basis: str, label: str, commitment: bytes) -> str:
    return _line(k="sign", b=basis, t=label, c=commitment.hex())


def retract_line(number: int, reason: str) -> str:
    return _line(k="retract", i=number, r=reason)


def export_line(file: str, rows: int, sha256: str, size: int) -> str:
    return _line(k="export", f=file, n=rows, sha256=sha256, size=size)


def checkpoint_line(origin: str, size: int, root: bytes) -> str:
    """An entry of the site's own log; and the first one of a log that replaces a damaged one."""
    return _line(k="checkpoint", o=origin, size=size, root=root.hex())
