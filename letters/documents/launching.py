"""From the finished draft to the open letter: the private round, the lock, the hour, and hiding names in need."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.core.errors import RuleError
from letters.documents import drafting, publishing
from letters.documents.models import Letter, LetterState
from letters.ledger import audit

SOONEST = timedelta(minutes=1)
LATEST = timedelta(days=366)


class NotReady(RuleError):
    code = "not-ready"
    default = _("Something is still missing before the letter can go on. The list on this page says what.")


class Involved(RuleError):
    code = "involved"
    default = _("People were invited to this letter or have signed it, so it is not deleted. Nobody else sees it.")


class Locked(RuleError):
    code = "locked"
    default = _("The text is locked. Unlock it first, or amend it after the launch.")


class HourRefused(RuleError):
    code = "hour"
    default = _("Choose an hour that is at least a minute and at most a year away.")


def _locked(letter: Letter) -> Letter:
    # The text is fetched when it is asked for: joined, it could be the one from before the wait for the lock.
    return Letter.objects.select_for_update(of=("self",), no_key=True).get(pk=letter.pk)


def _settle_text(letter: Letter, by: str) -> Letter:
    """Make the draft the letter's text; nothing happens when it is already. Raises NotReady."""
    if drafting.missing(letter):
        raise NotReady
    if letter.state == LetterState.DRAFT:
        publishing.set_words(letter, drafting.words_for(letter), by=by)
    return _locked(letter)


@transaction.atomic
def begin_private_round(letter: Letter, *, by: str) -> Letter:
    """Let invited people sign the text as it is now; nobody else sees anything of it.

    Raises:
        NotReady: something is missing.
        MoveRefused: the letter is not a draft.
    """
    letter = _settle_text(_locked(letter), by)
    return publishing.move(letter, LetterState.PRIVATE, by=by)


def discard(letter: Letter, *, by: str) -> None:
    """Delete a draft for good, with its earlier drafts, remarks and translations; the audit trail keeps that it was.

    Raises:
        Involved: the letter is no draft any more, or somebody was invited or has signed; nothing is deleted.
    """
    try:
        with transaction.atomic():
            letter = _locked(letter)
            if letter.state != LetterState.DRAFT:
                raise Involved
            audit.record(audit.Action.LETTER_DISCARDED, letter, by=by)
            Letter.objects.filter(pk=letter.pk).update(version=None, amendment=None)
            letter.versions.all().delete()
            Letter.objects.get(pk=letter.pk).delete()
    except ProtectedError as error:
        raise Involved from error


@transaction.atomic
def lock(letter: Letter, *, by: str) -> Letter:
    """Make the text final: from here to the launch nobody edits it. Idempotent.

    Raises:
        NotReady: something is missing.
        MoveRefused: the letter was launched already.
    """
    letter = _locked(letter)
    if letter.locked_at is not None:
        return letter
    _require(letter, LetterState.DRAFT, LetterState.PRIVATE)
    letter = _settle_text(letter, by)
    letter.locked_at = timezone.now()
    letter.save(update_fields=["locked_at"])
    audit.record(audit.Action.LETTER_LOCKED, letter, by=by, detail=letter.version.sha256[:16] if letter.version else "")
    return letter


@transaction.atomic
def unlock(letter: Letter, *, by: str) -> Letter:
    """Let the text be worked on again, before the launch only; an announced hour is called off. Idempotent.

    Whoever signed meanwhile signed the text as it was: another one asks them anew.

    Raises:
        MoveRefused: the letter was launched already.
    """
    letter = _locked(letter)
    if letter.locked_at is None:
        return letter
    _require(letter, LetterState.DRAFT, LetterState.PRIVATE, LetterState.EMBARGOED)
    if letter.state == LetterState.EMBARGOED:
        letter = call_off(letter, by=by)
    letter.locked_at = None
    letter.save(update_fields=["locked_at"])
    audit.record(audit.Action.LETTER_UNLOCKED, letter, by=by)
    return letter


def _require(letter: Letter, *states: str) -> None:
    if letter.state not in states or letter.is_public:
        raise publishing.MoveRefused(_("The letter has been launched meanwhile. Look at the page again."))


@transaction.atomic
def schedule(letter: Letter, hour: datetime, *, by: str) -> Letter:
    """Lock the text and launch at an hour. Until then the letter's address says when, and nothing else of it.

    Raises:
        HourRefused: too soon, too far away, or after the closing date.
        NotReady, MoveRefused: as ``lock``.
    """
    letter, now = lock(letter, by=by), timezone.now()
    if not now + SOONEST <= hour <= now + LATEST:
        raise HourRefused
    if letter.closes_at and letter.closes_at <= hour:
        raise HourRefused(_("The letter would close before it opens. Change the closing date first."))
    _require(letter, LetterState.DRAFT, LetterState.PRIVATE, LetterState.EMBARGOED)
    letter.opens_at = hour
    letter.save(update_fields=["opens_at"])
    audit.record(audit.Action.LETTER_SCHEDULED, letter, by=by, detail=hour.isoformat())
    return publishing.move(letter, LetterState.EMBARGOED, by=by)


@transaction.atomic
def call_off(letter: Letter, *, by: str) -> Letter:
    """Take an announced hour back; the letter waits in its private round. Raises MoveRefused after the hour."""
    letter = _locked(letter)
    _require(letter, LetterState.EMBARGOED)
    letter = publishing.move(letter, LetterState.PRIVATE, by=by)
    letter.opens_at = None
    letter.save(update_fields=["opens_at"])
    return letter


@transaction.atomic
def launch(letter: Letter, *, by: str) -> Letter:
    """Open the letter to the public now; its text is locked for good.

    Raises:
        NotReady, MoveRefused: as ``lock``.
    """
    letter = _locked(letter)
    _require(letter, LetterState.DRAFT, LetterState.PRIVATE, LetterState.EMBARGOED)
    letter = lock(letter, by=by)
    letter.opens_at = timezone.now()
    letter.save(update_fields=["opens_at"])
    return publishing.move(letter, LetterState.OPEN, by=by)


def launch_due() -> int:
    """Write down what the clock has done: embargoed letters whose hour has come are open. Returns how many."""
    due = Letter.objects.filter(state=LetterState.EMBARGOED, opens_at__lte=timezone.now())
    return sum(1 for letter in due if _launch_one(letter))


@transaction.atomic
def _launch_one(letter: Letter) -> bool:
    """False when the hour was called off or moved while the lock was waited for."""
    letter = _locked(letter)
    if letter.state != LetterState.EMBARGOED or letter.opens_at is None or letter.opens_at > timezone.now():
        return False
    publishing.move(letter, LetterState.OPEN, by="clock")
    return True


@transaction.atomic
def close_at(letter: Letter, hour: datetime | None, *, by: str) -> Letter:
    """Set or take away the closing date. Raises HourRefused when it has passed or comes before the opening."""
    letter = _locked(letter)
    if hour is not None and hour <= max(timezone.now(), letter.opens_at or timezone.now()):
        raise HourRefused(_("Choose a closing date that is to come, and after the opening."))
    letter.closes_at = hour
    letter.save(update_fields=["closes_at"])
    audit.record(audit.Action.LETTER_SCHEDULED, letter, by=by, detail=f"closes {hour.isoformat() if hour else 'never'}")
    return letter


@transaction.atomic
def hide_names(letter: Letter, *, by: str) -> Letter:
    """Name nobody anywhere, and keep the count. For harassed signatories; takes effect at once. Idempotent."""
    return _set_hidden(letter, timezone.now(), by)


@transaction.atomic
def show_names(letter: Letter, *, by: str) -> Letter:
    """Print the list again. What signatories hid themselves stays hidden. Idempotent."""
    return _set_hidden(letter, None, by)


def _set_hidden(letter: Letter, since: datetime | None, by: str) -> Letter:
    letter = _locked(letter)
    if (letter.names_hidden_at is None) != (since is None):
        letter.names_hidden_at = since
        letter.save(update_fields=["names_hidden_at"])
        action = audit.Action.NAMES_HIDDEN if since else audit.Action.NAMES_SHOWN
        audit.record(action, letter, by=by)
    return letter
