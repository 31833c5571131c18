"""Taking people out of snapshots: whoever withdrew, hid their line or was removed becomes a tombstone in every file;
and so does a line that was corrected since, where its signatory asked for it (earlier.py).

The counts of a snapshot stay. First the names are gone from the folder, then the files are made anew without them; the
hash of each before and after is kept, and nothing of whom it was about.
"""

import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from letters.press import corrections, earlier, snapshots, turns
from letters.press.kit import making, registry
from letters.press.kit.making import KEPT, SERVED, Made
from letters.press.kit.source import ROWS, line_of, tombstone
from letters.press.models import CorrectionKind, EarlierLine, Redaction, Snapshot, SnapshotFile
from letters.signatures.models import AnonymousLine, Signature

logger = logging.getLogger(__name__)

OVERLAP = timedelta(seconds=30)
"""A change is seen although its transaction committed after a later one was looked at, or by a clock that differs."""
LOOKED = "looked.json"
GONE = ("asked", "removed")


@dataclass
class Known:
    """What became of rows of a snapshot: ``gone`` for good, ``masked`` while a line is held, ``absent`` never in it.
    ``earlier`` are empty although their lines stand, as something else; ``same`` are requests of those that say what
    they say today. ``why`` they went, "asked" or "other", is known
    until the files are made anew."""

    gone: set[str] = field(default_factory=set)
    masked: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    earlier: set[str] = field(default_factory=set)
    same: set[str] = field(default_factory=set)
    why: set[str] = field(default_factory=set)

    @property
    def amount(self) -> int:
        return len(self.gone) + len(self.masked)


def run(*, now: datetime | None = None) -> int:
    """Take out of all snapshots whoever is no longer shown, and make the files anew; returns how many snapshots were
    touched. Safe to run twice or at once: each snapshot is worked on by one worker."""
    now = now or timezone.now()
    looked = list(_changed())
    stuck = {row.pk for row in looked} - _each(looked, partial(_look, now=now))
    # Made anew now, those would have the names again.
    rows = Snapshot.objects.kept().filter(is_whole=False).exclude(pk__in=stuck).select_related("letter", "version")
    return len(_each(list(rows.order_by("-as_of")), _make_anew))


def _each(rows: Iterable[Snapshot], act: Callable[[Snapshot], None]) -> set[int]:
    """One after another, each by one worker; returns which went well. One that cannot be written holds up no other, and
    shows nobody while it cannot: its files with names are deleted, which also makes room."""
    done = set()
    for row in rows:
        with turns.lease(row) as is_ours:
            if not is_ours:
                continue
            try:
                act(row)
                done.add(row.pk)
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or type(error).__name__
                logger.error("snapshot %s: nobody can be taken out of it at the moment: %s", row.public_id, reason)
                _take_down(row)
    return done


def _changed() -> "Iterator[Snapshot]":
    """Snapshots of which a row that may be in them changed since they were looked at, or shall be empty because it
    says something else now. One query."""
    rows = Signature.objects.filter(
        version=OuterRef("version"),
        changed_at__gt=OuterRef("looked_at") - OVERLAP,
        confirmed_at__lte=OuterRef("as_of") + OVERLAP,
    ).exclude(state="pending")
    asked = EarlierLine.objects.filter(
        signature__version=OuterRef("version"), asked_at__gt=OuterRef("looked_at") - OVERLAP
    )
    kept = Snapshot.objects.kept().filter(Exists(rows) | Exists(asked))
    return kept.select_related("letter", "version").iterator()


def _look(row: Snapshot, now: datetime) -> None:
    """Take the names out of one snapshot's folder; its files with names are gone until they are made anew."""
    path = snapshots.folder_of(row) / KEPT / LOOKED
    known = _known(path)
    wanted = _wanted(row, known)
    change = _change(row, known, wanted)
    if not change.is_empty:
        found, emptied = _rewrite(snapshots.folder_of(row), change)
        known.absent |= (change.gone | change.masked) - found
        known.earlier = (known.earlier | emptied) - change.gone
        known.masked = (known.masked | (change.masked & found)) - change.shown - change.gone - emptied
        known.gone |= change.gone & found
        known.same |= {mark for one, mark in change.marks.items() if one not in emptied}
        asked = {one for one, state in wanted.items() if state == "asked"} | emptied
        known.why |= {"asked" if one in asked else "other" for one in found}
        if found:
            _take_down(row, known)
        _write(path, known)
    Snapshot.objects.filter(pk=row.pk).update(looked_at=now)


@dataclass(frozen=True)
class _Change:
    """What becomes of rows: ``gone`` are emptied, ``masked`` and ``shown`` are held and released, and those of
    ``today`` are emptied where they say something else than these cells; ``marks`` of their requests."""

    gone: set[str]
    masked: set[str]
    shown: set[str]
    today: dict[str, Mapping[str, str]]
    marks: dict[str, str]

    @property
    def is_empty(self) -> bool:
        return not (self.gone or self.masked or self.shown or self.today)


def _change(row: Snapshot, known: Known, wanted: Mapping[str, str]) -> _Change:
    ended, empty = known.gone | known.absent, known.gone | known.earlier
    asked = earlier.wanted(row, _since(row), done=known.same)
    today = {one: found for one, found in asked.items() if one not in empty and wanted.get(one) not in GONE}
    return _Change(
        gone={one for one, state in wanted.items() if state in GONE} - ended,
        masked={one for one, state in wanted.items() if state == "masked"} - known.masked - ended - known.earlier,
        shown={one for one, state in wanted.items() if state == "shown"} & known.masked,
        today={one: cells for one, (_mark, cells) in today.items()},
        marks={one: mark for one, (mark, _cells) in today.items()},
    )


def _since(row: Snapshot) -> datetime:
    return (row.looked_at or row.asked_at) - OVERLAP


def _wanted(row: Snapshot, known: Known) -> dict[str, str]:
    """{signature: "shown", "masked", "asked" or "removed"} of every row that changed since the snapshot was looked at
    and is not shown, or was masked; "asked" means gone at the signatory's own request. Others may be a million."""
    until = (row.as_of or row.asked_at) + OVERLAP
    changed = Signature.objects.filter(version=row.version, changed_at__gt=_since(row), confirmed_at__lte=until)
    changed = changed.exclude(state="pending")
    off = ~Q(state="confirmed") | Q(hidden_at__isnull=False) | ~Q(held_reason="")
    rows = changed.filter(off | Q(public_id__in=known.masked))
    found = {
        str(public_id): _state(state, hidden_at, held)
        for public_id, state, hidden_at, held in rows.values_list("public_id", "state", "hidden_at", "held_reason")
    }
    # Also of those who are named again: their line without a name has ended.
    lines = AnonymousLine.objects.filter(signature__in=changed).select_related("signature")
    return found | {str(line.public_id): _state_of_line(line) for line in lines}


def _state_of_line(line: AnonymousLine) -> str:
    """A line without a name that is checked anew is masked meanwhile; one that ended is gone for good."""
    if line.signature.state == "removed":
        return "removed"
    if line.ended_at is not None:
        return "asked"
    return "masked" if line.signature.held_reason or line.checked_at is None else "shown"


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


def _rewrite(folder: Path, change: _Change) -> tuple[set[str], set[str]]:
    """Empty, mask or unmask rows of what is kept; returns those that are there, and of ``today`` those that are empty
    now. Flat memory."""
    path, found, emptied = folder / KEPT / ROWS, set(), set()
    part = path.with_suffix(".part")
    with path.open(encoding="utf-8") as before, part.open("w", encoding="utf-8") as after:
        for line in before:
            kept = json.loads(line)
            signature_id = kept["v"]["signature_id"]
            is_other = signature_id in change.today and earlier.differs(kept["v"], change.today[signature_id])
            if signature_id in change.gone or is_other:
                line = line_of(tombstone(signature_id, {}))
                emptied |= {signature_id} if is_other else set()
            elif signature_id in change.masked or signature_id in change.shown:
                kept.pop("masked", None)
                kept |= {"masked": True} if signature_id in change.masked else {}
                line = json.dumps(kept, ensure_ascii=False) + "\n"
            else:
                after.write(line)
                continue
            found.add(signature_id)
            after.write(line)
    if found:
        os.replace(part, path)
    else:
        part.unlink()
    return found, emptied


def make_again(row: Snapshot) -> None:
    """Have all files with names of a snapshot made anew by the next ``run``, and count again who is empty in it."""
    _take_down(row, _known(snapshots.folder_of(row) / KEPT / LOOKED))


def _take_down(row: Snapshot, known: Known | None = None) -> None:
    counts = {"redacted_count": known.amount, "earlier_count": len(known.earlier)} if known else {}
    with transaction.atomic():
        row.files.filter(has_names=True).update(is_kept=False)
        Snapshot.objects.filter(pk=row.pk).update(is_whole=False, **counts)
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
        file.note, file.rows = one.note, one.rows
        file.save(update_fields=["sha256", "size_bytes", "is_kept", "refusal", "note", "rows"])
