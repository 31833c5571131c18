"""A signatory's address: sealed for its row, and its blind indexes within a letter. A part of models."""

from __future__ import annotations

import uuid

from letters.core import addresses, sealed
from letters.signatures.enums import SignatoryType

Indexed = bytes | memoryview | None


def indexes_of(letter_id: int, address: str, signatory_type: str) -> tuple[Indexed, Indexed]:
    """Blind indexes of an address. Whoever signs for an organisation may sign as a person, too, with the same address:
    it counts once for each."""
    canonical = addresses.canonical(address)
    is_organization = signatory_type == SignatoryType.ORGANIZATION
    return sealed.letter_indexes(letter_id, f"organization\0{canonical}" if is_organization else canonical)


def email_in(public_id: uuid.UUID, email_sealed: bytes | memoryview[int] | None) -> str:
    """The address in a row that is not loaded as a whole, as ``Signature.email``."""
    return sealed.unseal(bytes(email_sealed), context_of(public_id)) if email_sealed else ""


def context_of(public_id: uuid.UUID) -> bytes:
    return b"signatures.signature.email\0" + public_id.bytes
