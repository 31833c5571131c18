"""Bringing texts, lines and files of public letters into their logs: one job, every few seconds, never a signatory.

Changes are found by ``changed_at``; each batch is in random order, so that an index tells no time. A log that must not
grow is left alone and said so (``chain.LedgerHalted``); signing goes on, and what waits is logged after ``recover``.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from letters.documents.models import Amendment, Letter, Version
from letters.ledger import chain, outside
from letters.ledger.models import Halt, Head, Log
from letters.press import anonymised, batches, commitments, indexing, proofs
from letters.press.models import Commitment, LoggedText, Scan
from letters.press.proofs import log_of as log_of
from letters.signatures.models import PUBLIC, AnonymousLine, Signature

logger = logging.getLogger(__name__)

RUN_SECONDS = 8.0
PASS_AT_LEAST = timedelta(minutes=10)
OPENED_AT_ONCE = 500


def run(*, seconds: float = RUN_SECONDS, wait: bool = False) -> int:
    """Log what changed under every public letter, sign, and put the new checkpoints into the site's own log.

    Returns how many entries were appended. Safe to run twice or at once: one runs, the others leave, or ``wait`` for
    it. Nothing is logged anywhere while the site's own log is halted; a letter's own halt concerns that letter alone.
    """
    ends = time.monotonic() + seconds
    chain.resume()
    try:
        index = _site_log(wait=wait)
    except chain.LedgerHalted as refused:
        _tell(refused)
        return 0
    if index is None or not _is_sound(index):
        return 0
    _finish_broken(wait=wait)
    done = 0
    for letter in _with_work(timezone.now()):
        done += _letter(letter, ends, wait=wait)
        if time.monotonic() > ends:
            break
    return done + _take_in(index, wait=wait)


def _site_log(*, wait: bool) -> Log | None:
    found = chain.newest(chain.INDEX)
    if found is not None:
        return found
    with transaction.atomic():
        if not chain.alone(wait=wait):
            return None
        found = chain.newest(chain.INDEX)
        if found is None and outside.folders():  # not before: somebody else may have begun it a moment ago
            raise chain.LedgerHalted("other-site", chain.host())
        return found or chain.start(chain.INDEX)


def _is_sound(log: Log) -> bool:
    if chain.is_halted(log):
        return False
    try:
        chain.compare(log)
    except chain.LedgerHalted as refused:
        _stop(log, refused)
        return False
    return True


def _stop(log: Log, refused: chain.LedgerHalted) -> None:
    if chain.halt(log, refused.code):
        _tell(refused)


def is_halted(letter: Letter) -> bool:
    """Nothing of this letter is logged until an operator has looked: its own log or the site's refused to go on."""
    stopped = Halt.objects.exclude(code=chain.GIVEN_UP)
    return stopped.filter(
        Q(log__subject=chain.INDEX) | Q(log__in=Scan.objects.filter(letter=letter).values("log"))
    ).exists()


def _tell(refused: chain.LedgerHalted) -> None:
    logger.error("ledger: %s", refused)


def _finish_broken(*, wait: bool) -> None:
    """Publish what a run that broke had appended."""
    heads = Head.objects.annotate(shown=Max("log__checkpoints__size")).filter(size__gt=0, log__halt__isnull=True)
    for head in heads.filter(Q(shown__isnull=True) | Q(shown__lt=F("size"))).select_related("log"):
        _publish(head.log, wait=wait)


def _publish(log: Log, *, wait: bool) -> None:
    try:
        chain.publish(log, wait=wait)
    except chain.LedgerHalted as refused:
        _stop(log, refused)


def _with_work(now: datetime) -> list[Letter]:
    """Public letters with a text or a line that their log may not have seen; each now and then in any case."""
    of_log = OuterRef("version__letter__scan__log")
    logged = LoggedText.objects.filter(log=OuterRef("letter__scan__log"), version=OuterRef("pk"), amendment=0)
    fixed = LoggedText.objects.filter(log=of_log, version=OuterRef("version"), amendment=OuterRef("number"))
    has_text = Exists(Version.objects.filter(~Exists(logged), letter=OuterRef("pk")))
    has_fix = Exists(Amendment.objects.filter(~Exists(fixed), version__letter=OuterRef("pk")))
    since = OuterRef("scan__settled_at")
    has_line = Exists(batches.unseen().filter(version__letter=OuterRef("pk"), changed_at__gt=since - batches.OVERLAP))
    is_due = Q(scan__isnull=True) | Q(scan__pass_started_at__isnull=False) | Q(scan__settled_at__isnull=True)
    is_due |= Q(scan__settled_at__lt=now - PASS_AT_LEAST)
    rows = Letter.objects.public().filter(is_due | has_text | has_fix | has_line)
    return list(rows.exclude(scan__log__halt__isnull=False).order_by("pk"))


def _letter(letter: Letter, ends: float, *, wait: bool) -> int:
    """One letter's share of a run: batches until its pass is through or the time is up, then one checkpoint."""
    log, done, is_through = None, 0, False
    try:
        while not is_through:
            with transaction.atomic():
                if not chain.alone(wait=wait):
                    break
                scan = _scan_of(letter)
                log = scan.log
                appended, is_through = batches.log_next(letter, scan)
                done += appended
            if time.monotonic() > ends:
                break
    except chain.LedgerHalted as refused:
        if log is not None:
            _stop(log, refused)
        return done
    if log is not None and done:
        _publish(log, wait=wait)
    return done


def _scan_of(letter: Letter) -> Scan:
    scan = Scan.objects.filter(letter=letter).select_related("log").first()
    return scan or Scan.objects.create(letter=letter, log=chain.start(proofs.subject_of(letter)))


def _take_in(index: Log, *, wait: bool) -> int:
    try:
        return indexing.take_in(index, wait=wait)
    except chain.LedgerHalted as refused:
        _stop(index, refused)
        return 0


def append_exports(letter: Letter, files: Sequence[tuple[str, int, str, int]]) -> bool:
    """Log published files, each (name, rows, SHA-256 in hex, bytes), and sign at once; False where there is no log or
    it is halted: the files are good all the same. Waits for a run that is under way."""
    log = log_of(letter)
    if log is None or not files or not letter.is_public or chain.is_halted(log):
        return False
    try:
        with transaction.atomic():
            chain.alone(wait=True)
            chain.append(log, [commitments.export_line(*file) for file in files])
    except chain.LedgerHalted as refused:
        _stop(log, refused)
        return False
    _publish(log, wait=True)
    return True


def openings(version: Version) -> Iterator[tuple[UUID, int, str]]:
    """(signature, index, salt in hex) of every published line of a version that is logged, in the list's order; those
    without a name under the number of their line."""
    standing = Commitment.objects.filter(
        log__in=Scan.objects.filter(letter=version.letter_id).values("log"), retracted_by__isnull=True,
        salt__isnull=False,
    )  # fmt: skip
    named = standing.filter(signature__in=Signature.objects.filter(PUBLIC, version=version).values("pk"))
    rows = named.exclude(basis__in=commitments.UNNAMED).order_by("signature__list_key", "signature_id")
    for public_id, number, salt in rows.values_list("signature__public_id", "number", "salt").iterator(2000):
        yield public_id, number, bytes(salt or b"").hex()
    yield from _openings_without_names(version, standing)


def _openings_without_names(version: Version, standing: QuerySet[Commitment]) -> Iterator[tuple[UUID, int, str]]:
    lines = AnonymousLine.objects.printed().for_version(version).in_order().values_list("signature_id", "public_id")
    shown = lines.iterator(OPENED_AT_ONCE)
    while some := list(islice(shown, OPENED_AT_ONCE)):
        rows = standing.filter(signature__in=[pk for pk, _id in some], basis=anonymised.ANONYMISED)
        found = {pk: (number, salt) for pk, number, salt in rows.values_list("signature_id", "number", "salt")}
        for pk, public_id in some:
            if pk in found:
                yield public_id, found[pk][0], bytes(found[pk][1] or b"").hex()


def close_salts(signature: Signature) -> None:
    """Forget what opens a line's entries; what remains in the log is a hash that nobody opens. Idempotent."""
    Commitment.objects.filter(signature=signature, salt__isnull=False).update(salt=None)


def scan(letter: Letter) -> int:
    """Look at every line of a letter whatever its ``changed_at`` says, and log what differs; returns how many entries
    were appended. For the night, and for releases that change how a cell is written. Raises LedgerHalted."""
    done, is_through = 0, False
    with transaction.atomic():
        chain.alone(wait=True)
        row = _scan_of(letter)
    row.pass_started_at = None
    while not is_through:
        with transaction.atomic():
            chain.alone(wait=True)
            appended, is_through = batches.log_next(letter, row, whole=True)
        done += appended
    _publish(row.log, wait=True)
    return done


def scan_all() -> int:
    """``scan`` for every public letter whose log may grow; returns how many entries were appended."""
    done = 0
    for letter in Letter.objects.public().exclude(scan__log__halt__isnull=False).order_by("pk"):
        try:
            done += scan(letter)
        except chain.LedgerHalted as refused:
            _tell(refused)
    return done
