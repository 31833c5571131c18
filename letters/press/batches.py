"""One batch of a letter's log: which texts and lines are new, changed or gone, and the entries that say so.

All of it happens in one transaction with the append, under locks on the rows: whoever ends a signature waits, and then
finds the salt that was just stored.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple, TypeVar

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from letters.core import sealed
from letters.documents import texts
from letters.documents.models import Letter, Version
from letters.ledger import chain, outside
from letters.press import columns, commitments, exports, receipts
from letters.press.models import Commitment, LoggedText, Scan
from letters.signatures.models import AnonymousLine, Signature, SignatureQuerySet, SignatureState

BATCH = 500
OVERLAP = timedelta(seconds=60)
"""A change is seen although its transaction committed after a later one was looked at."""
T = TypeVar("T")
_chance = random.SystemRandom()


class Shown(NamedTuple):
    """A row as its list shows it: with its name, or by its ``line`` alone."""

    row: Signature
    line: AnonymousLine | None
    context: columns.Context


@dataclass
class Batch:
    """What one append says: retractions first, then texts, then lines; each group in no telling order."""

    scan: Scan
    retracted: list[tuple[Commitment, str]] = field(default_factory=list)
    texts: list[tuple[LoggedText, str]] = field(default_factory=list)
    signed: list[tuple[Commitment, str]] = field(default_factory=list)

    def append(self) -> int:
        """Append the entries and store what belongs to them; returns how many. Raises LedgerHalted."""
        ended, signed = shuffled(self.retracted), shuffled(self.signed)
        lines = [line for group in (ended, self.texts, signed) for _row, line in group]
        if not lines:
            return 0
        first = chain.append(self.scan.log, lines)
        for number, (before, _line) in enumerate(ended, first):
            before.salt, before.retracted_by = None, number
        for number, (text, _line) in enumerate(self.texts, first + len(ended)):
            text.number = number
        for number, (new, _line) in enumerate(signed, first + len(ended) + len(self.texts)):
            new.number = number
        Commitment.objects.bulk_update([row for row, _line in ended], ["salt", "retracted_by"])
        LoggedText.objects.bulk_create(row for row, _line in self.texts)
        receipts.queue(self.scan, Commitment.objects.bulk_create(row for row, _line in signed))
        return len(lines)


def shuffled(rows: Iterable[T]) -> list[T]:
    found = list(rows)
    _chance.shuffle(found)
    return found


def unseen() -> SignatureQuerySet:
    """Rows that no standing commitment saw as they are now; one of a log that was given up has no salt any more."""
    seen = Commitment.objects.filter(
        signature=OuterRef("pk"), retracted_by__isnull=True, salt__isnull=False, as_of=OuterRef("changed_at")
    )
    return Signature.objects.exclude(state=SignatureState.PENDING).exclude(Exists(seen))


def log_next(letter: Letter, scan: Scan, *, whole: bool = False) -> tuple[int, bool]:
    """Log the next batch of a letter: (entries appended, whether the pass is through).

    ``whole`` looks at every line whatever its ``changed_at`` says. Call ``chain.alone`` in the same transaction before.
    Raises LedgerHalted; then nothing is stored.
    """
    batch = Batch(scan)
    versions = list(Version.objects.filter(letter=letter).order_by("number"))
    _new_texts(batch, versions)
    rows = _next_rows(scan, versions, whole=whole)
    _compare(batch, rows, versions)
    if len(rows) < BATCH:
        _orphans(batch)
    _remember_ended(batch, rows)
    appended = batch.append()
    return appended, _move_on(scan, rows)


def _new_texts(batch: Batch, versions: list[Version]) -> None:
    log = batch.scan.log
    known = set(LoggedText.objects.filter(log=log).values_list("version_id", "amendment"))
    for version in versions:
        for amendment, text in enumerate(texts.all_of(version)):
            if (version.pk, amendment) not in known:
                label = f"{version.number}.{amendment}" if amendment else str(version.number)
                row = LoggedText(log=log, version=version, amendment=amendment)
                batch.texts.append((row, commitments.text_line(label, text)))


def _next_rows(scan: Scan, versions: list[Version], *, whole: bool) -> list[Signature]:
    """The next rows of the pass, locked; one that somebody is changing now comes with its change."""
    if scan.pass_started_at is None:
        scan.pass_started_at = timezone.now()
        scan.cursor_at = None if whole or scan.settled_at is None else scan.settled_at - OVERLAP
        scan.cursor_id = 0
    rows = Signature.objects.exclude(state=SignatureState.PENDING) if whole else unseen()
    rows = rows.filter(version__in=versions)
    if scan.cursor_at is not None:
        later = Q(changed_at__gt=scan.cursor_at) | Q(changed_at=scan.cursor_at, pk__gt=scan.cursor_id)
        rows = rows.filter(later, changed_at__gte=scan.cursor_at)
    rows = rows.order_by("changed_at", "pk")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return list(rows[:BATCH])  # SQLite's transaction is alone by itself


def _move_on(scan: Scan, rows: list[Signature]) -> bool:
    is_through = len(rows) < BATCH
    if is_through:
        scan.settled_at, scan.pass_started_at = scan.pass_started_at, None
    else:
        scan.cursor_at, scan.cursor_id = rows[-1].changed_at, rows[-1].pk
    scan.save()
    return is_through


def _compare(batch: Batch, rows: list[Signature], versions: list[Version]) -> None:
    log = batch.scan.log
    standing = {
        row.signature_id: row
        for row in Commitment.objects.filter(log=log, signature__in=rows, retracted_by__isnull=True)
    }
    hidden = [row.pk for row in rows if row.hidden_at is not None]
    printed = AnonymousLine.objects.printed().filter(signature__in=hidden).select_related("signature")
    lines = {line.signature_id: line for line in printed}
    by_id = {version.pk: version for version in versions}
    contexts = {pk: columns.Context(one.number, "", texts=exports.texts_of(one)) for pk, one in by_id.items()}
    for row in rows:
        row.version = by_id[row.version_id]
        shown = Shown(row, lines.get(row.pk), contexts[row.version_id])
        _compare_row(batch, shown, standing.get(row.pk))


def _compare_row(batch: Batch, shown: Shown, before: Commitment | None) -> None:
    row, line, context = shown
    if not commitments.is_committed(row):
        if before is not None:
            batch.retracted.append((before, commitments.retract_line(before.number, commitments.reason_for(row))))
        return
    message = commitments.message_of(row, context, origin=batch.scan.log.origin, line=line)
    basis, label = commitments.basis_of(row, line), context.text_of(row)[0]
    if before is not None:
        if _says(before, message, basis, label):
            Commitment.objects.filter(pk=before.pk).update(as_of=row.changed_at)
            return
        batch.retracted.append((before, commitments.retract_line(before.number, commitments.CORRECTED)))
    salt = commitments.new_salt()
    value = commitments.commit(salt, message)
    new = Commitment(
        log=batch.scan.log, signature=row, salt=salt, commitment=value, basis=basis, text=label, as_of=row.changed_at
    )
    batch.signed.append((new, commitments.sign_line(basis, label, value)))


def _says(before: Commitment, message: bytes, basis: str, label: str) -> bool:
    if before.salt is None or (before.basis, before.text) != (basis, label):
        return False
    return commitments.commit(bytes(before.salt), message) == bytes(before.commitment)


def _orphans(batch: Batch) -> None:
    """Entries whose row is gone altogether."""
    standing = Commitment.objects.filter(log=batch.scan.log, retracted_by__isnull=True)
    for before in standing.filter(signature__isnull=True)[:BATCH]:
        batch.retracted.append((before, commitments.retract_line(before.number, commitments.WITHDRAWN)))


def _remember_ended(batch: Batch, rows: list[Signature]) -> None:
    """Who ended before an index was given stands in no log: a keyed hash outside the database remembers, so that a
    restored backup does not bring the person back."""
    logged = set(Commitment.objects.filter(signature__in=rows).values_list("signature_id", flat=True))
    ended = [row for row in rows if row.state == SignatureState.WITHDRAWN and row.pk not in logged]
    try:
        outside.journal(erasure_mark(row) for row in ended)
    except outside.OutsideUnreadable as error:
        raise chain.LedgerHalted(error.code, batch.scan.log.origin, error.message) from error


def erasure_mark(row: Signature) -> str:
    """What stands for an ended signature in the journal outside: made with a key of the site, means nothing without."""
    return sealed.fingerprint(b"erasure\0" + row.public_id.bytes).hex()
