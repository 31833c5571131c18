"""Adding versions of a text, and moving a letter between its states."""

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from letters.core.errors import RuleError
from letters.documents.models import WORDS, Letter, LetterState, Version
from letters.documents.rendering import whole_text
from letters.ledger import audit

# The legal moves; the desk adds private signing, embargo, delivery and archive.
MOVES: dict[str, frozenset[str]] = {
    LetterState.DRAFT: frozenset({LetterState.OPEN}),
    LetterState.OPEN: frozenset({LetterState.PAUSED, LetterState.CLOSED}),
    LetterState.PAUSED: frozenset({LetterState.OPEN, LetterState.CLOSED}),
    LetterState.CLOSED: frozenset({LetterState.OPEN}),
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
    letter.state = state
    letter.closed_at = timezone.now() if state == LetterState.CLOSED else None
    letter.save(update_fields=["state", "closed_at"])
    audit.record(audit.Action.LETTER_MOVED, letter, by=by, detail=state)
    return letter


@transaction.atomic
def set_words(letter: Letter, words: Mapping[str, Any], *, by: str) -> Version:
    """Make these words the current text of a letter. Idempotent: equal words change nothing.

    A text that nobody signed yet is replaced under its number; one with signatures, pending ones included, stays as
    it is and a new version follows it.
    """
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    current = letter.version
    words = {name: _normal(words[name]) for name in WORDS}
    text = whole_text(words)
    if current is not None and current.text == text:
        return current
    number = current.number if current and _drop_unsigned(letter, current) else (current.number + 1 if current else 1)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    version = Version.objects.create(letter=letter, number=number, text=text, sha256=sha256, **words)
    letter.version = version
    letter.save(update_fields=["version", "state"])
    audit.record(audit.Action.VERSION_ADDED, letter, by=by, detail=f"{number} {sha256[:16]}")
    return version


def _drop_unsigned(letter: Letter, version: Version) -> bool:
    """Delete a version that no row points at; False when signatures protect it."""
    try:
        with transaction.atomic():
            Letter.objects.filter(pk=letter.pk).update(version=None, state=LetterState.DRAFT)
            version.delete()
    except ProtectedError:
        return False
    return True


def _normal(value: Any) -> Any:
    """NFC and LF everywhere, so that equal looking texts are equal bytes."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(value, list):
        return [_normal(part) for part in value]
    if isinstance(value, dict):
        return {key: _normal(part) for key, part in value.items()}
    return value
