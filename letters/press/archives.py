"""Files that somebody asked for at the desk, archives and delivery packages: made by a worker one after another, and
deleted after three days, or as soon as something in one of them is no longer public."""

import hashlib
import logging
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.documents import texts
from letters.documents.models import Letter
from letters.ledger import audit
from letters.outreach import delivering
from letters.outreach.models import Package
from letters.press import archiving, packages, turns
from letters.press.models import Archive, ArchiveKind, ArchiveState
from letters.press.sinks import ZipSink
from letters.press.tasks import make_archives
from letters.signatures.models import PUBLIC, Signature

logger = logging.getLogger(__name__)

KEPT = timedelta(days=3)
IN_WORK = (ArchiveState.WAITING, ArchiveState.RUNNING)
FILES_SHOWN = 200
FAILURE_TOLD = timedelta(days=1)
"""How long the page says that the last package could not be made."""


class NotPublic(RuleError):
    code = "not-public"
    default = _("Only a letter that readers can see can be archived. Launch it first.")


class AlreadyAsked(RuleError):
    code = "already-asked"
    default = _("An archive of this letter is being made already. It stands here as soon as it is ready.")


class PackageAsked(RuleError):
    code = "package-asked"
    default = _("A package of this letter is being made already. It stands here as soon as it is ready.")


class Gone(RuleError):
    code = "gone"
    default = _("This file was deleted, or somebody in it is no longer shown. Make a new archive.")


class PackageGone(Gone):
    default = _(
        "This file was deleted. Have it made again below: that works as long as nobody in it withdrew or changed "
        "their line."
    )


def ask(letter: Letter, *, by: User) -> Archive:
    """Have an archive made. Audited; the worker is woken after commit.

    Raises:
        NotPublic: readers do not see the letter.
        AlreadyAsked: one is being made.
    """
    if not letter.is_public:
        raise NotPublic
    row = Archive(letter=letter, asked_by=by)
    try:
        return _ask(row)
    except IntegrityError:
        raise AlreadyAsked from None


def ask_package(letter: Letter, *, is_supplement: bool, by: User) -> Archive:
    """Have a new package made. Audited; the worker is woken after commit.

    Raises:
        PackageRefused: there can be none at the moment, or the supplement would name nobody.
        PackageAsked: one is being made.
    """
    planned = delivering.plan(texts.fresh(letter), is_supplement=is_supplement)
    delivering.refuse_empty(planned, packages.lines_of(planned).count() if is_supplement else 0)
    row = Archive(letter=letter, kind=ArchiveKind.PACKAGE, is_supplement=is_supplement, asked_by=by)
    try:
        return _ask(row)
    except IntegrityError:
        raise PackageAsked from None


def ask_again(package: Package, *, by: User) -> Archive:
    """Have the file of a package made once more; it is there if it is still the same. Audited.

    Raises:
        PackageRefused: the letter or its names are not shown.
        PackageAsked: one is being made.
    """
    delivering.plan(texts.fresh(package.letter), is_supplement=False)
    row = Archive(letter=package.letter, kind=ArchiveKind.PACKAGE, package=package, asked_by=by)
    try:
        return _ask(row)
    except IntegrityError:
        raise PackageAsked from None


@transaction.atomic
def _ask(row: Archive) -> Archive:
    row.asked_at = timezone.now()
    row.save(force_insert=True)
    audit.record(audit.Action.ARCHIVE_ASKED, row, by=f"user:{row.asked_by_id}", detail=row.kind)
    make_archives.delay_on_commit()  # type: ignore[attr-defined] # the stubs know plain Celery
    return row


def path_of(row: Archive) -> Path:
    """Where the file lies; web servers and workers share DATA_DIR."""
    return Path(settings.DATA_DIR) / "archives" / f"{row.public_id}.zip"


def make_waiting(*, now: datetime | None = None) -> int:
    """Make every file that waits, or was left unfinished by a worker that died; returns how many.

    Safe to run twice: each is taken by one worker. Files that are no longer true go first.
    """
    expire(now=now or timezone.now())
    done = 0
    while (row := _take(now or timezone.now())) is not None:
        _make(row)
        done += 1
    return done


def _take(now: datetime) -> Archive | None:
    return turns.take(Archive.objects.select_related("letter", "asked_by"), now, is_busy=_is_being_written)


def _part_of(row: Archive) -> Path:
    return path_of(row).with_suffix(".part")


def _is_being_written(row: Archive, now: datetime) -> bool:
    """True while a worker is at it: the unfinished file grows."""
    try:
        return now.timestamp() - _part_of(row).stat().st_mtime < turns.STUCK_AFTER.total_seconds()
    except FileNotFoundError:
        return False


def _make(row: Archive) -> None:
    part = _part_of(row)
    part.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)  # of a worker that died: should it live after all, it writes into nothing
    try:
        with part.open("w+b") as file:
            made = _write(row, file)
        with part.open("rb") as file:
            row.sha256, row.size_bytes = hashlib.file_digest(file, "sha256").hexdigest(), part.stat().st_size
        _finish(row, made)
    except RuleError as error:
        row.failure = error.code
        _fail(row)
    except Exception as error:
        logger.exception("%s %s failed (%s)", row.kind, row.public_id, type(error).__name__)
        _fail(row)


def _write(row: Archive, file: IO[bytes]) -> tuple[delivering.Plan, delivering.Made] | None:
    """Write the file of a row; returns what is to be kept of a new package."""
    now = row.started_at or timezone.now()

    def note(done: int, total: int) -> None:
        turns.note(row, done, total)

    if row.kind == ArchiveKind.ARCHIVE:
        archiving.write(row.letter, ZipSink(file, archiving.folder_of(row.letter, now), now), now=now, progress=note)
    elif row.package is not None:
        packages.rewrite(row.package, file, progress=note)
    else:
        planned = delivering.plan(texts.fresh(row.letter), is_supplement=row.is_supplement, now=now)
        return planned, packages.write(planned, file, progress=note)
    return None


@transaction.atomic
def _finish(row: Archive, made: tuple[delivering.Plan, delivering.Made] | None) -> None:
    """Hand the file over, unless another worker has taken the row meanwhile: then the file is that one's."""
    if not turns.is_ours(row):
        return
    if made is not None:
        row.package = delivering.keep(*made, by=row.asked_by)
    row.ready_at = timezone.now()
    row.expires_at = row.ready_at + KEPT
    os.replace(_part_of(row), path_of(row))
    _end(row, ArchiveState.READY)


@transaction.atomic
def _fail(row: Archive) -> None:
    if turns.is_ours(row):
        _part_of(row).unlink(missing_ok=True)
        path_of(row).unlink(missing_ok=True)
        row.sha256, row.size_bytes, row.ready_at, row.expires_at = "", 0, None, None
        _end(row, ArchiveState.FAILED)


_ENDED = [
    "state", "package", "failure", "sha256", "size_bytes", "ready_at", "expires_at", "done_count", "total_count",
]  # fmt: skip


def _end(row: Archive, state: str) -> None:
    row.state = state
    row.save(update_fields=_ENDED)


@dataclass(frozen=True)
class Files:
    """What is known of the files of a letter's packages: by package those that can be downloaded, the one that is being
    made, and why the last one failed."""

    ready: dict[int, Archive]
    running: Archive | None
    failure: str


def package_files(letter: Letter) -> Files:
    """The files of a letter's packages. One query."""
    rows = list(Archive.objects.filter(letter=letter, kind=ArchiveKind.PACKAGE).order_by("-asked_at")[:FILES_SHOWN])
    failed = bool(rows) and rows[0].state == ArchiveState.FAILED
    is_new = failed and rows[0].asked_at > timezone.now() - FAILURE_TOLD
    return Files(
        {row.package_id: row for row in rows if row.package_id and row.state == ArchiveState.READY},
        next((row for row in rows if row.state in IN_WORK), None),
        _why(rows[0]) if is_new else "",
    )


def _why(row: Archive) -> str:
    if row.failure == packages.PackageChanged.code:
        return str(packages.PackageChanged.default)
    text = _("The package could not be made. Try again; if it fails once more, tell the operators of this site when.")
    return str(text)


def progress_of(row: Archive) -> tuple[int, int]:
    """(signatures written, signatures in all) of one that is being made."""
    return turns.progress_of(row)


def open_file(row: Archive) -> IO[bytes]:
    """The finished file, read from its beginning.

    Raises:
        Gone: it is not ready, it was deleted, or somebody in it is no longer shown.
    """
    if row.state != ArchiveState.READY or is_outdated(row):
        raise Gone
    try:
        return path_of(row).open("rb")
    except FileNotFoundError:
        raise Gone from None


def open_package(package: Package) -> IO[bytes]:
    """The file of a package, read from its beginning.

    Raises:
        PackageGone: it was deleted, or somebody in it is no longer shown.
    """
    rows = Archive.objects.filter(package=package, state=ArchiveState.READY).select_related("letter")
    row = rows.order_by("-asked_at").first()
    try:
        return open_file(row or Archive())
    except Gone:
        raise PackageGone from None


def is_outdated(row: Archive) -> bool:
    """True when a line that may be in the file was withdrawn, hidden, removed or corrected since. One query."""
    hidden_at = row.letter.names_hidden_at
    if row.started_at is None or (hidden_at is not None and hidden_at > row.started_at):
        return True
    changed = Signature.objects.filter(letter_id=row.letter_id, changed_at__gte=row.started_at).exclude(state="pending")
    since = Q(confirmed_at__gte=row.started_at)
    if row.kind == ArchiveKind.ARCHIVE:
        since &= PUBLIC  # an archive reads its list after it began: who came meanwhile and left may be in it
    return changed.exclude(since).exists()


def expire(*, now: datetime) -> int:
    """Delete the files whose time is over or that name somebody who is no longer shown; returns how many.

    The row goes on saying that there was one.
    """
    done = 0
    for row in Archive.objects.filter(state=ArchiveState.READY).select_related("letter"):
        if row.expires_at is None or row.expires_at <= now or is_outdated(row):
            path_of(row).unlink(missing_ok=True)
            row.state = ArchiveState.EXPIRED
            row.save(update_fields=["state"])
            done += 1
    return done
