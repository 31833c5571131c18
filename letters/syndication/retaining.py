"""Forgetting on time in this room, by one job that is safe to run twice."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from letters.syndication.enums import CallState
from letters.syndication.models import Call, Notice, Token

CALLS_KEPT = timedelta(days=30)
TOKENS_KEPT = timedelta(days=365)
"""After their end, as long as the audit trail."""


def run(*, now: datetime | None = None) -> dict[str, int]:
    """Do every deletion that is due; returns how many rows each rule touched."""
    now = now or timezone.now()
    ended = Q(revoked_at__lt=now - TOKENS_KEPT) | Q(expires_at__lt=now - TOKENS_KEPT)
    over = Call.objects.filter(created_at__lt=now - CALLS_KEPT).exclude(state=CallState.SENDING)
    return {
        "calls": over.delete()[0],
        "tokens": Token.objects.filter(ended).delete()[0],
        "notices": Notice.objects.filter(created_at__lt=now - CALLS_KEPT).delete()[0],
    }
