"""What the site's clock does within a minute, done at once; the site's worker does the same beside each journey."""

import time

from django.db import connection, transaction

from letters.documents.models import Letter
from letters.press import redacting, sequencing, snapshots
from letters.press.models import Snapshot, SnapshotState
from letters.signatures import counting
from tests.journeys.acts import PATIENCE_SECONDS


def count() -> None:
    """Count what was signed. Where the worker is counting at this moment, ``counting.refresh`` would leave it to that
    one, which may have looked before the last signature; so wait for it and count after it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [counting.COUNT_LOCK])  # the same session may take it again
        counting.refresh()


def snapshot(letter: Letter) -> Snapshot:
    """Count, log, take out whoever left, and keep the list as it stands now. The worker was woken too and may be the
    one that makes it, or a line may be locked and its entry wait: so until it is ready."""
    count()
    row = snapshots.ask(Letter.objects.get(pk=letter.pk))
    ends = time.monotonic() + PATIENCE_SECONDS
    while row.state != SnapshotState.READY:
        assert time.monotonic() < ends, f"the snapshot is {row.state}: {row.failure}"
        sequencing.run()
        redacting.run()
        snapshots.make_waiting()
        row.refresh_from_db()
    return row
