"""What needs somebody now, in one letter: each with a sentence and the page where it is done. Only what they may do."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from letters.accounts.permissions import Permission
from letters.documents import commenting, drafting
from letters.documents.models import Letter, LetterState
from letters.moderation import bulking, cases
from letters.outreach import overview as outreach
from letters.press import sequencing
from letters.signatures.models import Signature

SOON = timedelta(days=3)


@dataclass(frozen=True)
class Need:
    """One thing to do; ``is_late`` stands for promised times that have passed."""

    sentence: str
    url: str
    is_late: bool = False


def needs(letter: Letter, waiting: cases.Overview | None = None) -> list[Need]:
    """The needs of a letter, late ones first. ``letter.permissions`` says what this person may do."""
    granted: frozenset[Permission] = getattr(letter, "permissions", frozenset())
    found: list[Need] = []
    if Permission.REVIEW in granted:
        found += _of_queue(letter, waiting or cases.overview(Letter.objects.filter(pk=letter.pk))[0])
    if Permission.DECIDE_IN_BULK in granted:
        found += _of_bulk(letter)
    if Permission.EDIT_TEXT in granted:
        found += _of_draft(letter)
    if Permission.PUBLISH in granted:
        found += _of_dates(letter)
        found += [*_of_ledger(letter), *_of_first(letter), *_of_campaign(letter)] if letter.is_public else []
    return sorted(found, key=lambda need: not need.is_late)


def _need(name: str, letter: Letter, sentence: str, **more: Any) -> Need:
    return Need(sentence, reverse(f"desk:{name}", args=[letter.slug]), **more)


def _of_queue(letter: Letter, row: cases.Overview) -> list[Need]:
    found = []
    if row.late:
        text = ngettext("{n} case is later than promised.", "{n} cases are later than promised.", row.late)
        found.append(_need("queue", letter, text.format(n=row.late), is_late=True))
    if row.waiting > row.late:
        rest = row.waiting - row.late
        text = ngettext("{n} case waits in the queue.", "{n} cases wait in the queue.", rest)
        found.append(_need("queue", letter, text.format(n=rest)))
    return found


def _of_bulk(letter: Letter) -> list[Need]:
    waiting = bulking.waiting_for_second(Letter.objects.filter(pk=letter.pk)).count()
    if not waiting:
        return []
    text = ngettext(
        "{n} decision about many waits for a second person.",
        "{n} decisions about many wait for a second person.",
        waiting,
    )
    return [_need("bulk", letter, text.format(n=waiting))]


def _of_draft(letter: Letter) -> list[Need]:
    if letter.state not in (LetterState.DRAFT, LetterState.PRIVATE):
        return []
    found = []
    if letter.state == LetterState.DRAFT and (left := len(drafting.missing(letter))):
        text = ngettext("{n} thing is missing before the launch.", "{n} things are missing before the launch.", left)
        found.append(_need("launch", letter, text.format(n=left)))
    elif letter.state == LetterState.DRAFT and letter.version_id is None:
        found.append(_need("launch", letter, _("Nothing is missing: begin the private round, or launch.")))
    if remarks := commenting.open_count(letter):
        text = ngettext("{n} remark of the circle is open.", "{n} remarks of the circle are open.", remarks)
        found.append(_need("comments", letter, text.format(n=remarks)))
    return found


def _of_first(letter: Letter) -> list[Need]:
    if not letter.is_open or Signature.objects.filter(version__letter=letter).exists():
        return []
    return [_need("launch", letter, _("Nobody has signed yet: send the address to the first people."))]


def _of_campaign(letter: Letter) -> list[Need]:
    campaign, found = outreach.overview(letter), []
    for milestone in campaign.waiting:
        text = _("{number} people have signed: release the milestone, or leave it.")
        found.append(_need("milestones", letter, text.format(number=milestone.number)))
    for delivery in campaign.silent:
        text = _("No response is known since the delivery of {day}: look for one.")
        found.append(_need("timeline", letter, text.format(day=date_format(delivery.delivered_on, "j F Y"))))
    return found


def _of_ledger(letter: Letter) -> list[Need]:
    if not sequencing.is_halted(letter):
        return []
    text = _(
        "The ledger is halted: new signatures count, but get no proof, and no new press kit is complete. Ask whoever "
        "runs this site to look (manage.py ledger status)."
    )
    return [_need("press", letter, text, is_late=True)]


def _of_dates(letter: Letter) -> list[Need]:
    now, found = timezone.now(), []
    if letter.state == LetterState.PRIVATE and letter.locked_at is not None:
        found.append(_need("launch", letter, _("The text is locked: launch it, or set the hour.")))
    if letter.is_open and letter.closes_at and letter.closes_at < now + SOON:
        found.append(_need("launch", letter, _("The letter closes soon.")))
    if letter.names_hidden_at is not None:
        found.append(_need("launch", letter, _("All names are hidden.")))
    return found
