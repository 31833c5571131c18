"""Entries that come onto the timeline by themselves: published, closed, open again, another version."""

from letters.documents.models import ENDED, Letter, LetterState, Version
from letters.outreach import addressees, timeline
from letters.outreach.models import EventKind


def moved(letter: Letter, before: str) -> None:
    """Print a move that readers should know of. Idempotent on each day."""
    today = addressees.today_for(letter)
    if letter.state == LetterState.OPEN and before == LetterState.CLOSED:
        timeline.add_automatic(letter, EventKind.REOPENED, f"reopened:{today.isoformat()}", on=today)
    elif letter.state == LetterState.OPEN:
        version = letter.version.number if letter.version else 1
        timeline.add_automatic(letter, EventKind.PUBLISHED, "published", on=today, detail={"version": version})
    elif letter.state in ENDED and before not in ENDED:
        timeline.add_automatic(letter, EventKind.CLOSED, f"closed:{today.isoformat()}", on=today)


def version_added(letter: Letter, version: Version) -> None:
    """Print that a public letter has another text."""
    if letter.published_at is not None and version.number > 1:
        timeline.add_automatic(
            letter, EventKind.VERSION, f"version:{version.number}", detail={"version": version.number}
        )
