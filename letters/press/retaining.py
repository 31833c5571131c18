"""Forgetting on time in this room, by one job that is safe to run twice."""

from datetime import datetime, timedelta

from django.utils import timezone

from letters.press import archives, embargoes, following, relaying, thinning
from letters.press.models import Archive, Export, Snapshot

EXPORTS_KEPT = timedelta(days=365)
"""As long as the audit trail."""
ARCHIVES_KEPT = timedelta(days=365)


def run(*, now: datetime | None = None) -> dict[str, int]:
    """Do every deletion that is due; returns how many rows or files each rule touched."""
    now = now or timezone.now()
    return {
        "archives": archives.expire(now=now),
        "archive_rows": Archive.objects.filter(asked_at__lt=now - ARCHIVES_KEPT).delete()[0],
        "correction_readers": following.forget(now=now),
        "snapshot_askers": Snapshot.objects.filter(asked_at__lt=now - ARCHIVES_KEPT, asked_by__isnull=False).update(
            asked_by=None
        ),
        "snapshot_files": thinning.run(now=now),
        "embargo_accesses": embargoes.forget(now=now),
        "questions": relaying.purge(now=now),
        "exports": Export.objects.filter(made_at__lt=now - EXPORTS_KEPT).delete()[0],
    }
