"""Who is at a case: for a few minutes it is one reviewer's, so that two do not do the same work. A claim decides
nothing, it runs out by itself, and a reviewer has one at a time."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.moderation.models import Case

CLAIM_FOR = timedelta(minutes=5)


class Claimed(RuleError):
    code = "claimed"

    def __init__(self, case: Case) -> None:
        until = f"{case.claimed_until:%H:%M}" if case.claimed_until else ""
        text = _("A colleague is at this case until {until} UTC. Take another one; you can take this one over then.")
        super().__init__(text.format(until=until))


def claim(case: Case, *, by: User) -> Case:
    """Make an open case this reviewer's for CLAIM_FOR, and let go of the one that they had under the letter before.

    One conditional UPDATE: of two at the same instant one gets it. A closed case is nobody's and is left as it is, and
    so is one that waits for somebody else's agreement. Calling it again prolongs the claim.

    Raises:
        Claimed: a colleague is at it; the sentence says who and until when.
    """
    if case.decided_by_id == by.pk:
        return case
    now = timezone.now()
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now) | Q(claimed_by=by)
    rows = Case.objects.waiting().filter(free, pk=case.pk)
    if rows.update(claimed_by=by, claimed_until=now + CLAIM_FOR):
        before = Case.objects.waiting().filter(letter_id=case.letter_id, claimed_by=by).exclude(pk=case.pk)
        before.update(claimed_by=None, claimed_until=None)
        case.claimed_by, case.claimed_until = by, now + CLAIM_FOR
        return case
    refuse_others(Case.objects.select_related("claimed_by").get(pk=case.pk), by)
    return case


def release(public_id: UUID, *, by: User) -> None:
    """Let go of a case; a colleague's claim is left. Idempotent."""
    Case.objects.filter(public_id=public_id, claimed_by=by).update(claimed_by=None, claimed_until=None)


def refuse_others(case: Case, by: User) -> None:
    """Raises Claimed when a colleague is at this case now."""
    if case.is_open and case.claimed_by_other(by.pk):
        raise Claimed(case)
