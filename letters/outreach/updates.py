"""Updates to signatories: written once, at most one a week, stopped and resumed; ``mailing`` sends them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from letters.accounts.models import User
from letters.core import moments
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.ledger import audit
from letters.outbox import queueing
from letters.outreach import mailing, timeline
from letters.outreach.enums import EVERY, RESUME_WITHIN
from letters.outreach.models import EventKind, Milestone, Notice, NoticeKind, Update, UpdateState

TEST = "update_test"  # kind of the mail
TESTS_A_DAY = 20


class NotADraft(RuleError):
    code = "not-a-draft"
    default = gettext_lazy("This update was sent already. Write a new one; readers of the first have its words.")


class ChangedMeanwhile(RuleError):
    code = "changed-meanwhile"
    default = gettext_lazy(
        "Somebody else saved this update meanwhile. Their text stands below yours; take over what you need, and save "
        "again."
    )


class TooSoon(RuleError):
    code = "too-soon"


class NobodyAgreed(RuleError):
    code = "nobody-agreed"
    default = gettext_lazy("No signatory has agreed to be mailed about this letter, so there is nobody to write to.")


class NotYetPublic(RuleError):
    code = "not-public"
    default = gettext_lazy("Updates can be sent as soon as the letter is public.")


class NotStopped(RuleError):
    code = "not-stopped"


@dataclass(frozen=True)
class Words:
    """What an organiser writes; ``body`` is Markdown, both are cleaned."""

    subject: str
    body: str
    is_on_timeline: bool = True


@transaction.atomic
def write(letter: Letter, words: Words, *, by: User | None, milestone: Milestone | None = None) -> Update:
    """Keep a new draft. Nothing is sent."""
    Letter.objects.select_for_update(of=("self",), no_key=True).get(pk=letter.pk)  # one number at a time
    newest = Update.objects.filter(letter=letter).aggregate(newest=Max("number"))["newest"] or 0
    now = timezone.now()
    return Update.objects.create(
        letter=letter, number=newest + 1, subject=words.subject, body=words.body, milestone=milestone,
        is_on_timeline=words.is_on_timeline, created_by=by, created_at=now, edited_at=now,
    )  # fmt: skip


def draft_for_milestone(milestone: Milestone) -> Update:
    """Draft the update that a milestone suggests, in the letter's language, for an organiser to change or delete."""
    letter = Letter.objects.select_related("version", "amendment").get(pk=milestone.letter_id)
    with override(letter.interface_language):
        count = f"{milestone.number:,}"
        subject = _("{count} people have signed").format(count=count)
        body = _(
            "{count} people have now signed “{title}” and confirmed it by e-mail. Thank you for being one of them.\n\n"
            "If you know a colleague who would sign, forward the letter; the address is below."
        ).format(count=count, title=letter.title)
    return write(letter, Words(subject, body, is_on_timeline=False), by=None, milestone=milestone)


def drop_draft_of(milestone: Milestone) -> None:
    """Delete the draft that a milestone suggested, unless somebody worked on it."""
    Update.objects.filter(milestone=milestone, state=UpdateState.DRAFT, revision=1).delete()


@transaction.atomic
def save(update: Update, words: Words, *, revision: int) -> Update:
    """Keep other words in a draft.

    Raises:
        NotADraft: it was sent.
        ChangedMeanwhile: somebody saved since ``revision`` was read.
    """
    row = _locked(update)
    if row.state != UpdateState.DRAFT:
        raise NotADraft
    if row.revision != revision:
        raise ChangedMeanwhile
    row.subject, row.body, row.is_on_timeline = words.subject, words.body, words.is_on_timeline
    row.revision, row.edited_at = row.revision + 1, timezone.now()
    row.save(update_fields=["subject", "body", "is_on_timeline", "revision", "edited_at"])
    return row


@transaction.atomic
def delete(update: Update) -> None:
    """Delete a draft. Raises NotADraft for one that was sent."""
    row = _locked(update)
    if row.state != UpdateState.DRAFT:
        raise NotADraft
    row.delete()


@transaction.atomic
def send_test(update: Update, *, to: User) -> None:
    """Mail an update to the organiser who asks, as a signatory will get it.

    Raises:
        TooSoon: they asked for ``TESTS_A_DAY`` within a day.
    """
    now = timezone.now()
    asked = Notice.objects.filter(user=to, kind=NoticeKind.TEST, created_at__gt=now - timedelta(days=1))
    if asked.count() >= TESTS_A_DAY:
        raise TooSoon(_("You have had {count} test mails in a day. Try again tomorrow.").format(count=TESTS_A_DAY))
    notice = Notice.objects.create(kind=NoticeKind.TEST, user=to, update=update, created_at=now)
    queueing.queue(TEST, notice.public_id)


def next_allowed(letter: Letter, *, now: datetime | None = None) -> datetime | None:
    """From when the next update of a letter may be sent; None: at once."""
    newest = Update.objects.filter(letter=letter).exclude(state=UpdateState.DRAFT).aggregate(at=Max("started_at"))["at"]
    begins = newest + EVERY if newest else None
    return begins if begins and begins > (now or timezone.now()) else None


@transaction.atomic
def start(update: Update, *, revision: int, by: User) -> Update:
    """Begin to send a draft; the first mails leave at once, the others at the site's rate. Idempotent.

    The letter is locked, so that of two organisers who press at once one is told to wait a week.

    Raises:
        NotYetPublic: readers cannot open the letter yet.
        ChangedMeanwhile: the draft that they saw is not the draft that is kept.
        TooSoon: another update of this letter left less than a week ago.
        NobodyAgreed: there is nobody to write to.
    """
    letter = Letter.objects.select_for_update(of=("self",), no_key=True).get(pk=update.letter_id)
    row = _locked(update)
    if row.state != UpdateState.DRAFT:
        return row
    if not letter.is_public:
        raise NotYetPublic
    if row.revision != revision:
        raise ChangedMeanwhile
    now = timezone.now()
    if allowed_at := next_allowed(letter, now=now):
        raise TooSoon(too_soon(letter, allowed_at))
    if not mailing.lines_of(letter).exists():
        raise NobodyAgreed
    row.state, row.started_at, row.started_by = UpdateState.SENDING, now, by
    _save_started(row, letter, allowed_at=now + EVERY)
    if row.is_on_timeline:
        timeline.add_automatic(
            letter, EventKind.UPDATE, f"update:{row.number}", title=row.subject, text=row.body, created_by=by
        )
    audit.record(audit.Action.UPDATE_STARTED, row, by=f"user:{by.pk}")
    mailing.queue_some(row.pk, now=now)
    row.refresh_from_db(fields=["cursor", "is_queued"])
    return row


def _save_started(row: Update, letter: Letter, *, allowed_at: datetime) -> None:
    try:
        with transaction.atomic():
            row.save(update_fields=["state", "started_at", "started_by"])
    except IntegrityError as error:
        raise TooSoon(too_soon(letter, allowed_at)) from error


def too_soon(letter: Letter, allowed_at: datetime) -> str:
    """The sentence that says from when the next one may be sent, in the letter's time zone."""
    text = _("Signatories get at most one update a week. The next one may be sent from {when} ({zone}).")
    local = allowed_at.astimezone(moments.zone(letter.time_zone))
    return text.format(when=formats.date_format(local, "j F Y, H:i"), zone=letter.time_zone)


@transaction.atomic
def stop(update: Update, *, by: User) -> Update:
    """Send no further mail of an update; what already left stays sent. Idempotent.

    One of which no mail left yet is a draft again, and the week is free.
    """
    row = _locked(update)
    if row.state != UpdateState.SENDING:
        return row
    mailing.clear_queue(row)
    if mailing.has_left(row):
        row.state, row.ended_at, row.counts = UpdateState.STOPPED, timezone.now(), mailing.counted(row)
    else:
        row.state, row.started_at, row.started_by = UpdateState.DRAFT, None, None
        timeline.withdraw_automatic(row.letter, f"update:{row.number}")
    row.cursor, row.is_queued = 0, False
    row.save()
    audit.record(audit.Action.UPDATE_STOPPED, row, by=f"user:{by.pk}")
    return row


@transaction.atomic
def resume(update: Update, *, by: User) -> Update:
    """Go on where a stopped update was stopped; nobody gets it twice. Idempotent.

    Raises:
        NotStopped: it is a draft or was sent whole.
        TooSoon: it was stopped too long ago, or another update is being sent.
    """
    Letter.objects.select_for_update(of=("self",), no_key=True).get(pk=update.letter_id)
    row = _locked(update)
    if row.state == UpdateState.SENDING:
        return row
    if row.state != UpdateState.STOPPED or row.started_at is None:
        raise NotStopped(_("Only an update that was stopped can go on."))
    if row.started_at < timezone.now() - RESUME_WITHIN:
        text = _("This update began more than {days} days ago. Write a new one instead.")
        raise TooSoon(text.format(days=RESUME_WITHIN.days), code="too-late")
    if Update.objects.filter(letter=row.letter_id, started_at__gt=row.started_at).exists():
        raise TooSoon(_("A later update was sent meanwhile. Write what is still to be said into the next one."))
    row.state, row.ended_at = UpdateState.SENDING, None
    try:
        with transaction.atomic():
            row.save(update_fields=["state", "ended_at"])
    except IntegrityError as error:
        raise TooSoon(_("Another update of this letter is being sent. Wait until it is done.")) from error
    audit.record(audit.Action.UPDATE_STARTED, row, by=f"user:{by.pk}", detail="resumed")
    mailing.queue_some(row.pk, now=timezone.now())
    row.refresh_from_db(fields=["cursor", "is_queued"])
    return row


def _locked(update: Update) -> Update:
    rows = Update.objects.select_for_update(of=("self",), no_key=True).select_related("letter")
    return rows.get(pk=update.pk)
