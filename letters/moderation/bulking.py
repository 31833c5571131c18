"""One decision about many signatures: conditions, a preview with a count, a reason, then batches in the background, and
the way back. Each row goes through the very rules of a single decision; the row that cannot is left, with why."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.ledger import audit
from letters.moderation import reasons, selecting
from letters.moderation.models import BulkDecision, BulkItem, BulkState, BulkWhat
from letters.moderation.selecting import Conditions
from letters.moderation.tasks import run_bulk
from letters.signatures.models import Signature

ALONE_MOST = 100
"""How many rows of a letter one person may decide without a second one within ALONE_WITHIN: a thousand cut into ten
slices are a thousand."""
ALONE_WITHIN = timedelta(hours=24)
SECOND_WAITS = timedelta(days=7)
"""How long a decision waits for its second person; it counts from the preview, which is an hour older at most."""
PREVIEW_HOLDS = timedelta(hours=1)
UNDO_BULK_WITHIN = timedelta(days=7)
SAMPLE = 20
_ENDED = (BulkState.DONE, BulkState.CANCELLED)
_ALIKE = {BulkWhat.ACCEPT: (BulkWhat.ACCEPT,)}
"""What adds up with what: refusals and removals both take names away."""


class CountChanged(RuleError):
    code = "count-changed"

    def __init__(self, count: int) -> None:
        text = _("The conditions fit {count} rows now, more than you looked at. Look at the preview again.")
        super().__init__(str(text).format(count=count))


class PreviewOver(RuleError):
    code = "preview-over"
    default = _("This preview is older than an hour or was used already. Make a new one.")


class OtherRuns(RuleError):
    code = "other-runs"
    default = _("Another decision about many is under way for this letter. Wait until it is done.")


class SecondPerson(RuleError):
    code = "second-person"
    default = _("This needs a second person. Somebody other than you must agree.")


class NotNow(RuleError):
    code = "not-now"
    default = _("This is not possible any more. Look at where it stands now.")


def preview(letter: Letter, what: str, conditions: Conditions, *, by: User) -> BulkDecision:
    """Store what would be done and how many rows it fits now; nothing is done.

    Raises:
        RuleError: the conditions cannot be used, fit nothing, or fit too many.
    """
    now = timezone.now()  # before the rows are read: what comes meanwhile was not looked at
    found = selecting.find(letter, what, conditions)
    if not found:
        raise RuleError(str(_("No signature fits these conditions.")), code="none")
    return BulkDecision.objects.create(
        letter=letter, what=BulkWhat(what), conditions=conditions.as_json(), counted=len(found),
        counted_at=now, by=by,
    )  # fmt: skip


def sample(bulk: BulkDecision) -> list[Signature]:
    """Up to SAMPLE signatures spread evenly over all that fits: of the preview while it is one, else of what was
    chosen then."""
    if bulk.state in (BulkState.PREVIEWED, BulkState.SECOND):
        found = [pk for pk, _case in _fitting(bulk)]
    else:
        found = list(bulk.items.order_by("id").values_list("signature_id", flat=True))
    shown = [found[at * len(found) // SAMPLE] for at in range(SAMPLE)] if len(found) > SAMPLE else found
    rows = Signature.objects.select_related("version").in_bulk(shown)
    return [rows[pk] for pk in dict.fromkeys(shown) if pk in rows]


def _locked(public_id: UUID) -> BulkDecision:
    return (
        BulkDecision.objects.select_for_update(of=("self",), no_key=True)
        .select_related("letter")
        .get(public_id=public_id)
    )


def start(public_id: UUID, *, by: User, reason_code: str = "", note: str = "") -> BulkDecision:
    """Begin: at once while the person stays within ALONE_MOST rows in ALONE_WITHIN, beyond it when a second one agrees.
    Idempotent while it runs.

    Raises:
        RuleError: a refusal or removal without a reason of the list or without a note.
        PreviewOver: the preview is too old, or it was started by somebody.
        CountChanged: more rows fit than the preview said.
        OtherRuns: another one runs for the letter.
    """
    with transaction.atomic():
        bulk = _locked(public_id)
        # Two slices started at one moment would both count nothing before them.
        Letter.objects.select_for_update(no_key=True).get(pk=bulk.letter_id)
        if bulk.state == BulkState.RUNNING and bulk.by_id == by.pk:
            return bulk
        if bulk.state != BulkState.PREVIEWED or bulk.counted_at < timezone.now() - PREVIEW_HOLDS:
            raise PreviewOver
        if bulk.what != BulkWhat.ACCEPT:
            _require_reason(reason_code, note)
            bulk.reason_code, bulk.note = reason_code, note.strip()
        bulk.by = by
        found = _still(bulk)
        if len(found) + alone_before(bulk, by) <= ALONE_MOST:
            _run(bulk, found, by)
            return bulk
        bulk.state, bulk.asked_at = BulkState.SECOND, timezone.now()
        bulk.save()
        audit.record(audit.Action.BULK_ASKED, bulk, by=f"user:{by.pk}", detail=f"{bulk.what}:{len(found)}")
        return bulk


def alone_before(bulk: BulkDecision, by: User) -> int:
    """How many rows this person decided alone on the letter within ALONE_WITHIN, in the direction of ``bulk``; what
    was taken back, or was agreed to by a second person, is not counted."""
    own = Q(bulk__by=by, bulk__second_by__isnull=True, bulk__started_at__gte=timezone.now() - ALONE_WITHIN)
    alike = _ALIKE.get(BulkWhat(bulk.what), (BulkWhat.REFUSE, BulkWhat.REMOVE))
    rows = BulkItem.objects.filter(own, bulk__letter=bulk.letter_id, bulk__what__in=alike).exclude(bulk=bulk.pk)
    return rows.filter(Q(is_done=True) | Q(bulk__state=BulkState.RUNNING, left_code="")).count()


def _require_reason(reason_code: str, note: str) -> None:
    if reason_code not in reasons.REFUSALS:
        raise RuleError(str(_("Choose why. Every signatory reads the reason.")), code="reason")
    if not note.strip():
        raise RuleError(str(_("Write what you found. Every signatory reads it with the reason.")), code="note")


@transaction.atomic
def agree(public_id: UUID, *, by: User) -> BulkDecision:
    """A second person agrees, and it begins.

    Raises:
        SecondPerson: it is the first one again.
        NotNow: nothing waits for a second person, or it waited longer than SECOND_WAITS.
        CountChanged, OtherRuns: as ``start``.
    """
    bulk = _locked(public_id)
    if bulk.state != BulkState.SECOND or second_until(bulk) <= timezone.now():
        raise NotNow
    if bulk.by_id in (None, by.pk):
        raise SecondPerson
    found = _still(bulk)
    bulk.second_by = by
    _run(bulk, found, by)
    return bulk


def second_until(bulk: BulkDecision) -> datetime:
    """Until when a second person may agree."""
    return bulk.counted_at + SECOND_WAITS


def lapse_due(*, now: datetime | None = None) -> int:
    """End every decision that nobody else agreed to in time; nothing was done, and nothing is. Returns how many.
    Idempotent."""
    now = now or timezone.now()
    waiting = BulkDecision.objects.filter(state=BulkState.SECOND, counted_at__lte=now - SECOND_WAITS)
    return sum(_lapse(public_id, now) for public_id in waiting.values_list("public_id", flat=True))


@transaction.atomic
def _lapse(public_id: UUID, now: datetime) -> bool:
    bulk = _locked(public_id)
    if bulk.state != BulkState.SECOND:  # somebody agreed or stopped it at the last moment
        return False
    bulk.state, bulk.ended_at = BulkState.LAPSED, now
    bulk.save(update_fields=["state", "ended_at"])
    audit.record(audit.Action.BULK_LAPSED, bulk, by="clock", detail=f"{bulk.what}:{bulk.counted}")
    return True


def _fitting(bulk: BulkDecision) -> list[selecting.Row]:
    """What fits of that which was there when it was counted."""
    conditions = Conditions.of_json(bulk.conditions)
    return selecting.find(bulk.letter, bulk.what, conditions, known_at=bulk.counted_at)


def _still(bulk: BulkDecision) -> list[selecting.Row]:
    found = _fitting(bulk)
    if len(found) > bulk.counted:
        raise CountChanged(len(found))
    return found


def _run(bulk: BulkDecision, found: list[selecting.Row], by: User) -> None:
    """Keep the rows that it is about from now on, and wake the worker."""
    items = [BulkItem(bulk=bulk, signature_id=pk, case_id=case, had_case=case is not None) for pk, case in found]
    BulkItem.objects.bulk_create(items, batch_size=2000)
    bulk.counted, bulk.started_at = len(found), timezone.now()
    _take_turn(bulk, BulkState.RUNNING)
    audit.record(audit.Action.BULK_STARTED, bulk, by=f"user:{by.pk}", detail=f"{bulk.what}:{len(found)}")


def _take_turn(bulk: BulkDecision, state: BulkState) -> None:
    bulk.state = state
    try:
        with transaction.atomic():
            bulk.save()
    except IntegrityError:
        raise OtherRuns from None
    # The clock looks by itself, too: a broker that is away delays the batches and refuses nothing.
    transaction.on_commit(lambda: run_bulk.apply_async(retry=False, ignore_result=True), robust=True)


@transaction.atomic
def cancel(public_id: UUID, *, by: User) -> BulkDecision:
    """Stop; what is done stays done until it is undone. Waits for the batch that is under way. Idempotent.

    Raises:
        NotNow: it is over, or is being taken back.
    """
    bulk = _locked(public_id)
    if bulk.state == BulkState.CANCELLED:
        return bulk
    if bulk.state not in (BulkState.PREVIEWED, BulkState.SECOND, BulkState.RUNNING):
        raise NotNow
    bulk.state, bulk.ended_at = BulkState.CANCELLED, timezone.now()
    bulk.save()
    audit.record(audit.Action.BULK_CANCELLED, bulk, by=f"user:{by.pk}", detail=str(bulk.done_count))
    return bulk


@transaction.atomic
def undo(public_id: UUID, *, by: User) -> BulkDecision:
    """Take everything back that it did, in batches; each row becomes what it was before.

    What two people decided two people take back: the first one asks, and it begins when somebody else does the same.
    Idempotent for the first one.

    Raises:
        NotNow: it runs, did nothing, or ended more than UNDO_BULK_WITHIN ago.
        OtherRuns: another one runs for the letter.
    """
    bulk = _locked(public_id)
    if not can_be_undone(bulk):
        raise NotNow
    if undo_needs_second(bulk) and bulk.undo_asked_by_id in (None, by.pk):
        if bulk.undo_asked_by_id is None:
            bulk.undo_asked_by, bulk.asked_at = by, timezone.now()
            bulk.save(update_fields=["undo_asked_by", "asked_at"])
            audit.record(audit.Action.BULK_UNDO_ASKED, bulk, by=f"user:{by.pk}", detail=str(bulk.done_count))
        return bulk
    bulk.items.exclude(left_code="").filter(is_done=True).update(left_code="")
    bulk.undone_by = by
    _take_turn(bulk, BulkState.UNDOING)
    audit.record(audit.Action.BULK_UNDONE, bulk, by=f"user:{by.pk}", detail=str(bulk.done_count))
    return bulk


def undo_needs_second(bulk: BulkDecision) -> bool:
    """Two people took the decision; also when one of their accounts is gone."""
    return bulk.second_by_id is not None or bulk.done_count > ALONE_MOST


@transaction.atomic
def keep(public_id: UUID, *, by: User) -> BulkDecision:
    """Let the decision stand: nobody is asked any more whether it shall be taken back. Idempotent.

    Raises:
        NotNow: it is being taken back, or was.
    """
    bulk = _locked(public_id)
    if bulk.state not in _ENDED:
        raise NotNow
    if bulk.undo_asked_by_id is not None:
        bulk.undo_asked_by = None
        bulk.save(update_fields=["undo_asked_by"])
        audit.record(audit.Action.BULK_UNDO_DROPPED, bulk, by=f"user:{by.pk}", detail=str(bulk.done_count))
    return bulk


def waiting_for_second(letters: QuerySet[Letter], *, now: datetime | None = None) -> QuerySet[BulkDecision]:
    """Decisions about many under these letters, and requests to take one back, that wait for somebody else."""
    now = now or timezone.now()
    decisions = Q(state=BulkState.SECOND, by__isnull=False, counted_at__gt=now - SECOND_WAITS)
    undoing = Q(state__in=_ENDED, undo_asked_by__isnull=False, ended_at__gt=now - UNDO_BULK_WITHIN)
    return BulkDecision.objects.filter(decisions | undoing, letter__in=letters)


def but_of(user: User, rows: QuerySet[BulkDecision]) -> QuerySet[BulkDecision]:
    """Those of ``waiting_for_second`` that this person can agree to: not what they asked for. Oldest first."""
    return rows.exclude(state=BulkState.SECOND, by=user).exclude(undo_asked_by=user).order_by("counted_at", "pk")


def undo_until(bulk: BulkDecision) -> datetime | None:
    """Until when it can be taken back; None where there is nothing to take back."""
    if bulk.state not in _ENDED or not bulk.done_count or bulk.ended_at is None:
        return None
    return bulk.ended_at + UNDO_BULK_WITHIN


def can_be_undone(bulk: BulkDecision) -> bool:
    until = undo_until(bulk)
    return until is not None and timezone.now() < until
