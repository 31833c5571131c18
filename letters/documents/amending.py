"""Editorial fixes of a text that the public has read: the meaning stays, and so do its signatories."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.documents import differing, measures, signals
from letters.documents.models import ENDED, WORDS, Amendment, Letter, LetterState, Version
from letters.documents.publishing import normal
from letters.documents.rendering import whole_text
from letters.ledger import audit

NOTE_MAX = 300


class NotPublished(RuleError):
    code = "not-published"
    default = _("This text is not published yet. Edit the draft instead.")


class NothingChanged(RuleError):
    code = "nothing-changed"
    default = _("This is the text as it is published already. Change something first, or leave it as it is.")


class NoNote(RuleError):
    code = "no-note"
    default = _("Say in one sentence what was changed. Readers see it beside the text.")


class NoteTooLong(RuleError):
    code = "note-too-long"
    default = _("Make the note shorter: at most 300 characters fit beside the text.")


class MovedOn(RuleError):
    code = "moved-on"
    default = _("Somebody else changed the text meanwhile. See what differs now, and publish again if it is right.")


def amend(letter: Letter, words: Mapping[str, Any], *, note: str, by: User, since: str = "") -> Amendment:
    """Publish an editorial fix of the current version. Readers see it, its note and its difference at once.

    Signatures stay with the version and remember which words they saw. ``since`` is the SHA-256 of the text that was
    edited, so that nobody overwrites the fix of another.

    Raises:
        NotPublished: the public has not seen the text, or the letter is over and kept as it was.
        NoNote, NoteTooLong: readers must be told what was changed, in one sentence.
        WordsRefused: a sign that nobody sees, or a title with a web address.
        NothingChanged: these are the words that readers see already.
        MovedOn: another fix or version came in between.
    """
    with transaction.atomic():
        letter, version = locked(letter)
        refuse(letter, since)
        note = clean_note(note)
        fields, text = prepared(words)
        measures.refuse_unseen({**fields, "note": note})
        shown = letter.shown
        if shown is not None and shown.text == text:
            raise NothingChanged
        number = letter.amendment.number + 1 if letter.amendment else 1
        amendment = Amendment.objects.create(
            version=version, number=number, note=note, made_by=by, text=text, sha256=sha256_of(text), **fields
        )
        letter.amendment = amendment
        letter.save(update_fields=["amendment"])
        audit.record(audit.Action.TEXT_AMENDED, letter, by=f"user:{by.pk}", detail=f"{version.number}.{number}")
        signals.text_amended.send(Letter, letter=letter, amendment=amendment)
        return amendment


def locked(letter: Letter) -> tuple[Letter, Version]:
    """The letter with its texts, locked until the transaction ends. Raises NotPublished when it has none."""
    # The texts are fetched after the lock is held: joined, they could be those from before the wait.
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if letter.version is None:
        raise NotPublished
    return letter, letter.version


def may_amend(letter: Letter) -> bool:
    """True while people sign: in the private round until the lock, and from the launch until the letter is closed for
    good. What was delivered or archived stays as it was."""
    if letter.version_id is None or letter.state in ENDED[1:]:
        return False
    return letter.is_public or (letter.state == LetterState.PRIVATE and letter.locked_at is None)


def refuse(letter: Letter, since: str) -> None:
    """Raise NotPublished or MovedOn where a signed text cannot be changed from what the editor saw."""
    if not may_amend(letter):
        raise NotPublished(
            _("The text can be changed until it is locked, and from the launch until it is delivered or archived.")
        )
    if since and letter.shown is not None and not letter.shown.sha256.startswith(since):
        raise MovedOn


def clean_note(note: str) -> str:
    """One line for readers. Raises NoNote, NoteTooLong."""
    note = " ".join(normal(note).split())
    if not note:
        raise NoNote
    if len(note) > NOTE_MAX:
        raise NoteTooLong
    return note


def prepared(words: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The parts in their normal form, and the whole text that is hashed."""
    fields = {name: normal(words[name]) for name in WORDS}
    return fields, whole_text(fields)


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def preview(letter: Letter, words: Mapping[str, Any]) -> differing.Difference:
    """What readers would see as changed, word by word. Stores nothing. Raises NotPublished."""
    if letter.shown is None:
        raise NotPublished
    return differing.between(letter.shown.words, prepared(words)[0])
