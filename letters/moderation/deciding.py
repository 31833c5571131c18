"""Rulings: accept, refuse, hold, and taking them back. Each says who, when and why; where two must agree, they are
two, and whoever refused does not decide the appeal."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.ledger import audit
from letters.moderation import cases, claiming, effects, mailing, reasons, screening, withholding
from letters.moderation.models import UNDO_WITHIN, BulkDecision, Case, Decision, Reason
from letters.signatures.anonymous_lines import Words
from letters.signatures.signing import locked
from letters.verification.providers import review

HOLD_LONGER = timedelta(days=2)
TWO_REVIEWERS = {Reason.WATCHED, Reason.PLACEMENT}


class CaseOver(RuleError):
    code = "case-over"
    default = _("This case was decided meanwhile. Look at the decision; it can be taken back for a quarter of an hour.")


class SecondEyes(RuleError):
    code = "second-eyes"
    default = _("You accepted this already. A second reviewer must agree before it takes effect.")


class OtherReviewer(RuleError):
    code = "other-reviewer"
    default = _("You took the decision that is appealed here. Somebody else must decide.")


class EvidenceMissing(RuleError):
    code = "evidence-missing"
    default = _("Check the line against a public source first: fill in the checklist with the address of the source.")


class DecidedByTwo(RuleError):
    code = "decided-by-two"
    default = _("Two people decided this together with many others. Take it back on the page of that decision.")


class TooLate(RuleError):
    code = "too-late"
    default = _("This decision can no longer be taken back. The person can appeal it.")


def _locked(public_id: UUID) -> Case:
    """The case with its signature, both locked; the signature first, as everywhere."""
    case = Case.objects.select_related("letter").get(public_id=public_id)
    signature = locked(Case.objects.values_list("signature__public_id", flat=True).get(pk=case.pk))
    case = Case.objects.select_for_update(of=("self",), no_key=True).select_related("letter").get(pk=case.pk)
    case.signature = signature
    return case


def _may_decide(case: Case, by: User) -> None:
    if not case.is_open:
        raise CaseOver
    claiming.refuse_others(case, by)
    _refuse_own_appeal(case, by)


def _refuse_own_appeal(case: Case, by: User) -> None:
    """Nobody decides about the appeal against their own decision, nor takes back what somebody else decided of it."""
    before = case.appeal_of
    if before is not None and by.pk in (before.decided_by_id, before.second_by_id):
        raise OtherReviewer


@transaction.atomic
def accept(
    public_id: UUID,
    *,
    by: User,
    checked: review.Checked | None = None,
    note: str = "",
    words: Words | None = None,
    seen: UUID | None = None,
) -> Case:
    """Rule that the line may stand as it is, or shall be as was asked.

    With a filled-in checklist (``checked``) the review is recorded as evidence. Where two must agree the first
    acceptance is kept and changes nothing but ``waits_for_second``. A line without a name is printed in ``words``
    by whoever looked at it as it stands (``seen``).

    Raises:
        CaseOver, OtherReviewer, SecondEyes, claiming.Claimed: it is not this person's to decide now.
        EvidenceMissing: what is proven does not suffice for this kind of case.
        NotProven: the checklist does not make a review.
        withholding.WordsChanged, anonymising.NothingToPrint, anonymising.TellsName: of ``words``.
    """
    case = _locked(public_id)
    _may_decide(case, by)
    if case.decided_by_id == by.pk:
        raise SecondEyes
    if words is not None and case.reason == Reason.ANONYMOUS:
        withholding.set_words(case.signature, words, seen=seen, by=_actor(by))
    _take_evidence(case, checked, by)
    case.note = note or case.note
    if case.reason in TWO_REVIEWERS and case.decided_by_id is None:
        case.decided_by, case.approved_at, case.claimed_by, case.claimed_until = by, timezone.now(), None, None
        case.save(update_fields=["decided_by", "approved_at", "note", "claimed_by", "claimed_until"])
        audit.record(audit.Action.CASE_APPROVED, case, by=_actor(by), detail=case.reason)
        return case
    _close(case, Decision.ACCEPTED, by)
    effects.ACCEPTED.get(Reason(case.reason), effects.nothing)(case, by, checked)
    cases.refresh_hold(case.signature)
    mailing.on_ruled(case)
    audit.record(audit.Action.CASE_ACCEPTED, case, by=_actor(by), detail=case.reason)
    return case


def _take_evidence(case: Case, checked: review.Checked | None, by: User) -> None:
    """Record the review, unless what was looked at is not the line itself. Raises EvidenceMissing."""
    if checked is not None and case.reason not in (Reason.CORRECTION, Reason.ORGANIZATION):
        effects.record_review(case.signature, checked, by)
        case.refresh_from_db(fields=["closed_at"])  # the evidence may have settled it
    if case.is_open:
        _require_evidence(case, checked)


def _actor(by: User) -> str:
    return f"user:{by.pk}"


def _require_evidence(case: Case, checked: review.Checked | None) -> None:
    signature = case.signature
    needs: dict[str, Callable[[], bool]] = {
        Reason.POLICY: lambda: screening.meets_policy(signature),
        Reason.WATCHED: lambda: screening.has_strong_evidence(signature),
        Reason.REVIEW: lambda: checked is not None,
        Reason.PLACEMENT: lambda: signature.is_invited or signature.is_reviewed,
        Reason.ANONYMOUS: lambda: withholding.is_checked(signature),
    }
    if not needs.get(case.reason, lambda: True)():
        raise EvidenceMissing


def _close(case: Case, decision: Decision, by: User) -> None:
    case.held_before, case.decision, case.closed_at = case.is_holding, decision, timezone.now()
    case.claimed_by = case.claimed_until = None
    if case.decided_by_id is None:
        case.decided_by = by
    elif case.decided_by_id != by.pk:
        case.second_by = by
    case.save()


@transaction.atomic
def refuse(public_id: UUID, *, by: User, reason_code: str, note: str, mail_at: datetime | None = None) -> Case:
    """Rule that the line may not stand, or shall not be as was asked.

    What follows depends on the case: a signature is removed, an old line stays, evidence is voided, an affiliation is
    taken out of the line. The signatory gets a mail with the reason, the note and the way to appeal, when the time to
    undo is over, or at ``mail_at`` when that is later. Source: DSA Art. 17 (statement of reasons), Art. 20
    (complaints).

    Raises:
        RuleError: no reason of the list, or no note.
        CaseOver, OtherReviewer, claiming.Claimed: it is not this person's to decide now.
    """
    if reason_code not in reasons.REFUSALS:
        raise RuleError(str(_("Choose why. The signatory reads the reason.")), code="reason")
    if not note.strip():
        raise RuleError(str(_("Write what you found. The signatory reads it with the reason.")), code="note")
    case = _locked(public_id)
    _may_decide(case, by)
    case.reason_code, case.note = reason_code, note.strip()
    _close(case, Decision.REFUSED, by)
    effects.REFUSED.get(Reason(case.reason), effects.remove)(case, by)
    cases.refresh_hold(case.signature)
    mailing.on_ruled(case, mail_at=mail_at)
    audit.record(audit.Action.CASE_REFUSED, case, by=_actor(by), detail=reason_code)
    return case


@transaction.atomic
def hold(public_id: UUID, *, by: User) -> Case:
    """Keep the line out of list, count and files while somebody goes on looking; two days more to do so.

    Raises:
        CaseOver, OtherReviewer, claiming.Claimed: it is not this person's to decide now.
    """
    case = _locked(public_id)
    _may_decide(case, by)
    case.is_holding, case.due_at = True, max(case.due_at, timezone.now() + HOLD_LONGER)
    case.claimed_by, case.claimed_until = by, timezone.now() + claiming.CLAIM_FOR
    case.save(update_fields=["is_holding", "due_at", "claimed_by", "claimed_until"])
    cases.refresh_hold(case.signature)
    audit.record(audit.Action.CASE_HELD, case, by=_actor(by), detail=case.reason)
    return case


@transaction.atomic
def undo(public_id: UUID, *, by: User, within: timedelta = UNDO_WITHIN, is_bulk: bool = False) -> Case:
    """Take back the last decision as if it had not been taken; the case is open again, its mail is not sent. Whoever
    was mailed already is told.

    One person may take back what two let through: it is held again until two agree anew, so nothing is printed that
    only one of them wants printed. What two people decided about many is taken back as a whole (``is_bulk``).

    Raises:
        OtherReviewer: it is an appeal against this person's own decision.
        DecidedByTwo: it is one row of what two people decided about many.
        TooLate: longer than ``within`` ago, or of a kind that changed line or evidence.
        withholding.NameGone: the name that was checked is deleted.
        RuleError: the person signed anew meanwhile.
    """
    case = _locked(public_id)
    _refuse_own_appeal(case, by)
    if not is_bulk and bulk_of_two(case) is not None:
        raise DecidedByTwo
    _require_undoable(case, within)
    withholding.refuse_undo(case.signature, case.reason)
    closed_at, decision = case.closed_at, case.decision
    reviewers = [pk for pk in (case.decided_by_id, case.second_by_id) if pk]
    case.closed_at, case.decision, case.reason_code = None, Decision.OPEN, ""
    case.decided_by = case.second_by = case.approved_at = None
    if decision:
        case.is_holding = case.held_before
    case.save()
    mailing.on_undone(case)
    effects.void_review(case, reviewers)
    effects.take_back(case, decision, by)
    if closed_at is not None:  # what was settled by this decision waits again
        others = Case.objects.filter(signature=case.signature, closed_at=closed_at, decision=Decision.SETTLED)
        others.update(closed_at=None, decision=Decision.OPEN)
    cases.refresh_hold(case.signature)
    audit.record(audit.Action.CASE_UNDONE, case, by=_actor(by), detail=case.reason)
    return case


def _require_undoable(case: Case, within: timedelta) -> None:
    if case.is_open and case.decided_by_id is None:
        raise RuleError(str(_("There is no decision to take back.")), code="not-decided")
    until = case.undo_until(within)
    if not case.is_open and (until is None or timezone.now() >= until):
        raise TooLate
    newer = Case.objects.waiting().filter(signature=case.signature, reason=case.reason).exclude(pk=case.pk)
    if newer.exists():
        raise TooLate(str(_("A newer case of the same kind is open. Decide that one.")))


def bulk_of_two(case: Case) -> BulkDecision | None:
    """The decision about many that two people took and that this decided case is one row of."""
    if case.is_open:
        return None
    rows = BulkDecision.objects.filter(items__case=case, items__is_done=True, second_by__isnull=False)
    return rows.order_by("-counted_at").first()
