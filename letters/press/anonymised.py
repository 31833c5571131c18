"""Lines without a name as rows of every file: in the columns that all rows have, nothing but what may be printed.

They are neither persons nor organisations (``signatory_type``), so that nobody who counts rows adds them to either, and
they stand behind all others, in the order of their own words.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC

from django.db.models import Q
from django.utils import translation

from letters.documents.models import Version
from letters.press import columns
from letters.signatures.models import AnonymousLine
from letters.signatures.signing import NAME_WITHHELD
from letters.verification import assurance

ANONYMISED = "anonymised"
"""What stands in ``signatory_type`` of such a row, and as evidence in its entry of the ledger."""
PAGE_ROWS = 1000


def rows_in_order(version: Version, *, page: int = PAGE_ROWS) -> Iterator[AnonymousLine]:
    """Every printed line of a version, page by page, so that no transaction outlasts a slow reader."""
    base = AnonymousLine.objects.printed().for_version(version).in_order().select_related("signature")
    rows = list(base[:page])
    while rows:
        yield from rows
        last = rows[-1]
        beyond = Q(sort_text__gt=last.sort_text) | Q(sort_text=last.sort_text, public_id__gt=last.public_id)
        rows = list(base.filter(beyond)[:page])


def values(line: AnonymousLine, context: columns.Context) -> dict[str, str]:
    """One row, not guarded. Every column is empty but for those that are named here."""
    label, sha256 = context.text_of(line.signature)
    shown = {
        "signature_id": str(line.public_id),
        "list_position": str(context.position),
        "signatory_type": ANONYMISED,
        "role": "signatory",
        "display_name": NAME_WITHHELD,
        "position": line.position,
        "affiliation": line.affiliation,
        "capacity": "personal",
        "letter_version": label,
        "affiliation_basis": "none",
        "reviewed": "true",
        "checked_on": line.checked_at.astimezone(UTC).date().isoformat() if line.checked_at else "",
        "verification_sentence": sentence_of(line),
        "quote_permission": "none",
    }
    return {**dict.fromkeys(columns.names_of_columns, ""), **shown, "text_sha256": sha256}


def sentence_of(line: AnonymousLine) -> str:
    """In English, as files have it: the words of the line, and who checked the name."""
    with translation.override("en"):
        return f"{line.label}. {assurance.withheld(line.checked_at, is_deleted=line.name_deleted_at is not None)}"


def cells(line: AnonymousLine, context: columns.Context) -> list[str]:
    """One row of the file as guarded cells."""
    found = values(line, context)
    return [columns.guarded(found[column.name]) if column.typed else found[column.name] for column in columns.COLUMNS]


Numbered = tuple[AnonymousLine, columns.Context]


def numbered(version: Version, context: columns.Context, *, after: int) -> Iterator[Numbered]:
    """Each line with its place in the file, behind ``after`` rows with names."""
    for position, line in enumerate(rows_in_order(version), after + 1):
        yield line, replace(context, position=position)
