"""Evidence that may no longer hold: mail to a work address came back, or its domain is no longer known as the
organisation's. Somebody looks; nothing is taken from a line by itself."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from letters.moderation import cases, selecting
from letters.moderation.models import Case, Reason
from letters.outbox.models import Message, MessageState
from letters.signatures.models import Signature
from letters.verification.models import Evidence, Method, OrganizationDomain, OrganizationStatus

LOOKED_BACK = timedelta(days=31)  # how long mails are kept
BOUNCED, DOMAIN_LOST = "bounced", "domain-lost"
_BATCH = 500


def look(*, now: datetime | None = None) -> dict[str, int]:
    """Open a case for every line whose work address or domain is lost; returns how many by cause. Idempotent: what was
    asked once about the same evidence is not asked again."""
    now = now or timezone.now()
    return {BOUNCED: _bounced(now), DOMAIN_LOST: _domains_lost()}


def _work_emails() -> QuerySet[Evidence]:
    asked = Case.objects.filter(
        signature=OuterRef("signature"), reason=Reason.EVIDENCE_LOST, opened_at__gte=OuterRef("checked_at")
    )
    rows = Evidence.objects.standing().filter(method=Method.WORK_EMAIL, signature__state="confirmed")
    return rows.filter(~Exists(asked)).select_related("signature").order_by("signature_id")


def _bounced(now: datetime) -> int:
    """Only a stored address can come back: the one that was confirmed, where it is the work address itself."""
    back = Message.objects.filter(state=MessageState.BOUNCED, created_at__gt=now - LOOKED_BACK)
    subjects = list(back.values_list("subject_id", flat=True).distinct())
    opened = 0
    for at in range(0, len(subjects), _BATCH):
        for row in _work_emails().filter(signature__public_id__in=subjects[at : at + _BATCH]):
            signature = row.signature
            if signature.email_sealed and selecting.domain_of(signature) == row.claim.get("domain"):
                opened += _open(signature, BOUNCED)
    return opened


def _domains_lost() -> int:
    """Domains are looked at, not lines: there are few of them."""
    rows = _work_emails().filter(organization__isnull=False)
    used = rows.order_by().values_list("claim__domain", "organization_id", "organization__status").distinct()
    opened = 0
    for domain, organization, status in used:
        if not domain:  # the signatory keeps it to themselves
            continue
        known = OrganizationDomain.objects.filter(domain=domain, organization=organization).exists()
        if known and status != OrganizationStatus.WITHDRAWN:
            continue
        for row in list(rows.filter(Q(claim__domain=domain), organization=organization)):
            opened += _open(row.signature, DOMAIN_LOST)
    return opened


def _open(signature: Signature, cause: str) -> int:
    cases.open_case(signature, Reason.EVIDENCE_LOST, detail=cause)
    return 1
