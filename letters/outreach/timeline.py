"""Writing the public timeline: entries that come by themselves, and those that organisers add, correct and take off."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.ledger import audit
from letters.outreach import addressees
from letters.outreach.models import BY_ORGANISERS, Event, EventKind

EARLIEST = date(1900, 1, 1)


class EntryRefused(RuleError):
    code = "entry"


class EntryGone(RuleError):
    code = "entry-gone"
    default = gettext_lazy("This entry was taken off meanwhile. Put it back first, then change it.")


class ChangedMeanwhile(RuleError):
    code = "changed-meanwhile"
    default = gettext_lazy(
        "Somebody else corrected this entry meanwhile. Their words are above the form, yours in it; take over what you "
        "need, and save again."
    )


@dataclass(frozen=True)
class Entry:
    """What an organiser writes; every field is cleaned. ``text`` is Markdown."""

    kind: str
    happened_on: date
    title: str = ""
    summary: str = ""
    text: str = ""
    url: str = ""
    source: str = ""
    addressee: str = ""
    quote: str = ""
    stance: str = ""


def touch(letter: Letter) -> None:
    """Tell every kept page of the letter that its timeline changed."""
    Letter.objects.filter(pk=letter.pk).update(timeline_revision=F("timeline_revision") + 1)


@transaction.atomic
def add(letter: Letter, entry: Entry, *, by: User) -> Event:
    """Print an entry on the public timeline. What organisers say themselves is labelled as theirs.

    Raises:
        EntryRefused: a field that this kind needs is missing, or the day is not one that has been.
    """
    _check(letter, entry)
    event = Event.objects.create(
        letter=letter,
        created_by=by,
        created_at=timezone.now(),
        is_by_organisers=entry.kind in BY_ORGANISERS,
        **asdict(entry),
    )
    touch(letter)
    audit.record(audit.Action.EVENT_ADDED, event, by=f"user:{by.pk}", detail=entry.kind)
    return event


def add_automatic(
    letter: Letter, kind: EventKind, origin: str, *, on: date | None = None, detail: dict[str, Any] | None = None,
    **fields: Any,
) -> Event | None:  # fmt: skip
    """Print what happened by itself. Idempotent: None when ``origin`` was printed, also when it was taken off."""
    try:
        with transaction.atomic():
            event = Event.objects.create(
                letter=letter,
                kind=kind,
                origin=origin,
                happened_on=on or addressees.today_for(letter),
                is_by_organisers=kind in BY_ORGANISERS,
                detail=detail or {},
                created_at=timezone.now(),
                **fields,
            )
    except IntegrityError:
        return None
    touch(letter)
    return event


@transaction.atomic
def correct(event: Event, entry: Entry, *, by: User, seen: str | None = None) -> bool:
    """Print other words; the former ones are kept for ``undo``, and readers see that the entry was corrected.
    Idempotent: False when nothing is different. An automatic entry keeps its kind and its day.

    Raises:
        EntryRefused: as ``add``.
        EntryGone: it was taken off meanwhile.
        ChangedMeanwhile: it is no longer at the state (``mark_of``) that they saw.
    """
    event = _standing(event)
    if seen is not None and seen != mark_of(event):
        raise ChangedMeanwhile
    wanted = asdict(entry)
    if event.is_automatic:
        wanted |= {"kind": event.kind, "happened_on": event.happened_on, "addressee": event.addressee, "stance": ""}
    else:
        _check(event.letter, entry)
    before = _as_json(event, wanted)
    if not any(getattr(event, name) != value for name, value in wanted.items()):
        return False
    _put(event, wanted, before)
    audit.record(audit.Action.EVENT_CORRECTED, event, by=f"user:{by.pk}")
    return True


def mark_of(event: Event) -> str:
    """Tells one state of an entry from the next, for two people who edit it at once."""
    return event.changed_at.isoformat() if event.changed_at else ""


@transaction.atomic
def undo(event: Event, *, by: User) -> bool:
    """Print the words of before the last correction again; False when there are none. Undoing twice redoes.

    Raises:
        EntryGone: it was taken off meanwhile.
    """
    event = _standing(event)
    if not event.before:
        return False
    wanted = {**event.before, "happened_on": date.fromisoformat(event.before["happened_on"])}
    _put(event, wanted, _as_json(event, wanted))
    audit.record(audit.Action.EVENT_CORRECTED, event, by=f"user:{by.pk}", detail="undo")
    return True


@transaction.atomic
def remove(event: Event, *, by: User) -> None:
    """Take an entry off the page. Idempotent; the row and the audit trail keep that it was there."""
    if Event.objects.filter(pk=event.pk, removed_at__isnull=True).update(removed_at=timezone.now()):
        touch(event.letter)
        audit.record(audit.Action.EVENT_REMOVED, event, by=f"user:{by.pk}")


@transaction.atomic
def restore(event: Event, *, by: User) -> None:
    """Print an entry again that was taken off. Idempotent."""
    if Event.objects.filter(pk=event.pk, removed_at__isnull=False).update(removed_at=None):
        touch(event.letter)
        audit.record(audit.Action.EVENT_RESTORED, event, by=f"user:{by.pk}")


def _standing(event: Event) -> Event:
    found = Event.objects.select_for_update(of=("self",), no_key=True).select_related("letter").get(pk=event.pk)
    if found.removed_at is not None:
        raise EntryGone
    return found


def _as_json(event: Event, names: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(event, name) for name in names} | {"happened_on": event.happened_on.isoformat()}


def _put(event: Event, wanted: dict[str, Any], before: dict[str, Any]) -> None:
    for name, value in wanted.items():
        setattr(event, name, value)
    event.is_by_organisers = event.kind in BY_ORGANISERS
    event.before, event.changed_at = before, timezone.now()
    event.save()
    touch(event.letter)


def _check(letter: Letter, entry: Entry) -> None:
    if not EARLIEST <= entry.happened_on <= addressees.today_for(letter):
        raise EntryRefused(_("Give the day on which it happened: today or earlier."), code="happened_on")
    is_answer = entry.kind in (EventKind.RESPONSE, EventKind.ACKNOWLEDGED)
    if is_answer and not entry.addressee:
        raise EntryRefused(_("Choose the addressee who answered."), code="addressee")
    if entry.kind == EventKind.RESPONSE and not entry.summary:
        raise EntryRefused(_("Sum the response up in one line; the whole text can follow below."), code="summary")
    if entry.kind == EventKind.RESPONSE and not entry.stance:
        raise EntryRefused(_("Choose how the addressee answered what the letter asks for."), code="stance")
    if not is_answer and not entry.title:
        raise EntryRefused(_("Say in a few words what happened."), code="title")
    if entry.stance and entry.kind != EventKind.RESPONSE:
        raise EntryRefused(_("Only a response has an outcome. Leave it empty for everything else."), code="stance")


def withdraw_automatic(letter: Letter, origin: str) -> None:
    """Delete an automatic entry of something that did not happen after all. Idempotent."""
    if Event.objects.filter(letter=letter, origin=origin).delete()[0]:
        touch(letter)
