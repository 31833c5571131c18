"""The batches of decisions about many: done by the worker, one transaction each, so that a killed worker loses none and
does none twice."""

import time
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from letters.accounts.models import User
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents import standing
from letters.ledger import audit
from letters.moderation import bulking, cases, deciding, signals
from letters.moderation.models import UNDO_WITHIN, BulkDecision, BulkItem, BulkState, BulkWhat, Case, Decision, Reason
from letters.signatures.models import Signature

BATCH = 25
RUN_SECONDS = 20.0
"""How long one task works before it leaves the worker to others; the clock starts the next one."""
MAILS_A_MINUTE = 60
"""How fast the statements of reasons of one decision leave."""
_ACTIVE = (BulkState.RUNNING, BulkState.UNDOING)


def run_due(*, seconds: float = RUN_SECONDS) -> int:
    """Go on with everything that is under way, for some seconds; returns how many batches. Safe to run twice at once:
    whoever comes second to a decision leaves it alone."""
    ends, done = time.monotonic() + seconds, 0
    for pk in BulkDecision.objects.filter(state__in=_ACTIVE).order_by("started_at").values_list("pk", flat=True):
        while time.monotonic() < ends and step(pk):
            done += 1
    return done


@transaction.atomic
def step(pk: int) -> bool:
    """Do or take back one batch; False when nothing is left, it was stopped, or another worker is at it."""
    rows = BulkDecision.objects.filter(pk=pk, state__in=_ACTIVE).select_related("letter", "by", "undone_by")
    bulk = rows.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
    if bulk is None:
        return False
    is_undo = bulk.state == BulkState.UNDOING
    left = bulk.items.filter(is_done=is_undo, left_code="").order_by("-id" if is_undo else "id")
    batch = list(left[:BATCH])
    if not batch:
        _end(bulk)
        return False
    cases.lock([item.signature_id for item in batch])  # all of them first, in one order, as everywhere
    for item in batch:
        _one(bulk, item, is_undo=is_undo)
    bulk.save(update_fields=["done_count", "left_count"])
    done = [item.signature_id for item in batch if not item.left_code]
    signals.decided_together.send(BulkDecision, bulk=bulk, signatures=done, is_undo=is_undo)
    return True


def _end(bulk: BulkDecision) -> None:
    bulk.state = BulkState.UNDONE if bulk.state == BulkState.UNDOING else BulkState.DONE
    bulk.ended_at = timezone.now()
    bulk.save(update_fields=["state", "ended_at"])
    audit.record(audit.Action.BULK_ENDED, bulk, by="clock", detail=f"{bulk.state}:{bulk.done_count}")


def _one(bulk: BulkDecision, item: BulkItem, *, is_undo: bool) -> None:
    by = bulk.undone_by if is_undo else bulk.by
    try:
        if by is None or not (is_undo or standing.may(by, bulk.letter, Permission.DECIDE_IN_BULK)):
            raise RuleError(code="nobody")  # who began it has left the team meanwhile
        with transaction.atomic():
            if is_undo:
                _take_back(item, by)
            else:
                _do(bulk, item, by)
    except RuleError as error:
        item.left_code = error.code[:30]
        bulk.left_count += 1
    else:
        item.is_done = not is_undo
        bulk.done_count += -1 if is_undo else 1
    item.save(update_fields=["case", "had_case", "is_done", "left_code"])


def _do(bulk: BulkDecision, item: BulkItem, by: User) -> None:
    if bulk.what == BulkWhat.REMOVE:
        _open(item)
    if item.case is None:
        raise deciding.CaseOver
    if bulk.what == BulkWhat.ACCEPT:
        deciding.accept(item.case.public_id, by=by)
        return
    mail_at = _mail_at(bulk)
    deciding.refuse(item.case.public_id, by=by, reason_code=bulk.reason_code, note=bulk.note, mail_at=mail_at)


def _mail_at(bulk: BulkDecision) -> datetime:
    """Not before the time to undo is over, and one after the other."""
    begun = bulk.started_at or timezone.now()
    return begun + UNDO_WITHIN + timedelta(minutes=1) * bulk.done_count / MAILS_A_MINUTE


def _open(item: BulkItem) -> None:
    """The case by which a printed signature is removed; one that is open already is used."""
    signature = Signature.objects.select_related("letter").get(pk=item.signature_id)
    if not signature.is_confirmed:
        raise deciding.CaseOver
    known = Case.objects.waiting().filter(signature=signature, reason=Reason.OPERATOR).first()
    item.case, item.had_case = known or cases.open_case(signature, Reason.OPERATOR), known is not None


def _take_back(item: BulkItem, by: User) -> None:
    """Undo the decision; a case that was opened for it is gone as well."""
    case = item.case
    if case is None:
        raise deciding.TooLate
    appeals = Case.objects.waiting().filter(signature_id=item.signature_id, reason=Reason.APPEAL, appeal_of=case)
    appeals.update(closed_at=timezone.now(), decision=Decision.SETTLED)
    case = deciding.undo(case.public_id, by=by, within=bulking.UNDO_BULK_WITHIN, is_bulk=True)
    if item.had_case:
        return
    if case.appeals.exists():
        cases.settle(case.signature, [Reason.OPERATOR])
    else:
        case.delete()
        item.case = None
        cases.refresh_hold(case.signature)
