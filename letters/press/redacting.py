"""Taking people out of snapshots: whoever withdrew, hid their line or was removed becomes a tombstone in every file.

The counts of a snapshot stay. First the names are gone from the folder, then the files are made anew without them; the
hash of each before and after is kept, and nothing of whom it was about.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from letters.press import corrections, snapshots, turns
from letters.press.kit import making, registry
from letters.press.kit.making import KEPT, SERVED, Made
from letters.press.kit.source import ROWS, line_of, tombstone
from letters.press.models import CorrectionKind, Redaction, Snapshot, SnapshotFile
from letters.signatures.models import Signature

OVERLAP = timedelta(seconds=30)
"""A change is seen although its transaction committed after a later one was looked at, or by a clock that differs."""
LOOKED = "looked.json"
GONE = ("asked", "removed")


@dataclass
class Known:
    """What became of rows of a snapshot: ``gone`` for good, ``masked`` while a line is held, ``absent`` never in it.
    ``why`` they went, "asked" or "other", is known until the files are made anew."""

    gone: set[str] = field(default_factory=set)
    masked: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    why: set[str] = field(default_factory=set)

    @property
    def amount(self) -> int:
        return len(self.gone) + len(self.masked)


def run(*, now: datetime | None = None) -> int:
    """Take out of all snapshots whoever is no longer shown, and make the files anew; returns how many snapshots were
    touched. Safe to run twice or at once: each snapshot is worked on by one worker."""
    now = now or timezone.now()
    for row in list(_changed()):
        with _lease(row) as is_ours:
            if is_ours:
                _look(row, now)
    done = 0
    for row in list(
        Snapshot.objects.ready().filter(is_whole=False).select_related("letter", "version").order_by("-as_of")
    ):
        with _lease(row) as is_ours:
            if is_ours:
                _make_anew(row)
                done += 1
    return done


@contextmanager
def _lease(row: Snapshot) -> Iterator[bool]:
    """True for the one worker that may touch the folder; one that died loses its turn after five minutes."""
    now = timezone.now()
    free = Q(started_at__lt=now - turns.STUCK_AFTER) | Q(started_at__lte=row.ready_at)
    is_ours = bool(Snapshot.objects.filter(free, pk=row.pk).update(started_at=now))
    try:
        yield is_ours
    finally:
        if is_ours:
            Snapshot.objects.filter(pk=row.pk).update(started_at=row.ready_at)


def _changed() -> "Iterator[Snapshot]":
    """Snapshots of which a row that may be in them changed since they were looked at. One query."""
    rows = Signature.objects.filter(
        version=OuterRef("version"),
        changed_at__gt=OuterRef("looked_at") - OVERLAP,
        confirmed_at__lte=OuterRef("as_of") + OVERLAP,
    ).exclude(state="pending")
    return Snapshot.objects.ready().filter(Exists(rows)).select_related("letter", "version").iterator()


def _look(row: Snapshot, now: datetime) -> None:
    """Take the names out of one snapshot's folder; its files with names are gone until they are made anew."""
    path = snapshots.folder_of(row) / KEPT / LOOKED
    known, wanted = _known(path), _wanted(row)
    gone = {one for one, state in wanted.items() if state in GONE} - known.gone - known.absent
    masked = {one for one, state in wanted.items() if state == "masked"} - known.masked - known.gone - known.absent
    shown = {one for one, state in wanted.items() if state == "shown"} & known.masked
    if gone or masked or shown:
        found = _rewrite(snapshots.folder_of(row), gone, masked, shown)
        known.absent |= (gone | masked) - found
        known.masked = (known.masked | (masked & found)) - shown - gone
        known.gone |= gone & found
        known.why |= {"asked" if wanted[one] == "asked" else "other" for one in found}
        if found:
            _take_down(row, known)
        _write(path, known)
    Snapshot.objects.filter(pk=row.pk).update(looked_at=now)


def _wanted(row: Snapshot) -> dict[str, str]:
    """{signature: "shown", "masked", "asked" or "removed"} of every row that changed since the snapshot was looked at;
    "asked" means gone at the signatory's own request."""
    since = (row.looked_at or row.asked_at) - OVERLAP
    until = (row.as_of or row.asked_at) + OVERLAP
    rows = Signature.objects.filter(version=row.version, changed_at__gt=since, confirmed_at__lte=until).exclude(
        state="pending"
    )
    return {
        str(public_id): _state(state, hidden_at, held)
        for public_id, state, hidden_at, held in rows.values_list("public_id", "state", "hidden_at", "held_reason")
    }


def _state(state: str, hidden_at: datetime | None, held_reason: str) -> str:
    if state == "removed":
        return "removed"
    if state != "confirmed" or hidden_at is not None:
        return "asked"
    return "masked" if held_reason else "shown"


def _known(path: Path) -> Known:
    try:
        found: Mapping[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Known()
    return Known(**{name: set(ids) for name, ids in found.items()})


def _rewrite(folder: Path, gone: set[str], masked: set[str], shown: set[str]) -> set[str]:
    """Empty, mask or unmask rows of what is kept; returns those that are there. Flat memory."""
    path, found = folder / KEPT / ROWS, set()
    part = path.with_suffix(".part")
    with path.open(encoding="utf-8") as before, part.open("w", encoding="utf-8") as after:
        for line in before:
            kept = json.loads(line)
            signature_id = kept["v"]["signature_id"]
            if signature_id in gone:
                line = line_of(tombstone(signature_id, {}))
            elif signature_id in masked or signature_id in shown:
                kept.pop("masked", None)
                line = (
                    json.dumps(kept | ({"masked": True} if signature_id in masked else {}), ensure_ascii=False) + "\n"
                )
            else:
                after.write(line)
                continue
            found.add(signature_id)
            after.write(line)
    if found:
        os.replace(part, path)
    else:
        part.unlink()
    return found


def _take_down(row: Snapshot, known: Known) -> None:
    with transaction.atomic():
        row.files.filter(has_names=True).update(is_kept=False)
        Snapshot.objects.filter(pk=row.pk).update(is_whole=False, redacted_count=known.amount)
    for file in row.files.filter(has_names=True):
        making.remove(snapshots.folder_of(row) / SERVED / file.name)


def _write(path: Path, known: Known) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps({name: sorted(ids) for name, ids in vars(known).items()}), encoding="utf-8")
    os.replace(part, path)


def _make_anew(row: Snapshot) -> None:
    """Make the files of a snapshot without those who are gone, and note every hash that changed."""
    folder = snapshots.folder_of(row)
    source = making.source_of(folder)
    files = {file.name: file for file in row.files.all()}
    for file in files.values():
        if not file.has_names and not file.refusal:
            source.sums[file.name], source.sizes[file.name] = file.sha256, file.size_bytes
    wanted = [file for file in registry.files_of(source) if file.has_names and file.name in files]
    made = []
    for one in making.make(folder, source, wanted, sign=snapshots.signer_of(row.letter, source)):
        made.append(one)
        Snapshot.objects.filter(pk=row.pk).update(started_at=timezone.now())  # still at it
    path = folder / KEPT / LOOKED
    known = _known(path)
    with transaction.atomic():
        _note(row, made, files, code="" if known.why == {"asked"} else "other")
        Snapshot.objects.filter(pk=row.pk).update(is_whole=True)
    snapshots.log_files(row.letter, made)
    known.why = set()
    _write(path, known)


def _note(row: Snapshot, made: list[Made], files: Mapping[str, SnapshotFile], *, code: str) -> None:
    """Keep the hash of each file before and after, and put the list's own into the corrections of the letter."""
    now = timezone.now()
    for one in made:
        file = files[one.name]
        if one.sha256 != file.sha256:
            hashes = {"old_sha256": file.sha256, "new_sha256": one.sha256}
            Redaction.objects.create(file=file, made_at=now, **hashes)
            if one.name == "signatories.csv":
                detail = {"as_of": row.label, "file": one.name, **hashes}
                corrections.record(row.letter, CorrectionKind.REDACTION, version=row.version, code=code, detail=detail)
        file.sha256, file.size_bytes, file.is_kept, file.refusal = one.sha256, one.size_bytes, True, one.refusal
        file.note = one.note
        file.save(update_fields=["sha256", "size_bytes", "is_kept", "refusal", "note"])
