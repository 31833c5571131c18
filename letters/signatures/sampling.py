"""Loading invented signatories for a sample letter; refused for every other letter."""

import csv
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from django.db import transaction

from letters.core import places, typed
from letters.core.errors import RuleError
from letters.documents.loading import refuse
from letters.documents.models import Letter
from letters.signatures import names, signals
from letters.signatures.enums import HONORIFIC_MAX, Sector
from letters.signatures.models import (
    AFFILIATION_MAX,
    COMMENT_MAX,
    POSITION_MAX,
    AffiliationStatus,
    Role,
    SignatoryType,
    Signature,
    SignatureState,
)
from letters.signatures.signing import place

COLUMNS = (
    "display_name", "sort_name", "position", "affiliation", "affiliation_status", "country", "comment", "role",
    "confirmed_at", "signatory_type", "sector", "name_latin", "honorific_prefix", "quote_permission", "evidence",
)  # fmt: skip
_NAMESPACE = uuid.UUID("5a3c9f7e-2f50-4d0e-9a55-6d5b5e0f5a01")


@transaction.atomic
def load(letter: Letter, source: str) -> int:
    """Store sample signatories, all marked ``is_sample`` with an address nobody has. Idempotent; returns how many
    are new.

    Raises:
        RuleError: the letter is no sample, or a row is wrong; names line and column. Nothing is stored then.
    """
    if not letter.is_sample or letter.version is None:
        raise RuleError("Sample signatories can be loaded into a letter with “sample: true” alone.", code="no-sample")
    read = [(_signature(letter, line, row), line, row["evidence"]) for line, row in _rows(source)]
    known = set(Signature.objects.filter(letter=letter, is_sample=True).values_list("public_id", flat=True))
    fresh = [(row, line, evidence) for row, line, evidence in read if row.public_id not in known]
    Signature.objects.bulk_create([row for row, _, _ in fresh])
    signals.samples_loaded.send(Signature, rows=fresh)
    return len(fresh)


def _rows(source: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(StringIO(source.removeprefix("\ufeff")), strict=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise refuse(1, "header", f"must be {','.join(COLUMNS)}.")
    for row in reader:
        if None in row or None in row.values():
            raise refuse(reader.line_num, "row", f"must have {len(COLUMNS)} cells.")
        yield reader.line_num, row


def _one_of(choices: list[str]) -> Any:
    def read(value: str) -> str:
        if value not in choices:
            raise RuleError(f"must be one of {', '.join(choices)}.")
        return value

    return read


def _signature(letter: Letter, line: int, row: dict[str, str]) -> Signature:
    def cell(name: str, read: Any) -> Any:
        try:
            return read(row[name])
        except (RuleError, ValueError) as error:
            raise refuse(line, name, getattr(error, "message", "is not a UTC time.")) from error

    role = cell("role", _one_of(list(Role.values)))
    quote = cell("quote_permission", _one_of(["", "named", "unnamed"]))
    confirmed_at = cell("confirmed_at", lambda v: datetime.fromisoformat(v).astimezone(UTC))
    signature = Signature(
        public_id=uuid.uuid5(_NAMESPACE, f"{letter.slug}\0{row['display_name']}"),
        letter=letter,
        version=letter.version,
        state=SignatureState.CONFIRMED,
        role=role,
        is_invited=role != Role.SIGNATORY,  # until its evidence is stored, a moment later
        signatory_type=cell("signatory_type", _one_of(list(SignatoryType.values))),
        is_sample=True,
        display_name=cell("display_name", names.clean),
        sort_name=cell("sort_name", lambda v: names.clean(v) if v else ""),
        position=cell("position", lambda v: typed.clean(v, most=POSITION_MAX)),
        affiliation=cell("affiliation", lambda v: typed.clean(v, most=AFFILIATION_MAX)),
        affiliation_status=cell("affiliation_status", _one_of(["", *AffiliationStatus.values])),
        country=cell("country", _one_of(["", *places.names()])),
        comment=cell("comment", lambda v: typed.clean(v, most=COMMENT_MAX)),
        sector=cell("sector", _one_of(["", *Sector.values])),
        name_latin=cell("name_latin", lambda v: names.clean(v) if v else ""),
        honorific_prefix=cell("honorific_prefix", lambda v: typed.clean(v, most=HONORIFIC_MAX)),
        consent_quote=quote == "named",
        consent_quote_unnamed=quote == "unnamed",
        consent_comment=True,
        consent_domain=True,
        signed_at=confirmed_at,
        confirmed_at=confirmed_at,
        changed_at=confirmed_at,
    )
    signature.set_email(f"{signature.public_id.hex}@sample.example")
    place(signature)
    return signature
