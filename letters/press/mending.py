"""Snapshots and their rows after a restore, or after a clock that was set back: each folder is looked at anew, and
files that are not what their row says are made anew."""

import hashlib
from collections.abc import Callable

from django.db.models import F

from letters.press import redacting, snapshots
from letters.press.kit.making import KEPT, SERVED, chunks_of
from letters.press.kit.source import ROWS
from letters.press.models import Snapshot


def look_again() -> int:
    """Have every row that changed since a snapshot was made looked at once more; returns of how many snapshots. What is
    in order is left alone. For every night: a clock that was set back hides who left meanwhile."""
    return Snapshot.objects.kept().update(looked_at=F("as_of"))


def run(*, tell: Callable[[str], object]) -> int:
    """After a restore: compare every file with names with its row, have those that differ made anew, and take out of
    all folders whoever left; returns how many snapshots were made anew. Safe to repeat. Reads every file once.

    A backup of the database knows hashes of before somebody was taken out, one of the folders has the names again.
    """
    look_again()
    for row in Snapshot.objects.kept().select_related("letter", "version"):
        folder, name = snapshots.folder_of(row), f"Snapshot {row.label} of {row.letter.slug}"
        if not (folder / KEPT / ROWS).is_file():
            tell(f"{name}: {folder} is lost. Put it back from a copy.")
        elif row.is_whole and not _is_as_said(row):
            redacting.make_again(row)
            tell(f"{name}: its files are not what the database says; they are made anew.")
    return redacting.run()


def _is_as_said(row: Snapshot) -> bool:
    for file in row.files.filter(has_names=True, is_kept=True, refusal=""):
        path = snapshots.folder_of(row) / SERVED / file.name
        if not path.is_file() or path.stat().st_size != file.size_bytes:
            return False
        digest = hashlib.sha256()
        for chunk in chunks_of(path):
            digest.update(chunk)
        if digest.hexdigest() != file.sha256:
            return False
    return True
