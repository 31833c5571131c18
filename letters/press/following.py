"""Corrections by mail, for addresses that asked and confirmed: the first within minutes, at most one mail an hour,
never a name. One link ends it; so does the letter's archive."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.core import tokens
from letters.core.errors import RuleError
from letters.documents.models import Letter, LetterState
from letters.outbox import queueing, suppressing
from letters.outbox.models import Message, MessageState
from letters.press.models import Correction, CorrectionReader

CONFIRM = "corrections_confirm"  # kind of the mail
MAIL = "corrections"  # kind of the mail, and purpose of the token in both
SETTLED_AFTER = timedelta(minutes=2)
"""An entry is mailed when it is this old: what belongs together happens within it."""
AT_MOST_EVERY = timedelta(hours=1)
READERS_A_RUN = 500


class Over(RuleError):
    code = "archived"
    default = _("This letter is archived. Nothing in it changes any more, so there is nothing to be told.")


def is_possible(letter: Letter) -> bool:
    return letter.state != LetterState.ARCHIVED


@transaction.atomic
def ask(letter: Letter, address: str, *, language: str) -> None:
    """Remember an address that wants the corrections of a letter, and mail it to confirm. Always the same work and no
    answer: an address that is on the list already gets the same mail, with the way off it.

    Raises:
        Over: the letter is archived.
    """
    if not is_possible(letter):
        raise Over
    index = suppressing.index_of(address)
    reader = CorrectionReader(letter=letter, recipient_index=index, language=language, asked_at=timezone.now())
    reader.set_email(address)
    try:
        with transaction.atomic():
            reader.save(force_insert=True)
    except IntegrityError:  # the address is on the list, perhaps since this instant
        reader = CorrectionReader.objects.get(letter=letter, recipient_index=index)
    queueing.queue_again(CONFIRM, reader.public_id, scope=str(letter.pk), recipient_index=index)


def token_for(reader: CorrectionReader) -> str:
    return tokens.make(MAIL, reader.public_id)


def find(token: str) -> CorrectionReader | None:
    """The row behind the link in each mail; None when it is gone, and nobody is mailed for it. Raises LinkInvalid."""
    rows = CorrectionReader.objects.select_related("letter__version", "letter__amendment")
    return rows.filter(public_id=tokens.read(MAIL, token)).first()


@transaction.atomic
def confirm(public_id: UUID) -> None:
    """From now on the address is told; of nothing that was on record before. Idempotent."""
    reader = CorrectionReader.objects.select_for_update(of=("self",), no_key=True).filter(public_id=public_id).first()
    if reader is None or reader.confirmed_at is not None:
        return
    newest = Correction.objects.filter(letter=reader.letter_id).aggregate(newest=Max("id"))["newest"] or 0
    reader.confirmed_at, reader.told_from, reader.told_to = timezone.now(), newest, newest
    reader.save(update_fields=["confirmed_at", "told_from", "told_to"])


@transaction.atomic
def stop(public_id: UUID) -> None:
    """Delete the address and every mail that waits for it. Idempotent."""
    CorrectionReader.objects.filter(public_id=public_id).delete()
    queueing.forget(public_id)


def tell(*, now: datetime | None = None) -> int:
    """Queue the mails that are due; returns how many. Safe to run twice and after an outage: a mail names the entries
    since the one before it, and none is queued while another waits."""
    now = now or timezone.now()
    done = 0
    settled = Correction.objects.shown().filter(changed_at__lte=now - SETTLED_AFTER).order_by()
    newest = settled.filter(letter__correction_readers__confirmed_at__isnull=False)
    for letter_id, last in newest.values_list("letter").annotate(Max("id")):
        due = CorrectionReader.objects.filter(letter=letter_id, confirmed_at__isnull=False, told_to__lt=last)
        rested = due.filter(Q(told_at__isnull=True) | Q(told_at__lte=now - AT_MOST_EVERY)).order_by("pk")
        for pk in list(rested.values_list("pk", flat=True)[:READERS_A_RUN]):
            done += _tell_one(pk, last, now)
    return done


@transaction.atomic
def _tell_one(pk: int, last: int, now: datetime) -> bool:
    rows = CorrectionReader.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    reader = rows.filter(pk=pk, told_to__lt=last).first()
    if reader is None:
        return False
    open_states = (MessageState.DUE, MessageState.SENDING)
    if Message.objects.about(reader.public_id).filter(kind=MAIL, state__in=open_states).exists():
        return False
    reader.told_from, reader.told_to, reader.told_at = reader.told_to, last, now
    reader.save(update_fields=["told_from", "told_to", "told_at"])
    index = bytes(reader.recipient_index)
    queueing.queue_again(MAIL, reader.public_id, scope=str(reader.letter_id), recipient_index=index)
    return True


def blocked(recipient_index: bytes) -> None:
    """An address that must not be mailed is on no list. Idempotent."""
    CorrectionReader.objects.filter(recipient_index=recipient_index).delete()


def forget(*, now: datetime) -> int:
    """Delete addresses that were never confirmed, and those of archived letters; returns how many."""
    unconfirmed = Q(confirmed_at__isnull=True, asked_at__lt=now - timedelta(days=settings.CONFIRM_DAYS))
    return CorrectionReader.objects.filter(unconfirmed | Q(letter__state=LetterState.ARCHIVED)).delete()[0]
