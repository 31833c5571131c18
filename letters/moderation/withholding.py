"""Lines without a name: into the queue when they are asked for, printed when a reviewer has checked the name, and off
again when that check holds no longer."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from letters.core.errors import RuleError
from letters.moderation import cases
from letters.moderation.models import Case, Reason
from letters.signatures import anonymising
from letters.signatures.anonymous_lines import Words
from letters.signatures.models import AnonymousLine, Signature
from letters.signatures.signing import words_of
from letters.verification import recording
from letters.verification.models import Axis

FEW = 3
"""Fewer people of one position at one organisation are told apart."""
REMOVED_FOR = frozenset({"not-a-person", "impersonation", "duplicate", "abusive-text", "asked-by-mail", "not-eligible"})
"""Reasons to refuse the signature itself. All others refuse the line alone: the signature stays counted, its name
withheld."""


def ask(signature: Signature) -> Case | None:
    """Queue a line that waits for its check; None where none does. Nothing of it is printed meanwhile. Idempotent."""
    line = AnonymousLine.objects.of(signature)
    if line is None or line.checked_at is not None:
        return None
    return cases.open_case(signature, Reason.ANONYMOUS)


OWN_QUESTIONS = (Reason.REVIEW, Reason.CORRECTION, Reason.PLACEMENT, Reason.ANONYMOUS)
"""What the signatory asked for, and may drop."""


class LookedAt(RuleError):
    code = "looked-at"
    default = _(
        "The organisers look at your signature at the moment and need the name for it. Delete it when they have "
        "decided, or withdraw: that deletes it at once."
    )


class NameGone(RuleError):
    code = "name-gone"
    default = _(
        "The person has deleted the name since, so nobody can check it again. If the line is wrong, refuse the "
        "signature in a decision about many."
    )


class WordsChanged(RuleError):
    code = "words-changed"
    default = _("The words that shall be printed changed while you looked at them. Check those that stand here now.")


def set_words(signature: Signature, words: Words, *, seen: UUID | None, by: str) -> None:
    """Print these words once the line is accepted. ``seen`` is the line that the reviewer looked at: whoever made it
    say less meanwhile is not printed in the words of before.

    Raises:
        WordsChanged: the line is another one by now.
        NothingToPrint: neither word is given.
    """
    line = AnonymousLine.objects.of(signature)
    if line is not None and line.public_id != seen:
        raise WordsChanged
    anonymising.reword(signature, words, by=by)


def is_checked(signature: Signature) -> bool:
    """Whether a reviewer found the name and every part that is printed in a public source. A review of the signature
    covers its own words; others were checked only when it was made after they were asked for."""
    line = AnonymousLine.objects.of(signature)
    if line is None:
        return False
    parts = {Axis.POSITION: line.position, Axis.AFFILIATION: line.affiliation}
    needed = {Axis.NAME, *(axis for axis, words in parts.items() if words)}
    since = None if line.words == words_of(signature) else line.asked_at
    return needed <= recording.reviewed_axes(signature, since=since)


def on_assurance_changed(signature: Signature) -> None:
    """Take a line off whose check holds no longer, and ask for another one."""
    if signature.hidden_at is None or is_checked(signature):
        return
    if anonymising.take_down(signature):
        ask(signature)


def refuse_while_looked_at(signature: Signature) -> None:
    """A name is not deleted from under a question of somebody else, such as a dispute. Raises LookedAt."""
    if Case.objects.waiting().filter(signature=signature).exclude(reason__in=OWN_QUESTIONS).exists():
        raise LookedAt


def refuse_undo(signature: Signature, reason: str) -> None:
    """A check that a line without a name rests on is not taken back once the name is deleted: nothing could be checked
    anew, and the line would stay. Raises NameGone."""
    if reason in (Reason.ANONYMOUS, Reason.REVIEW, Reason.CORRECTION) and anonymising.is_nameless(signature):
        raise NameGone


def sharing(signature: Signature) -> int | None:
    """How many who signed this text share position and affiliation, this one included; fewer than FEW, and readers may
    guess who it is. None where the line says other words than the signature, as when somebody made it say less."""
    line = AnonymousLine.objects.of(signature)
    own = words_of(signature)
    if line is None or line.words != own:
        return None
    rows = Signature.objects.confirmed().for_version(signature.version).exclude(pk=signature.pk)
    like = rows.filter(position__iexact=own.position, affiliation__iexact=signature.affiliation)
    return 1 + like.filter(affiliation_status=signature.affiliation_status).count()
