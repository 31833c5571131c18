"""Adding versions of a text, and moving a letter between its states."""

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from letters.core.errors import RuleError
from letters.documents import signals
from letters.documents.models import ENDED, WORDS, Letter, LetterState, Version
from letters.documents.rendering import whole_text
from letters.ledger import audit

# The legal moves, all of them; dates and the lock are conditions of ``launching``.
MOVES: dict[str, frozenset[str]] = {
    LetterState.DRAFT: frozenset({LetterState.PRIVATE, LetterState.EMBARGOED, LetterState.OPEN}),
    LetterState.PRIVATE: frozenset({LetterState.EMBARGOED, LetterState.OPEN}),
    LetterState.EMBARGOED: frozenset({LetterState.PRIVATE, LetterState.OPEN}),
    LetterState.OPEN: frozenset({LetterState.PAUSED, LetterState.CLOSED}),
    LetterState.PAUSED: frozenset({LetterState.OPEN, LetterState.CLOSED}),
    LetterState.CLOSED: frozenset({LetterState.OPEN, LetterState.DELIVERED, LetterState.ARCHIVED}),
    LetterState.DELIVERED: frozenset({LetterState.ARCHIVED}),
    LetterState.ARCHIVED: frozenset(),
}


class MoveRefused(RuleError):
    code = "move"


@transaction.atomic
def move(letter: Letter, state: str, *, by: str) -> Letter:
    """Move a letter to another state. Idempotent.

    Raises:
        MoveRefused: the move is not in ``MOVES``, or the letter has no text yet.
    """
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if letter.state == state:
        return letter
    if state not in MOVES[letter.state]:
        raise MoveRefused(f"A letter that is {letter.state} cannot become {state}.")
    if letter.version_id is None:
        raise MoveRefused("A letter without a text cannot be opened.")
    now = timezone.now()
    before, letter.state = letter.state, state
    if state not in ENDED:
        letter.closed_at = None
    elif letter.closed_at is None:
        letter.closed_at = now
    stamps = {
        LetterState.OPEN: "published_at",
        LetterState.DELIVERED: "delivered_at",
        LetterState.ARCHIVED: "archived_at",
    }
    stamp = stamps.get(LetterState(state))
    if stamp and getattr(letter, stamp) is None:
        setattr(letter, stamp, now)
    letter.save(update_fields=["state", "closed_at", *([stamp] if stamp else [])])
    audit.record(audit.Action.LETTER_MOVED, letter, by=by, detail=state)
    signals.letter_moved.send(Letter, letter=letter, before=before)
    return letter


@transaction.atomic
def set_words(letter: Letter, words: Mapping[str, Any], *, by: str) -> Version:
    """Make these words the current text of a letter. Idempotent: equal words change nothing.

    A text that nobody signed yet is replaced under its number; one with signatures, pending ones included, stays as
    it is and a new version follows it.
    """
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    current = letter.version
    words = {name: normal(words[name]) for name in WORDS}
    text = whole_text(words)
    if current is not None and current.text == text:
        return current
    number = current.number if current and _drop_unsigned(letter, current) else (current.number + 1 if current else 1)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    version = Version.objects.create(letter=letter, number=number, text=text, sha256=sha256, **words)
    letter.translations.filter(version__isnull=True).update(version=version)
    letter.version, letter.amendment = version, None
    letter.save(update_fields=["version", "amendment", "state"])
    audit.record(audit.Action.VERSION_ADDED, letter, by=by, detail=f"{number} {sha256[:16]}")
    signals.version_added.send(Letter, letter=letter, version=version)
    return version


def _drop_unsigned(letter: Letter, version: Version) -> bool:
    """Delete a version that no row points at; False when signatures protect it."""
    try:
        with transaction.atomic():
            Letter.objects.filter(pk=letter.pk).update(version=None, amendment=None, state=LetterState.DRAFT)
            version.amendments.all().delete()
            version.translations.update(version=None)  # the next text takes them over; they say that they are older
            version.delete()
    except ProtectedError:
        return False
    return True


def normal(value: Any) -> Any:
    """Make it NFC with LF everywhere, so that equal looking texts are equal bytes."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(value, list):
        return [normal(part) for part in value]
    if isinstance(value, dict):
        return {key: normal(part) for key, part in value.items()}
    return value
