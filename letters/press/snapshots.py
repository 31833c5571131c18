"""Snapshots: the list kept as it was at one moment, with every file that newsrooms are given of it.

Asked for at the desk, made at milestones and once a day while the letter is open, by a worker one after another. What a
snapshot counts never changes; redacting.py takes out of its files whoever is no longer shown.
"""

import errno
import logging
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet, Sum
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.documents import texts
from letters.documents.models import Letter
from letters.ledger import audit
from letters.outreach.models import Milestone
from letters.press import logged, proofs, sequencing, turns
from letters.press.archiving import one_moment
from letters.press.kit import making, registry
from letters.press.kit.making import Made
from letters.press.kit.source import Source
from letters.press.logged import NotSettled
from letters.press.models import Snapshot, SnapshotFile, SnapshotReason, SnapshotState
from letters.press.tasks import make_snapshots
from letters.signatures import counting, sentences
from letters.signatures.models import Signature, Tally

logger = logging.getLogger(__name__)

EVERY = timedelta(days=1)
AGAIN_AFTER = timedelta(hours=1)
"""After one that failed, none is made by itself for so long."""
IN_WORK = (SnapshotState.WAITING, SnapshotState.RUNNING)
LOGGED = ("signatories.csv", "signatories.xlsx", "signatories.json")
"""Files whose hashes go into the public ledger."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
RESERVE_BYTES = 100_000_000
"""What a snapshot leaves free on its disk."""
LABEL = "%Y-%m-%dT%H%MZ"


class NotPublic(RuleError):
    code = "not-public"
    default = _("Only a letter that readers can see has snapshots. Launch it first.")


class NamesHidden(RuleError):
    code = "names-hidden"
    default = _("The names of this letter are not shown at the moment, so its list cannot be kept. Show them first.")


class AlreadyAsked(RuleError):
    code = "already-asked"
    default = _("A snapshot of this letter is being made already. It stands here as soon as it is ready.")


class FilesRemoved(RuleError):
    code = "files-removed"

    def __init__(self, moment: datetime) -> None:
        super().__init__(
            gettext(
                "The files of this snapshot were removed on {day}, because daily snapshots are thinned out with time. "
                "Its page keeps number, time, counts and the hash of every file; newer files are in the press room."
            ).format(day=date_format(moment.astimezone(UTC), "j F Y"))
        )


class NoRoom(RuleError):
    code = "no-room"
    default = _("The disk of this site is nearly full, so no snapshot was made. Its operators must make room first.")


class BeingMadeAnew(RuleError):
    code = "being-made-anew"
    default = _(
        "Somebody in this file is no longer shown. It is being made anew without them: come back in a minute. The "
        "count of the snapshot stays."
    )


def ask(letter: Letter, *, by: User | None = None, reason: str = SnapshotReason.ASKED) -> Snapshot:
    """Have the list kept as it is at the moment when the worker begins. The worker is woken after commit; what an
    organiser asked for is audited.

    Raises:
        NotPublic: readers do not see the letter.
        NamesHidden: they do not see its names.
        AlreadyAsked: one is being made.
    """
    if not letter.is_public:
        raise NotPublic
    if not letter.shows_names:
        raise NamesHidden
    try:
        with transaction.atomic():
            row = Snapshot.objects.create(letter=letter, reason=reason, asked_by=by, asked_at=timezone.now())
            if by is not None:
                audit.record(audit.Action.SNAPSHOT_ASKED, row, by=f"user:{by.pk}")
            make_snapshots.delay_on_commit()  # type: ignore[attr-defined] # the stubs know plain Celery
    except IntegrityError:
        raise AlreadyAsked from None
    return row


def ask_due(*, now: datetime | None = None) -> int:
    """Ask for the snapshots that are due by themselves; returns how many. Safe to run twice.

    The first of every text that somebody signed, one at each milestone, one a day while the letter is open and its
    list changed, and a last one when it ended.
    """
    done = 0
    for letter in _candidates():
        reason = _due(letter, now or timezone.now())
        if reason:
            try:
                ask(letter, reason=reason)
                done += 1
            except RuleError:
                continue  # another worker was faster, or the letter moved this instant
    return done


def _candidates() -> "QuerySet[Letter]":
    """Public letters that show names and are signed, with nothing in work."""
    signed = Tally.objects.filter(version=OuterRef("version"), persons__gt=0)
    signed |= Tally.objects.filter(version=OuterRef("version"), organizations__gt=0)
    working = Snapshot.objects.filter(letter=OuterRef("pk"), state__in=IN_WORK)
    return Letter.objects.public().filter(Exists(signed), ~Exists(working), names_hidden_at__isnull=True)


def _due(letter: Letter, now: datetime) -> str:
    if Snapshot.objects.filter(letter=letter, state=SnapshotState.FAILED, asked_at__gt=now - AGAIN_AFTER).exists():
        return ""
    last = newest(letter)
    if last is None or last.version_id != letter.version_id:
        return SnapshotReason.FIRST
    as_of: datetime = last.as_of  # type: ignore[assignment] # one that is ready has it
    if Milestone.objects.filter(letter=letter, reached_at__gt=as_of).exists():
        return SnapshotReason.MILESTONE
    ended = letter.closed_at is not None and as_of < letter.closed_at
    rests = not ended and (as_of > now - EVERY or not letter.is_open)
    if rests or not changed_since(letter, as_of):
        return ""
    return SnapshotReason.CLOSED if ended else SnapshotReason.DAILY


def changed_since(letter: Letter, moment: datetime) -> bool:
    """True when a line of the present text came, went or changed since then. One query."""
    rows = Signature.objects.filter(version=letter.version, changed_at__gt=moment)
    return rows.exclude(state="pending").exists()


def newest(letter: Letter) -> Snapshot | None:
    """The last one that is ready; it has its files. One query."""
    return Snapshot.objects.ready().filter(letter=letter).order_by("-as_of").first()


def folder_of(row: Snapshot) -> Path:
    """Where its files lie; web servers and workers share DATA_DIR."""
    return Path(settings.DATA_DIR) / "snapshots" / str(row.public_id)


def make_waiting(*, now: datetime | None = None) -> int:
    """Make every snapshot that waits, or was left unfinished by a worker that died; returns how many. Safe to run
    twice. Two of one letter are a minute apart, because the minute is their address."""
    done, tried = 0, set[int]()
    while (row := _take(now or timezone.now(), tried)) is not None:
        tried.add(row.pk)
        done += _make(row, row.started_at or timezone.now())
    return done


def _take(now: datetime, tried: set[int]) -> Snapshot | None:
    this_minute = Snapshot.objects.filter(letter=OuterRef("letter"), label=now.astimezone(UTC).strftime(LABEL))
    rows = Snapshot.objects.exclude(Exists(this_minute.exclude(pk=OuterRef("pk")))).exclude(pk__in=tried)
    return turns.take(rows.select_related("letter", "asked_by"), now, is_busy=_is_being_made)


def _is_being_made(row: Snapshot, now: datetime) -> bool:
    """True while a worker is at it: something in the folder was written a moment ago."""
    times = [path.stat().st_mtime for path in folder_of(row).rglob("*") if path.is_file()]
    return now.timestamp() - max(times, default=0) < turns.STUCK_AFTER.total_seconds()


def _make(row: Snapshot, now: datetime) -> bool:
    """True unless it has to wait for the log."""
    folder = folder_of(row)
    try:
        shutil.rmtree(folder, ignore_errors=True)
        _check_room(row)
        _keep(row, now)
        source = making.source_of(folder)
        made = list(making.make(folder, source, registry.files_of(source), sign=signer_of(row.letter, source)))
        if _finish(row, made):
            log_files(row.letter, made)
    except NotSettled:
        _wait(row)
        return False
    except RuleError as error:
        row.failure = error.code
        _fail(row)
    except OSError as error:  # a full disk above all: what was written is deleted again
        logger.error("snapshot %s failed: %s", row.public_id, error.strerror)
        row.failure = NoRoom.code if error.errno in FULL else ""
        _fail(row)
    except Exception as error:
        logger.exception("snapshot %s failed (%s)", row.public_id, type(error).__name__)
        _fail(row)
    return True


def _check_room(row: Snapshot) -> None:
    """Raises NoRoom unless twice as much as the last snapshot took fits beside what everything else needs."""
    last = newest(row.letter)
    taken = last.files.aggregate(size=Sum("size_bytes"))["size"] or 0 if last is not None else 0
    folder = folder_of(row).parent  # perhaps a disk of its own
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < RESERVE_BYTES + 2 * taken:
        logger.error("snapshot %s was not made: %s is nearly full", row.public_id, folder)
        raise NoRoom


def _keep(row: Snapshot, now: datetime) -> None:
    """Read everything as of one moment into the folder, and the numbers into the row. Raises NotSettled when the log
    does not follow."""
    for tries_left in range(logged.TRIES - 1, -1, -1):
        sequencing.run(wait=True)
        try:
            return _keep_once(row, now)
        except NotSettled:
            if not tries_left:
                raise
    return None


def _keep_once(row: Snapshot, now: datetime) -> None:
    with one_moment():
        letter = texts.fresh(row.letter)
        if letter.version is None or not letter.is_public:
            raise NotPublic
        if not letter.shows_names:
            raise NamesHidden
        version = letter.version
        version.letter = letter
        now = max(now, timezone.now())  # read after the moment: whoever is in the list was confirmed before
        with translation.override(letter.interface_language):
            shown = texts.shown_of(version)
            proof = logged.proof_of(letter, version)
            tally = counting.count_now(version, now=now, without=proof.left_out if proof else ())
            count = sentences.count_of(tally, shown.title)
        row.version, row.as_of, row.looked_at = version, now, now
        row.label = now.astimezone(UTC).strftime(LABEL)
        row.number = (Snapshot.objects.filter(letter=letter).aggregate(n=Max("number"))["n"] or 0) + 1
        row.text_label, row.text_sha256 = texts.label_of(shown), shown.sha256
        row.persons, row.organizations = count.persons, count.organizations
        what = making.Kept(letter, version, count, row.number, row.label, proof)
        making.keep(folder_of(row), what, progress=partial(turns.note, row))


@transaction.atomic
def _finish(row: Snapshot, made: Iterable[Made]) -> bool:
    """Let readers have it, unless another worker has taken the row meanwhile: then the files are that one's."""
    if not turns.is_ours(row):
        return False
    row.count = making.source_of(folder_of(row)).head["count"]
    row.state, row.ready_at = SnapshotState.READY, timezone.now()
    row.done_count = row.total_count = row.persons + row.organizations
    row.save()
    SnapshotFile.objects.bulk_create(file_row(row, place, one) for place, one in enumerate(made))
    return True


def signer_of(letter: Letter, source: Source) -> making.Sign | None:
    """Signs lists of hashes with the key of the letter's log; None where no log covers the list."""
    return None if source.ledger is None else partial(proofs.signed, letter)


def log_files(letter: Letter, made: Iterable[Made]) -> None:
    """Put the hashes of the list into the public ledger."""
    files = [(one.name, one.rows, one.sha256, one.size_bytes) for one in made if one.name in LOGGED and one.sha256]
    sequencing.append_exports(letter, [(name, rows or 0, sha256, size) for name, rows, sha256, size in files])


def _wait(row: Snapshot) -> None:
    """Try again with the next look: the log is behind at the moment."""
    Snapshot.objects.filter(pk=row.pk, started_at=row.started_at).update(state=SnapshotState.WAITING)


def file_row(row: Snapshot, place: int, made: Made) -> SnapshotFile:
    return SnapshotFile(
        snapshot=row, place=place, name=made.name, rows=made.rows, size_bytes=made.size_bytes, sha256=made.sha256,
        has_names=made.has_names, refusal=made.refusal, note=made.note,
    )  # fmt: skip


@transaction.atomic
def _fail(row: Snapshot) -> None:
    if turns.is_ours(row):
        shutil.rmtree(folder_of(row), ignore_errors=True)
        failed = {"state": SnapshotState.FAILED, "failure": row.failure, "done_count": 0, "total_count": 0}
        Snapshot.objects.filter(pk=row.pk).update(**failed)


def path_of(file: SnapshotFile) -> Path:
    """Where one file of a snapshot that is ready lies.

    Raises:
        FilesRemoved: only numbers and hashes are left of this snapshot.
        NamesHidden: the organisers do not show the names at the moment.
        BeingMadeAnew: somebody in it is no longer shown, and the file without them is not there yet.
        RuleError: there is no such file, for the reason that the table of downloads names.
    """
    if not file.snapshot.letter.shows_names:
        raise NamesHidden
    if file.snapshot.files_removed_at is not None:
        raise FilesRemoved(file.snapshot.files_removed_at)
    if file.refusal:
        raise RuleError(file.refusal, code="no-file")
    if not file.is_kept:
        raise BeingMadeAnew
    path = folder_of(file.snapshot) / making.SERVED / file.name
    if not path.is_file():
        raise BeingMadeAnew
    return path
