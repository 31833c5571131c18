"""Lines that were printed once and are not now: what an old file is answered with. Ids and days, never a name.

The id is random and stands in every list that was published; who has such a list learns that one of its lines ended,
which the corrections say without an id. It tells nothing to anybody else.
"""

from datetime import UTC, datetime
from typing import TypedDict

from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from letters.documents.models import Letter
from letters.press import anonymised, commitments
from letters.press.models import Commitment
from letters.signatures.models import PUBLIC, AnonymousLine, Signature, SignatureState


class Ended(TypedDict):
    """``kind``: withdrawn by the signatory in whatever way, removed by the organisers, or held for another look."""

    id: str
    kind: str
    on: str


def lines_of(letter: Letter) -> list[Ended]:
    """One for each line that was logged with its name, or by position and affiliation, and that no list shows now, in
    no telling order. Two queries."""
    printed = Commitment.objects.filter(signature__letter=letter).exclude(basis__in=commitments.UNNAMED)
    rows = Signature.objects.filter(letter=letter, pk__in=printed.values("signature")).exclude(PUBLIC)
    found = [_ended(row) for row in rows]
    # Of the lines that one person had after another, those that were logged while they were asked for.
    until = Coalesce(OuterRef("ended_at"), Value(timezone.now()))
    unnamed = Commitment.objects.filter(
        signature=OuterRef("signature"), basis=anonymised.ANONYMISED, as_of__gte=OuterRef("asked_at"), as_of__lte=until
    )
    lines = AnonymousLine.objects.filter(signature__letter=letter).exclude(pk__in=AnonymousLine.objects.printed())
    found += [_ended_line(line) for line in lines.filter(Exists(unnamed)).select_related("signature")]
    return sorted(found, key=lambda ended: ended["id"])


def _ended_line(line: AnonymousLine) -> Ended:
    """A line without a name; its signature may be printed with one now, which is nobody's business here."""
    public_id, row, ended_at = str(line.public_id), line.signature, line.ended_at
    # Emptied weeks after its removal it is removed all the same; one that had ended before is not.
    if row.state == SignatureState.REMOVED and row.removed_at and (ended_at is None or ended_at >= row.removed_at):
        return Ended(id=public_id, kind="removed", on=_day(row.removed_at))
    if ended_at is not None:
        return Ended(id=public_id, kind="withdrawn", on=_day(ended_at))
    return Ended(id=public_id, kind="held", on=_day(row.changed_at))


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
