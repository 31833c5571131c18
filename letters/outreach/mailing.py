"""Sending an update: a minute's worth of mails is queued each minute, so that it can be stopped, goes on after an
outage without a burst, and never loads more than a batch of rows."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from letters.core.errors import KeyRingError
from letters.documents.models import Letter
from letters.outbox import queueing, suppressing, waking
from letters.outbox.models import Message, MessageQuerySet, MessageState
from letters.outreach.models import Update, UpdateState
from letters.signatures import twins
from letters.signatures.models import Signature, SignatureQuerySet

logger = logging.getLogger(__name__)

UPDATE = "update"  # kind of the mail
BATCH = 200
BATCHES = 100  # rows that were mailed already are passed over at 20,000 a minute
OPEN = (MessageState.DUE, MessageState.SENDING)


def lines_of(letter: Letter) -> SignatureQuerySet:
    """Lines whose owner agreed to be mailed and can be (``twins.reached``): the same as in the list of addresses. One
    person may have two, as one may sign for an organisation as well; each address is mailed once."""
    return twins.reached(letter).filter(consent_updates=True)


def mails_of(update: Update) -> MessageQuerySet:
    """The mails of one update that are in the queue or left it less than 31 days ago."""
    return Message.objects.filter(kind=UPDATE, scope=str(update.letter_id), serial=update.number)


def run(*, now: datetime | None = None) -> int:
    """Queue the next minute's mails of every running update, and end those that are done; returns how many were queued.

    Safe to run twice: what waits in the queue counts, and a mail exists once for a signature and an update.
    """
    now = now or timezone.now()
    ids = list(Update.objects.filter(state=UpdateState.SENDING).order_by("started_at").values_list("pk", flat=True))
    share = max(1, settings.UPDATE_MAILS_PER_MINUTE // max(1, len(ids)))
    queued = 0
    for pk in ids:
        queued += queue_some(pk, now=now, most=share)
        _end_if_done(pk, now)
    return queued


@transaction.atomic
def queue_some(update_id: int, *, now: datetime, most: int = 0) -> int:
    """Queue as many mails of a running update as leave in a minute, spread over it; returns how many."""
    most = most or settings.UPDATE_MAILS_PER_MINUTE
    row = Update.objects.select_for_update(of=("self",), no_key=True).select_related("letter").get(pk=update_id)
    if row.state != UpdateState.SENDING or row.is_queued:
        return 0
    wanted = most - mails_of(row).filter(state__in=OPEN).count()
    drafts: list[Message] = []
    for _ in range(BATCHES):
        if len(drafts) >= wanted:
            break
        rows = list(lines_of(row.letter).filter(pk__gt=row.cursor).order_by("pk")[:BATCH])
        if not rows:
            row.is_queued = True
            break
        row.cursor = _draft(row, rows, drafts, wanted)
    spacing = timedelta(seconds=60 / most)
    for place, message in enumerate(drafts):
        message.next_at = now + place * spacing
    Message.objects.bulk_create(drafts, batch_size=BATCH, ignore_conflicts=True)
    row.save(update_fields=["cursor", "is_queued"])
    if drafts:
        transaction.on_commit(waking.wake)
    return len(drafts)


def _draft(row: Update, lines: Sequence[Signature], drafts: list[Message], wanted: int) -> int:
    """Append the mails to addresses that have none yet; returns the row up to which that was done."""
    cursor = row.cursor
    indexed = [(line, _index_of(line)) for line in lines]
    had = mails_of(row).filter(recipient_index__in=[index for _, index in indexed if index])
    mailed = {bytes(index or b"") for index in had.values_list("recipient_index", flat=True)}
    mailed |= {bytes(message.recipient_index or b"") for message in drafts}
    for line, index in indexed:
        if len(drafts) >= wanted:
            return cursor
        cursor = line.pk
        if index and index not in mailed:
            mailed.add(index)
            drafts.append(
                queueing.drafted(
                    UPDATE, line.public_id, scope=str(row.letter_id), recipient_index=index, serial=row.number
                )
            )
    return cursor


def _index_of(line: Signature) -> bytes:
    try:
        return suppressing.index_of(line.email)
    except KeyRingError:
        logger.warning("outreach: an address does not open; its owner gets no update")
        return b""


@transaction.atomic
def _end_if_done(update_id: int, now: datetime) -> None:
    row = Update.objects.select_for_update(of=("self",), no_key=True).get(pk=update_id)
    if row.state != UpdateState.SENDING or not row.is_queued or mails_of(row).filter(state__in=OPEN).exists():
        return
    row.state, row.ended_at, row.counts = UpdateState.SENT, now, counted(row)
    row.save(update_fields=["state", "ended_at", "counts"])


def counted(update: Update) -> dict[str, int]:
    """{sent, waiting, bounced, withheld, failed}: mails of an update by what became of them. One query.

    ``waiting`` counts what is in the queue; ``left_of`` the lines that are not there yet.
    """
    names = {
        MessageState.DUE: "waiting", MessageState.SENDING: "waiting", MessageState.SENT: "sent",
        MessageState.BOUNCED: "bounced", MessageState.WITHHELD: "withheld", MessageState.DEAD: "failed",
    }  # fmt: skip
    found = dict.fromkeys(("sent", "waiting", "bounced", "withheld", "failed"), 0)
    for state, amount in mails_of(update).order_by().values_list("state").annotate(Count("pk")):
        found[names[MessageState(state)]] += amount
    return found


def shown_counts(update: Update) -> dict[str, int]:
    """What the desk shows of an update: as it ended, or as it is now with the lines that it has not come to. None for
    a draft."""
    if update.state == UpdateState.DRAFT:
        return {}
    if update.counts and update.state != UpdateState.SENDING:
        return dict(update.counts)
    found = counted(update)
    return found | {"waiting": found["waiting"] + left_of(update)}


def rate() -> int:
    """Mails of updates a minute, of all letters together."""
    return int(settings.UPDATE_MAILS_PER_MINUTE)


def left_of(update: Update) -> int:
    """Lines that a running update has not come to yet. One query."""
    if update.state != UpdateState.SENDING or update.is_queued:
        return 0
    return lines_of(update.letter).filter(pk__gt=update.cursor).count()


def has_left(update: Update) -> bool:
    """Whether a mail of the update left, or is leaving."""
    return mails_of(update).exclude(state__in=[MessageState.DUE, MessageState.WITHHELD]).exists()


def clear_queue(update: Update) -> int:
    """Take the mails of an update that did not leave out of the queue; returns how many."""
    return mails_of(update).filter(state=MessageState.DUE).delete()[0]
