"""What a ruling changes, by the reason of its case."""

from collections.abc import Callable, Sequence

from django.utils import timezone

from letters.accounts.models import User
from letters.moderation import cases, screening, withholding
from letters.moderation.models import Case, Decision, DisputeKind, Reason
from letters.signatures import anonymising, deciding, managing
from letters.signatures.models import Representation, Role, SignatoryType, Signature, SignatureState
from letters.verification import recording
from letters.verification.models import Evidence, Method
from letters.verification.providers import organization, review

Accepted = Callable[[Case, User, review.Checked | None], None]
Refused = Callable[[Case, User], None]


def _actor(by: User) -> str:
    return f"user:{by.pk}"


def record_review(signature: Signature, checked: review.Checked, by: User) -> None:
    """Record that a reviewer compared the line with a public source. Raises NotProven when the checklist fails."""
    proofs = review.evidence(review.finding_of(checked))
    recording.record(signature, proofs, by=_actor(by), reviewer=by)


def void_review(case: Case, reviewers: Sequence[int]) -> None:
    """Void the reviews that these reviewers recorded while deciding this case."""
    rows = Evidence.objects.standing().filter(
        signature=case.signature, method__in=[Method.REVIEW, Method.ORGANIZATION], reviewer_id__in=reviewers,
        checked_at__gte=case.opened_at,
    )  # fmt: skip
    if rows.update(voided_at=timezone.now()):
        recording.changed(case.signature)


# --- accepted ---


def nothing(case: Case, by: User, checked: review.Checked | None) -> None:
    """The line stands as it is."""


def print_correction(case: Case, by: User, checked: review.Checked | None) -> None:
    """Print the new text, which voids what was proven of the old one, and record the review of the new one."""
    managing.print_now(case.signature.public_id, by=_actor(by))
    case.signature.refresh_from_db()
    if case.signature.signatory_type == SignatoryType.ORGANIZATION:
        record_authority(case, by, checked)  # the sentence names the organisation
        cases.settle(case.signature, [Reason.ORGANIZATION])
    elif checked is not None:
        record_review(case.signature, checked, by)


def place(case: Case, by: User, checked: review.Checked | None) -> None:
    deciding.set_role(case.signature, role=case.detail, by=_actor(by))


def restore(case: Case, by: User, checked: review.Checked | None) -> None:
    """An appeal was right."""
    if case.signature.state == SignatureState.REMOVED:
        deciding.restore(case.signature, by=_actor(by))
        case.signature.refresh_from_db()
        screening.screen_again(case.signature, case.appeal_of.closed_at if case.appeal_of else None)
        organization.on_corrected(case.signature)


def record_authority(case: Case, by: User, checked: review.Checked | None) -> None:
    """The representative may sign for the organisation. Raises NotProven when nothing ties them to it."""
    finding = organization.finding_of(case.signature, checked.evidence_url if checked else "")
    recording.record(case.signature, organization.evidence(finding), by=_actor(by), reviewer=by)


def print_anonymous(case: Case, by: User, checked: review.Checked | None) -> None:
    anonymising.print_line(case.signature, by=_actor(by))


ACCEPTED: dict[Reason, Accepted] = {
    Reason.ANONYMOUS: print_anonymous,
    Reason.CORRECTION: print_correction,
    Reason.PLACEMENT: place,
    Reason.APPEAL: restore,
    Reason.ORGANIZATION: record_authority,
}

# --- refused ---


def remove(case: Case, by: User) -> None:
    """Take the signature out of list, count and files; its other cases are settled with it."""
    deciding.remove(case.signature, reason=case.reason_code, by=_actor(by))
    case.signature.refresh_from_db()
    others = Case.objects.waiting().filter(signature=case.signature)
    others.update(closed_at=case.closed_at, decision=Decision.SETTLED)


def keep(case: Case, by: User) -> None:
    """Nothing changes: what was asked for is not done."""


def keep_old_line(case: Case, by: User) -> None:
    managing.take_back(case.signature.public_id, by=_actor(by))


def refuse_authority(case: Case, by: User) -> None:
    """The first question decides about the signature; a later one about the new representative alone."""
    signature = case.signature
    before = Evidence.objects.standing().filter(signature=signature, method=Method.ORGANIZATION).first()
    if before is None:
        remove(case, by)
        return
    Representation.objects.filter(signature=signature).update(
        name=before.claim["name"], position=before.claim["position"], website=before.claim.get("website", "")
    )


def void_affiliation(case: Case, by: User) -> None:
    """The evidence does not hold; the line stays, as stated by the signatory."""
    recording.void(case.signature, ["affiliation"])


def settle_dispute(case: Case, by: User) -> None:
    """An organisation may have its name taken out of a line; anybody else's dispute is about the signature."""
    if case.detail != DisputeKind.AFFILIATION:
        remove(case, by)
        return
    managing.print_changes(case.signature, {"affiliation": "", "affiliation_status": ""}, by=_actor(by))
    managing.take_back(case.signature.public_id, by=_actor(by))


def refuse_anonymous(case: Case, by: User) -> None:
    """The line is not printed, and the signature stays counted; unless what was found speaks against the signature."""
    if case.reason_code in withholding.REMOVED_FOR:
        remove(case, by)


REFUSED: dict[Reason, Refused] = {
    Reason.ANONYMOUS: refuse_anonymous,
    Reason.CORRECTION: keep_old_line,
    Reason.REVIEW: keep,
    Reason.PLACEMENT: keep,
    Reason.APPEAL: keep,
    Reason.DOMAIN: void_affiliation,
    Reason.EVIDENCE_LOST: void_affiliation,
    Reason.ORGANIZATION: refuse_authority,
    Reason.DISPUTE: settle_dispute,
}

# --- taken back ---


def take_back(case: Case, decision: str, by: User) -> None:
    """Undo what ``decision`` changed. Raises RuleError when the person signed anew meanwhile."""
    signature = case.signature
    signature.refresh_from_db()
    if decision == Decision.REFUSED and signature.state == SignatureState.REMOVED and case.reason != Reason.APPEAL:
        deciding.restore(signature, by=_actor(by))
    elif decision == Decision.ACCEPTED and case.reason == Reason.PLACEMENT:
        deciding.set_role(signature, role=Role.SIGNATORY, by=_actor(by))
    elif decision == Decision.ACCEPTED and case.reason == Reason.ANONYMOUS:
        anonymising.take_down(signature)
    elif decision == Decision.ACCEPTED and case.reason == Reason.APPEAL and case.appeal_of is not None:
        deciding.remove(signature, reason=case.appeal_of.reason_code, by=_actor(by))
        others = Case.objects.waiting().filter(signature=signature).exclude(pk=case.pk)
        others.update(closed_at=case.appeal_of.closed_at, decision=Decision.SETTLED)
    signature.refresh_from_db()
    cases.refresh_hold(signature)
