"""What came in under a letter and what became of it, in numbers that anybody may read: for its methodology page."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.utils.functional import Promise

from letters.documents.models import Letter
from letters.moderation import reasons
from letters.moderation.models import Case, Decision, Reason
from letters.press.models import DayCount, Figures
from letters.signatures.models import Signature


@dataclass(frozen=True)
class Report:
    """``removed`` is [(reason in words, signatures)]; all other parts are numbers since the letter began."""

    received: int
    confirmed: int
    published: int
    looked_at: int
    refused: int
    removed: list[tuple[str | Promise, int]]
    disputes: int
    disputes_upheld: int
    appeals: int
    appeals_upheld: int
    busiest: int
    """Confirmations of the busiest hour of the first three days."""

    @property
    def removed_count(self) -> int:
        return sum(amount for _reason, amount in self.removed)


def report_of(letter: Letter) -> Report:
    """Count what is kept of a letter's checks; four queries at any size, samples left out."""
    parts = {name: Sum(name, default=0) for name in ("forms", "confirmed", "published")}
    sums = DayCount.objects.filter(letter=letter).aggregate(**parts)
    gone = Signature.objects.filter(letter=letter, state="removed", is_sample=False).order_by()
    removed = gone.values_list("removed_reason").annotate(n=Count("pk")).order_by("-n", "removed_reason")
    hours = Figures.objects.filter(letter=letter).values_list("first_hours", flat=True).first()
    return Report(
        received=sums["forms"],
        confirmed=sums["confirmed"],
        published=sums["published"],
        removed=[(reasons.REFUSALS.get(code, code), amount) for code, amount in removed],
        busiest=max(hours or [0]),
        **Case.objects.filter(letter=letter, signature__is_sample=False).aggregate(**_counted()),
    )


def _counted() -> dict[str, Count]:
    decided = Q(decision__in=[Decision.ACCEPTED, Decision.REFUSED])
    upheld = {Reason.DISPUTE: Decision.REFUSED, Reason.APPEAL: Decision.ACCEPTED}
    found = {
        "looked_at": Count("pk", filter=decided),
        "refused": Count("pk", filter=Q(decision=Decision.REFUSED) & ~Q(reason__in=[Reason.APPEAL])),
    }
    for name, reason in (("disputes", Reason.DISPUTE), ("appeals", Reason.APPEAL)):
        found[name] = Count("pk", filter=decided & Q(reason=reason))
        found[f"{name}_upheld"] = Count("pk", filter=Q(reason=reason, decision=upheld[reason]))
    return found
