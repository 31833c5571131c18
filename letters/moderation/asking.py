"""What signatories and checks put into the queue: a review with a source or a file, a changed line, an appeal."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.core.errors import RuleError
from letters.ledger import audit
from letters.moderation import cases
from letters.moderation.models import Case, Decision, Dispute, FileKind, Reason, Upload
from letters.outbox import queueing
from letters.signatures.models import Signature, SignatureState
from letters.signatures.signing import locked
from letters.verification.providers import organization

APPEAL_WITHIN = timedelta(days=30)
"""How long a removal can be appealed; afterwards the line is gone and nothing can be restored."""
_QUEUED = {
    "shared-mailbox": Reason.DOMAIN,
    "organization-differs": Reason.DOMAIN,
    "look-alike": Reason.DOMAIN,
    "organization": Reason.ORGANIZATION,
    "review-asked": Reason.REVIEW,
    "evidence-lost": Reason.EVIDENCE_LOST,
    "spike": Reason.SPIKE,
}
"""What a check may ask for → the reason of the queue; anything new is a question about the domain."""


class NothingToAppeal(RuleError):
    code = "no-appeal"
    default = _("There is no decision that you can appeal: an appeal is possible within thirty days, and once.")


def ask_for_review(signature: Signature, reason: str, *, url: str = "", words: str = "", file: Any = None) -> Case:
    """Queue what a check or the signatory asks the organisers to look at; a file is sealed with it.

    An organisation's line waits for the first answer; a person's line, and one that was checked before, stays as it
    is. A second file replaces the first.
    """
    wanted = _QUEUED.get(reason, Reason.DOMAIN)
    case = cases.open_case(
        signature,
        wanted,
        is_holding=wanted == Reason.ORGANIZATION and not organization.is_checked(signature),
        detail=reason[:30],
        source_url=url,
        words=words,
        appeal_of=_refused_before(signature, wanted),
    )
    if file is not None:
        _store_file(case, kind=file.kind, content=file.content)
    return case


def _store_file(case: Case, *, kind: str, content: bytes) -> None:
    Upload.objects.filter(case=case).delete()
    upload = Upload(case=case, kind=FileKind(kind), uploaded_at=timezone.now())
    upload.set_content(content)
    upload.save(force_insert=True)


def ask_for_correction(signature: Signature) -> Case:
    """Queue a change of a checked part; the old line stays printed."""
    return cases.open_case(signature, Reason.CORRECTION, appeal_of=_refused_before(signature, Reason.CORRECTION))


def _refused_before(signature: Signature, reason: str) -> Case | None:
    """The last refusal of the same: whoever decided it does not decide again."""
    since = timezone.now() - APPEAL_WITHIN
    rows = Case.objects.filter(signature=signature, reason=reason, decision=Decision.REFUSED, closed_at__gt=since)
    return rows.order_by("-closed_at").first()


@transaction.atomic
def same_identity(signatures: Sequence[Signature]) -> None:
    """One account or address proved two signatures: the later one is held, both stay in the queue to be compared."""
    cases.lock([row.pk for row in signatures])
    rows = sorted((row for row in signatures if row.is_confirmed), key=lambda row: (row.confirmed_at, row.pk))
    for older, later in pairwise(rows):
        cases.open_case(later, Reason.DUPLICATE, is_holding=True, detail="same-identity", other=older)


def refusal_of(signature: Signature) -> Case | None:
    """The decision by which a signature was removed, while it can be appealed."""
    if signature.state != SignatureState.REMOVED or not signature.display_name:
        return None
    since = timezone.now() - APPEAL_WITHIN
    refused = Case.objects.filter(signature=signature, decision=Decision.REFUSED, closed_at__gt=since)
    case = refused.order_by("-closed_at").first()
    was_appealed = case is None or Case.objects.filter(signature=signature, reason=Reason.APPEAL).exists()
    return None if was_appealed else case


@transaction.atomic
def appeal(public_id: UUID, *, words: str) -> Case:
    """Ask that somebody else looks at a removal again.

    Raises:
        NothingToAppeal: it was not removed by a decision of the last thirty days, or was appealed before.
    """
    signature = locked(public_id)
    refused = refusal_of(signature)
    if refused is None:
        raise NothingToAppeal
    case = cases.open_case(signature, Reason.APPEAL, words=words, appeal_of=refused)
    audit.record(audit.Action.CASE_OPENED, case, by="signatory", detail=Reason.APPEAL)
    return case


def forget(signature: Signature) -> None:
    """The signature ended: close its cases, delete files, notes, disputes and mails about them."""
    rows = Case.objects.filter(signature=signature)
    for public_id in rows.values_list("public_id", flat=True):
        queueing.forget(public_id)
    Upload.objects.filter(case__signature=signature).delete()
    Dispute.objects.filter(signature=signature).delete()
    cases.settle(signature)
    rows.update(note="", words="", source_url="")
