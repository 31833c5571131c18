"""What the desk's overview says of a letter's campaign: what waits for an organiser, and what comes next."""

from dataclasses import dataclass
from datetime import datetime

from letters.documents.models import Letter
from letters.outreach import milestones, reminding, updates
from letters.outreach.models import Delivery, Milestone, MilestoneState, Update, UpdateState
from letters.signatures import counting


@dataclass(frozen=True)
class Overview:
    """``silent`` are deliveries without a known response for two weeks or longer, with the days since in ``days``."""

    waiting: list[Milestone]
    next_milestone: int | None
    running: Update | None
    next_update_at: datetime | None
    silent: list[Delivery]

    @property
    def needs_me(self) -> int:
        return len(self.waiting) + len(self.silent)


def overview(letter: Letter) -> Overview:
    """Where the campaign of one letter stands. Five queries at any size."""
    waiting = Milestone.objects.filter(letter=letter, state=MilestoneState.DRAFT).order_by("-number")
    persons = milestones.persons_of(counting.tally_for(letter.version)) if letter.version else 0
    silent = [delivery for delivery in _unanswered(letter) if reminding.due_mark(delivery) is not None]
    return Overview(
        waiting=list(waiting),
        next_milestone=milestones.next_after(persons),
        running=Update.objects.filter(letter=letter, state=UpdateState.SENDING).first(),
        next_update_at=updates.next_allowed(letter),
        silent=silent,
    )


def _unanswered(letter: Letter) -> list[Delivery]:
    rows = list(reminding.unanswered().filter(letter=letter).order_by("delivered_on", "pk"))
    for delivery in rows:
        delivery.letter = letter
    return rows
