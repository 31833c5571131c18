"""Which signatures a decision about many is about: conditions that a person typed, and the rows that fit them all."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Min, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from letters.core.errors import KeyRingError, RuleError
from letters.documents.models import Letter
from letters.moderation.models import BulkWhat, Case, Reason
from letters.signatures.models import Signature, Verification, email_in

MOST_ROWS = 20_000
"""How many signatures one decision may be about."""
MOST_UNSEALED = 20_000
"""How many addresses are opened, in memory alone, to look at their domain."""
REASONS: dict[str, frozenset[str]] = {
    BulkWhat.REFUSE: frozenset(
        {Reason.POLICY, Reason.WATCHED, Reason.MIXED, Reason.DUPLICATE, Reason.SPIKE, Reason.OPERATOR}
    ),
    BulkWhat.ACCEPT: frozenset({Reason.MIXED, Reason.DUPLICATE, Reason.SPIKE, Reason.OPERATOR}),
    BulkWhat.REMOVE: frozenset(),
}
"""Cases that may be decided many at once: those that can be taken back, and need no evidence and no second reviewer."""


Row = tuple[int, int | None]
"""Numbers of a signature and of its case."""


class TooMany(RuleError):
    code = "too-many"
    default = _("These conditions fit too many signatures to be decided at once. Add a condition, such as a time.")


@dataclass(frozen=True)
class Conditions:
    """What a person asked for; empty parts ask for nothing. ``level`` is "email" (nothing but a confirmed address) or
    "below" (no affiliation, invitation or review)."""

    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    domain: str = ""
    network: str = ""
    name: str = ""
    level: str = ""

    def as_json(self) -> dict[str, str]:
        """Only what was asked for, as text."""
        return {name: str(value) for name, value in asdict(self).items() if value}

    @classmethod
    def of_json(cls, stored: dict[str, str]) -> "Conditions":
        """The same back; unknown names are left out."""
        known: dict[str, Any] = {field.name: stored[field.name] for field in fields(cls) if field.name in stored}
        for name in ("since", "until"):
            known[name] = parse_datetime(known[name]) if name in known else None
        return cls(**known)


def find(letter: Letter, what: str, conditions: Conditions, *, known_at: datetime | None = None) -> list[Row]:
    """(signature, case) row numbers of all that fits now, in the order of their confirmation. The case is None where
    a printed signature is removed. Samples are never in it, and nothing that came after ``known_at``: a wave goes on
    while somebody looks at it.

    Raises:
        RuleError: no condition at all, or one that does not fit ``what``.
        TooMany: more than MOST_ROWS fit, or a domain is looked for among more than MOST_UNSEALED.
    """
    if not conditions.as_json():
        raise RuleError(str(_("Choose at least one condition; else it would be about everybody.")), code="conditions")
    if what == BulkWhat.REMOVE and conditions.reason:
        raise RuleError(str(_("A reason is a condition for cases that wait. Leave it empty to remove.")), code="reason")
    if conditions.reason and conditions.reason not in REASONS[what]:
        raise RuleError(str(_("Cases of this kind are decided one by one.")), code="reason")
    rows = _narrowed(Signature.objects.confirmed().filter(letter=letter, is_sample=False), conditions)
    if what == BulkWhat.REMOVE:
        printed = rows.public().filter(confirmed_at__lte=known_at) if known_at else rows.public()
        found: list[Row] = [(pk, None) for pk in _of_domain(printed, conditions)]
    else:
        found = list(_cases(letter, what, rows, conditions, known_at))
    if len(found) > MOST_ROWS:
        raise TooMany
    return found


def _narrowed(rows: Any, conditions: Conditions) -> Any:
    if conditions.since:
        rows = rows.filter(confirmed_at__gte=conditions.since)
    if conditions.until:
        rows = rows.filter(confirmed_at__lt=conditions.until)
    if conditions.network:
        rows = rows.filter(network=bytes.fromhex(conditions.network))
    if conditions.name:
        rows = rows.filter(display_name__icontains=conditions.name)
    if conditions.level:
        strong = [Verification.AFFILIATION] + ([Verification.ACCOUNT] if conditions.level == "email" else [])
        rows = rows.exclude(verification__in=strong).filter(is_invited=False, is_reviewed=False)
    return rows


def _of_domain(rows: QuerySet[Signature], conditions: Conditions) -> list[int]:
    """Row numbers in the order of confirmation, those with an address at the domain where one is asked for."""
    rows = rows.order_by("confirmed_at", "id")
    if not conditions.domain:
        return list(rows.values_list("pk", flat=True)[: MOST_ROWS + 1])
    sealed = list(rows.values_list("pk", "public_id", "email_sealed")[: MOST_UNSEALED + 1])
    if len(sealed) > MOST_UNSEALED:
        raise TooMany
    return [pk for pk, public_id, email_sealed in sealed if domain_in(public_id, email_sealed) == conditions.domain]


def domain_of(row: Signature) -> str:
    """``domain_in`` of a row that is loaded."""
    return domain_in(row.public_id, row.email_sealed)


def domain_in(public_id: UUID, email_sealed: "bytes | memoryview[int] | None") -> str:
    """The domain of a sealed address, lower case; never stored, never logged. Empty where it is gone or its seal does
    not open: one such row must not take the page away on which a flood is looked at."""
    try:
        return email_in(public_id, email_sealed).rpartition("@")[2].lower()
    except KeyRingError:
        return ""


def _cases(letter: Letter, what: str, rows: Any, conditions: Conditions, known_at: datetime | None) -> Iterable[Row]:
    wanted = [conditions.reason] if conditions.reason else sorted(REASONS[what])
    cases = Case.objects.waiting().filter(letter=letter, reason__in=wanted)
    if known_at:
        cases = cases.filter(opened_at__lte=known_at)
    of_rows = cases.filter(signature__in=rows.values("pk"))
    if conditions.domain:
        within = Signature.objects.filter(pk__in=of_rows.values("signature"))
        of_rows = cases.filter(signature__in=_of_domain(within, conditions))
    if what == BulkWhat.REFUSE:  # one refusal takes the signature away, whatever else waits
        found = of_rows.values("signature").annotate(first=Min("id"))
        return [(row["signature"], row["first"]) for row in found.order_by("first")[: MOST_ROWS + 1]]
    return list(of_rows.order_by("opened_at", "id").values_list("signature", "pk")[: MOST_ROWS + 1])
