"""Lines that were printed once and are not now: what an old file is answered with. Ids and days, never a name.

The id is random and stands in every list that was published; who has such a list learns that one of its lines ended,
which the corrections say without an id. It tells nothing to anybody else.
"""

from datetime import UTC, datetime
from typing import TypedDict

from letters.documents.models import Letter
from letters.press import commitments
from letters.press.models import Commitment
from letters.signatures.models import PUBLIC, Signature, SignatureState


class Ended(TypedDict):
    """``kind``: withdrawn by the signatory in whatever way, removed by the organisers, or held for another look."""

    id: str
    kind: str
    on: str


def lines_of(letter: Letter) -> list[Ended]:
    """One for each line that was logged with its name and that no list shows now, in no telling order. One query."""
    printed = Commitment.objects.exclude(basis=commitments.WITHHELD).filter(signature__letter=letter)
    rows = Signature.objects.filter(letter=letter, pk__in=printed.values("signature")).exclude(PUBLIC)
    return [_ended(row) for row in rows.order_by("public_id")]


def _ended(row: Signature) -> Ended:
    if row.state == SignatureState.REMOVED:
        kind, at = "removed", row.removed_at
    elif row.state == SignatureState.WITHDRAWN or row.hidden_at:
        kind, at = "withdrawn", row.withdrawn_at or row.hidden_at
    else:
        kind, at = "held", row.changed_at
    return Ended(id=str(row.public_id), kind=kind, on=_day(at))


def _day(at: datetime | None) -> str:
    return at.astimezone(UTC).date().isoformat() if at else ""
