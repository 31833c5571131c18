"""Milestones: found in the published count by a task, announced by an organiser or by nobody."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.documents.models import Letter, LetterState
from letters.ledger import audit
from letters.outreach import timeline, updates
from letters.outreach.enums import MILESTONES
from letters.outreach.models import EventKind, Milestone, MilestoneState
from letters.signatures import counting
from letters.signatures.models import Tally


class NotReached(RuleError):
    code = "not-reached"


class AlreadyDecided(RuleError):
    code = "already-decided"


def next_after(persons: int) -> int | None:
    """The number that comes next; None beyond the last."""
    return next((number for number in MILESTONES if number > persons), None)


def persons_of(tally: Tally) -> int:
    """Published natural persons whom nobody invented: held, hidden and unconfirmed ones are not among them."""
    return max(tally.persons - tally.samples, 0)


def find(*, now: datetime | None = None) -> int:
    """Record the milestones that public letters reached; returns how many wait for an organiser since then.

    Safe to run twice or at once: a number is reached once by a letter, also when the count falls and rises. Where
    several were passed since the last look, the highest waits and the others are noted as passed.
    """
    now = now or timezone.now()
    letters = Letter.objects.public().exclude(state=LetterState.ARCHIVED)
    rows = Tally.objects.filter(version__current_of__in=letters, persons__gte=MILESTONES[0])
    known: dict[int, set[int]] = {}
    tallies = list(rows.select_related("version"))
    for letter_id, number in Milestone.objects.filter(
        letter__in=[tally.version.letter_id for tally in tallies]
    ).values_list("letter", "number"):
        known.setdefault(letter_id, set()).add(number)
    return sum(_find_in(tally, known.get(tally.version.letter_id, set()), now) for tally in tallies)


def _find_in(tally: Tally, known: set[int], now: datetime) -> int:
    persons = persons_of(tally)
    fresh = [number for number in MILESTONES if number <= persons and number not in known]
    highest = max(known, default=0)
    waits = 0
    for number in fresh:
        is_news = number == fresh[-1] and number > highest
        waits += _keep(tally, number, persons, MilestoneState.DRAFT if is_news else MilestoneState.PASSED, now)
    return waits


@transaction.atomic
def _keep(tally: Tally, number: int, persons: int, state: str, now: datetime) -> bool:
    letter_id = tally.version.letter_id
    row, is_new = Milestone.objects.get_or_create(
        letter_id=letter_id,
        number=number,
        defaults={
            "persons": persons,
            "reached_at": tally.as_of,
            "state": state,
            "decided_at": None if state == MilestoneState.DRAFT else now,
        },
    )
    if is_new and state == MilestoneState.DRAFT:
        updates.draft_for_milestone(row)
    return is_new and state == MilestoneState.DRAFT


@transaction.atomic
def release(milestone: Milestone, *, by: User) -> Milestone:
    """Print the milestone on the timeline. The update that was drafted for it is sent from its own page, or not.
    Idempotent.

    Raises:
        NotReached: the count has fallen below the number meanwhile.
        AlreadyDecided: it was set aside.
    """
    row = _locked(milestone)
    if row.state == MilestoneState.RELEASED:
        return row
    if row.state != MilestoneState.DRAFT:
        raise AlreadyDecided(_("This milestone was set aside; it cannot be announced any more."))
    letter = Letter.objects.select_related("version").get(pk=row.letter_id)
    persons = persons_of(counting.tally_for(letter.version)) if letter.version else 0
    if persons < row.number:
        text = _("The count is {count} now, below {number}. Announce it when the count is there again.")
        raise NotReached(text.format(count=f"{persons:,}", number=f"{row.number:,}"))
    timeline.add_automatic(
        letter, EventKind.MILESTONE, f"milestone:{row.number}",
        on=row.reached_at.date(), detail={"number": row.number}, created_by=by,
    )  # fmt: skip
    _decide(row, MilestoneState.RELEASED, by)
    audit.record(audit.Action.MILESTONE_RELEASED, letter, by=f"user:{by.pk}", detail=str(row.number))
    return row


@transaction.atomic
def dismiss(milestone: Milestone, *, by: User) -> Milestone:
    """Set a milestone aside with its drafted update, where nobody sent that. Idempotent.

    Raises:
        AlreadyDecided: it is on the timeline; take the entry off there.
    """
    row = _locked(milestone)
    if row.state == MilestoneState.RELEASED:
        raise AlreadyDecided(_("This milestone is on the timeline. Take the entry off there."))
    if row.state == MilestoneState.DRAFT:
        _decide(row, MilestoneState.DISMISSED, by)
        updates.drop_draft_of(row)
        audit.record(audit.Action.MILESTONE_DISMISSED, row.letter, by=f"user:{by.pk}", detail=str(row.number))
    return row


def _locked(milestone: Milestone) -> Milestone:
    return Milestone.objects.select_for_update(of=("self",), no_key=True).select_related("letter").get(pk=milestone.pk)


def _decide(row: Milestone, state: str, by: User) -> None:
    row.state, row.decided_at, row.decided_by = state, timezone.now(), by
    row.save(update_fields=["state", "decided_at", "decided_by"])
