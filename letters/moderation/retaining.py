"""Forgetting on time: files, notes and disputes go when nobody needs them to decide any more."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from letters.moderation import bulking, importing, networks
from letters.moderation.models import BulkDecision, BulkItem, BulkState, Case, Decision, Dispute, Upload

AFTER_DECISION = timedelta(days=14)
WITHOUT_DECISION = timedelta(days=90)
UNCONFIRMED = timedelta(days=7)
PREVIEWS_KEPT = timedelta(days=1)
WORDS_KEPT = timedelta(days=90)  # beyond the thirty days in which one may appeal


def run(*, now: datetime | None = None) -> dict[str, int]:
    """Do every deletion that is due; returns how many rows each rule touched. Idempotent."""
    now = now or timezone.now()
    lapsed = bulking.lapse_due(now=now)
    decided = Q(case__closed_at__lt=now - AFTER_DECISION)
    stale = Q(uploaded_at__lt=now - WITHOUT_DECISION)
    unanswered = Q(confirmed_at__isnull=True, asked_at__lt=now - UNCONFIRMED)
    over = Q(case__closed_at__lt=now - WORDS_KEPT) | Q(case__isnull=True, confirmed_at__lt=now - WORDS_KEPT)
    texts = ~Q(note="") | ~Q(words="") | ~Q(source_url="")
    over_bulks = BulkDecision.objects.filter(ended_at__lt=now - WORDS_KEPT)
    previews = BulkDecision.objects.filter(state=BulkState.PREVIEWED, counted_at__lt=now - PREVIEWS_KEPT)
    return {
        "bulk_lapsed": lapsed,
        "bulk_rows": BulkItem.objects.filter(bulk__in=over_bulks).delete()[0],
        "bulk_words": over_bulks.exclude(note="", conditions={}).update(note="", conditions={}),
        "bulk_previews": previews.delete()[0],
        "networks": networks.forget_old(now=now),
        "lists": importing.forget_old(),
        "uploads": Upload.objects.filter(decided | stale).delete()[0],
        "disputes": Dispute.objects.filter(unanswered | over).delete()[0],
        "words": Case.objects.filter(texts, closed_at__lt=now - WORDS_KEPT).update(note="", words="", source_url=""),
        "settled": Case.objects.filter(decision=Decision.SETTLED, closed_at__lt=now - WORDS_KEPT).delete()[0],
    }
