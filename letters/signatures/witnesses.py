"""What others wrote down about our work: the journal of people who signed, and the mailbox where our mails arrived.

Both are files of a drill or a rehearsal; no page reads them and nothing here prints an address.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from uuid import UUID

from letters.core import tokens
from letters.core.errors import LinkInvalid, RuleError

SENT = "sent"  # purpose of the token that a signer is sent to after signing
TAKEN = 250  # RFC 5321 §4.2.2: the mail server has taken responsibility
_MESSAGE_ID = re.compile(r"<[a-z_]+\.\d+\.([0-9a-f]{32})@[^>]+>")


class FileUnreadable(RuleError):
    code = "file"


@dataclass(frozen=True)
class Accepted:
    """One form that a signer saw accepted; ``line`` is where the journal says so."""

    line: int
    public_id: UUID
    email: str
    at: datetime
    is_confirmed: bool = False


@dataclass(frozen=True)
class Arrived:
    """One mail that a mail server took; ``subject_id`` is the row that it is about."""

    message_id: str
    subject_id: UUID
    to: str


def accepted_forms(path: Path) -> list[Accepted]:
    """Read a journal: JSON lines of nonce, email, accepted_at (Unix time), and confirmed_at when the button was
    pressed later. ``nonce`` is the token in the address that the accepted form led to, or the attempt's id itself.

    Raises:
        FileUnreadable: the file is missing, or a line is not of that shape or not ours; names the line.
    """
    found: dict[UUID, Accepted] = {}
    for number, line in _lines(path):
        try:
            one = Accepted(
                number, _attempt(str(line["nonce"])), str(line["email"]),
                datetime.fromtimestamp(float(line["accepted_at"]), tz=UTC), "confirmed_at" in line,
            )  # fmt: skip
        except (KeyError, TypeError, ValueError, LinkInvalid) as error:
            raise FileUnreadable(f"{path.name}, line {number}: no accepted form of this site.") from error
        if one.is_confirmed or one.public_id not in found:
            found[one.public_id] = one
    return list(found.values())


def _attempt(nonce: str) -> UUID:
    return UUID(nonce) if re.fullmatch(r"[0-9a-f-]{32,36}", nonce) else tokens.read(SENT, nonce)


def arrived_mails(path: Path) -> list[Arrived]:
    """Read a mailbox: a folder of ``.eml`` files, or JSON lines of message_id, to, and answer (the SMTP code).

    Mails that were refused, and mails that are not about a row of ours, are left out.

    Raises:
        FileUnreadable: there is no such file or folder, or a line is not of that shape.
    """
    rows = _folder(path) if path.is_dir() else _mail_lines(path)
    found = []
    for message_id, to in rows:
        if subject := _MESSAGE_ID.fullmatch(message_id):
            found.append(Arrived(message_id, UUID(subject[1]), to))
    return found


def _folder(path: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(path.glob("*.eml")):
        with file.open("rb") as source:
            head = BytesHeaderParser().parse(source)
        yield str(head["Message-ID"]), parseaddr(str(head["To"]))[1]


def _mail_lines(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in _lines(path):
        try:
            if int(line.get("answer", TAKEN)) == TAKEN:
                yield str(line["message_id"]), str(line["to"][0])
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise FileUnreadable(f"{path.name}, line {number}: not a mail.") from error


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                if text.strip():
                    line = json.loads(text)
                    if not isinstance(line, dict):
                        raise ValueError
                    yield number, line
    except OSError as error:
        raise FileUnreadable(f"{path.name} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise FileUnreadable(f"{path.name} is not a file of JSON lines.") from error
