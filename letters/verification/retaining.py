"""Forgetting what checks leave behind, as the privacy notice promises; one job that is safe to run twice."""

from datetime import datetime, timedelta

from django.utils import timezone

from letters.documents.models import Letter
from letters.verification import checking
from letters.verification.models import Evidence

VOIDED_KEPT = timedelta(days=30)  # for those who ask why a sentence went away


def run(*, now: datetime | None = None) -> dict[str, int]:
    """Do every deletion that is due; returns how many rows each rule touched."""
    now = now or timezone.now()
    return {"checks": checking.forget_old(now), "voided": forget_voided(now), "identities": forget_identities(now)}


def forget_voided(now: datetime) -> int:
    """Delete evidence that was taken back thirty days ago."""
    return Evidence.objects.filter(voided_at__lt=now - VOIDED_KEPT).delete()[0]


def forget_identities(now: datetime) -> int:
    """Drop the keyed hashes of identities of a letter thirty days after it closed, together with its addresses: nobody
    can sign twice any more."""
    known = Evidence.objects.filter(subject_index__isnull=False, letter__in=Letter.objects.long_closed(now))
    return known.update(subject_index=None)
