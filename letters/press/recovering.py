"""After a restored backup or a damaged tree: what an operator's ``manage.py ledger recover`` does, and what it undoes.

The log is filled up from LEDGER_DIR, never shortened: what was published stays published. Whoever withdrew since the
backup was made is taken out again; lines that the backup does not know are retracted as the operator's loss.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from letters.core import keyring
from letters.documents import texts
from letters.documents.models import Letter, Version
from letters.ledger import audit, chain, note, outside
from letters.ledger.models import Halt, Head, Log
from letters.press import batches, commitments
from letters.press.models import Commitment, LoggedText, Scan
from letters.signatures import managing
from letters.signatures.models import Signature, SignatureState

BATCH = 1000


@dataclass
class Report:
    """What was done, in numbers; ``left`` are sentences about what is still wrong."""

    filled: int = 0
    erased: int = 0
    lost: int = 0
    off_list: list[str] = field(default_factory=list)
    """Public ids of lines that were off the list for another reason than a withdrawal, and are back in this backup."""
    left: list[str] = field(default_factory=list)


def recover(*, new_logs: bool, tell: Callable[[str], object]) -> Report:
    """Make every halted log go on, where it can; safe to repeat.

    ``new_logs``: give up trees that the database and LEDGER_DIR do not agree on, and begin new ones whose first entry
    is the head that was published; without it they are named and stay halted.
    """
    report = Report()
    for folder in outside.folders():
        _adopt(folder, report, tell)
    for log in Log.objects.exclude(halt__code=chain.GIVEN_UP).order_by("pk"):
        _mend(log, report, new_logs=new_logs, tell=tell)
    report.erased += replay_journal()
    if report.filled or report.erased:
        audit.record(audit.Action.LEDGER_RECOVERED, "ledger:", by="command", detail=str(report.filled))
    return report


@transaction.atomic
def _adopt(folder: Path, report: Report, tell: Callable[[str], object]) -> None:
    """A log that the database lost as a whole, or never had: its name and subject come from outside."""
    chain.alone(wait=True)
    try:
        kept = outside.read_from(folder)
    except outside.OutsideUnreadable as error:
        report.left.append(error.message)
        return
    if kept is None or Log.objects.filter(public_id=folder.name).exists():
        return
    if not _is_ours(kept):
        report.left.append(
            f"{folder} is of another site, or of this one with another key: its head is signed with no key of "
            "KEYS_FILE. Set LEDGER_DIR to the folder of this site, or put the right key file back."
        )
        return
    log = chain.start(kept.subject, public_id=folder.name, origin=kept.origin)
    label, _colon, letter_id = kept.subject.partition(":")
    letter = Letter.objects.filter(pk=int(letter_id)).first() if label == "documents.letter" else None
    if letter is not None and not Scan.objects.filter(letter=letter).exists():
        Scan.objects.create(letter=letter, log=log)
    tell(f"{log.origin}: unknown to the database, taken over from LEDGER_DIR")


def _is_ours(kept: outside.Kept) -> bool:
    keys = [note.Signer(kept.origin, key.secret).verifier for key in keyring.ring().ledger]
    try:
        note.open_checkpoint(kept.signed.encode(), keys)
    except note.NoteWrong:
        return False
    return True


def _mend(log: Log, report: Report, *, new_logs: bool, tell: Callable[[str], object]) -> None:
    try:
        with transaction.atomic():
            chain.alone(wait=True)
            report.filled += _fill(log, report, tell)
            chain.compare(log)
        _replay(log, report)
        chain.publish(log)
        Halt.objects.filter(log=log).delete()
    except (chain.LedgerHalted, outside.OutsideUnreadable) as error:
        if new_logs and error.code in chain.REPLACEABLE:
            _begin_anew(log, tell)
        elif isinstance(error, chain.LedgerHalted):
            report.left.append(error.message)
        else:
            report.left.append(chain.LedgerHalted(error.code, log.origin, error.message).message)


def _fill(log: Log, report: Report, tell: Callable[[str], object]) -> int:
    """Append what the database lost from the lines outside; they must lead to the head that was signed."""
    kept, head = outside.read(log), Head.objects.get(log=log)
    if kept is None or kept.checkpoint.size <= head.size:
        return 0
    lines = [line.decode("ascii") for line in outside.lines(outside.folder_of(log), kept, start=head.size)]
    chain.extend(log, lines)
    if log.subject == chain.INDEX:
        _mark_indexed(lines)
    tell(f"{log.origin}: {len(lines)} entries filled up")
    return len(lines)


def _mark_indexed(lines: list[str]) -> None:
    for entry in map(json.loads, lines):
        Head.objects.filter(log__origin=entry["o"], indexed_size__lt=entry["size"]).update(indexed_size=entry["size"])


def _replay(log: Log, report: Report) -> None:
    """Do again what entries say that the restored tables do not: end lines, know texts, retract what is lost."""
    scan = Scan.objects.filter(log=log).select_related("letter").first()
    if scan is None:
        return
    known = set(Commitment.objects.filter(log=log).values_list("number", flat=True))
    logged = set(LoggedText.objects.filter(log=log).values_list("number", flat=True))
    retracted: dict[int, tuple[int, str]] = {}
    lost: list[int] = []
    for number, entry in entries_of(log):
        if entry["k"] == "retract":
            retracted[entry["i"]] = number, entry["r"]
        elif entry["k"] == "text" and number not in logged:
            _know_text(scan, number, entry)
        elif entry["k"] == "sign" and number not in known:
            lost.append(number)
    report.erased += _end_lines(log, retracted, report)
    gone = [number for number in lost if number not in retracted]
    if gone:
        with transaction.atomic():
            chain.alone(wait=True)
            chain.append(log, [commitments.retract_line(number, commitments.OPERATOR) for number in gone])
        report.lost += len(gone)


def entries_of(log: Log) -> Iterator[tuple[int, dict[str, Any]]]:
    """(index, entry) of a whole log, in order. Raises LedgerHalted at one that is no JSON."""
    rows = log.entries.order_by("number").values_list("number", "line")
    for number, line in rows.iterator(2000):
        try:
            yield number, json.loads(line)
        except ValueError as error:
            raise chain.LedgerHalted("damaged", log.origin) from error


def _know_text(scan: Scan, number: int, entry: dict[str, Any]) -> None:
    for version in Version.objects.filter(letter=scan.letter):
        for amendment, text in enumerate(texts.all_of(version)):
            label = f"{version.number}.{amendment}" if amendment else str(version.number)
            if (label, text.sha256) == (entry["ver"], entry["sha256"]):
                LoggedText.objects.get_or_create(
                    log=scan.log, version=version, amendment=amendment, defaults={"number": number}
                )


def _end_lines(log: Log, retracted: dict[int, tuple[int, str]], report: Report) -> int:
    """Close what was retracted since the backup; who withdrew is erased. Returns how many people were."""
    erased = 0
    standing = Commitment.objects.filter(log=log, retracted_by__isnull=True).select_related("signature")
    for row in standing.order_by("number"):
        if row.number not in retracted:
            continue
        row.retracted_by, reason = retracted[row.number]
        row.salt = None
        row.save(update_fields=["retracted_by", "salt"])
        signature = row.signature
        if signature is None or not signature.is_confirmed:
            continue
        if reason == commitments.WITHDRAWN:
            managing.erase(signature.public_id)
            erased += 1
        elif reason != commitments.CORRECTED:
            report.off_list.append(str(signature.public_id))
    return erased


def replay_retractions() -> int:
    """Take out everybody whom the ledger or the journal outside says to have left; returns how many were. Idempotent;
    for after any restore, also of a part of the tables."""
    report = Report()
    for log in Log.objects.exclude(subject=chain.INDEX).exclude(halt__code=chain.GIVEN_UP):
        retracted = {entry["i"]: (number, entry["r"]) for number, entry in entries_of(log) if entry["k"] == "retract"}
        report.erased += _end_lines(log, retracted, report)
    return report.erased + replay_journal()


def replay_journal() -> int:
    """Erase again who ended before an index was given; returns how many were still there. Idempotent."""
    marks = outside.journalled()
    if not marks:
        return 0
    rows = Signature.objects.exclude(state__in=[SignatureState.PENDING, SignatureState.WITHDRAWN])
    found = [row.public_id for row in rows.only("public_id").iterator(BATCH) if batches.erasure_mark(row) in marks]
    for public_id in found:
        managing.erase(public_id)
    return len(found)


@transaction.atomic
def _begin_anew(log: Log, tell: Callable[[str], object]) -> None:
    """Give up a tree that was damaged: the new one begins with the head that was published, and the lines follow."""
    chain.alone(wait=True)
    kept, shown = _published(log)
    new = chain.start(log.subject)
    chain.append(new, [commitments.checkpoint_line(log.origin, *(kept or shown or (0, b"\0" * 32)))])
    Scan.objects.filter(log=log).update(log=new, settled_at=None, pass_started_at=None, cursor_at=None, cursor_id=0)
    Commitment.objects.filter(log=log).update(salt=None)
    Halt.objects.update_or_create(log=log, defaults={"code": chain.GIVEN_UP, "since": new.started_at})
    tell(f"{log.origin}: given up; {new.origin} begins with its last head")


def _published(log: Log) -> tuple[tuple[int, bytes] | None, tuple[int, bytes] | None]:
    """(size, root) of the head outside and of the newest checkpoint inside, where they can be read."""
    try:
        kept = outside.read(log)
    except outside.OutsideUnreadable:
        kept = None
    shown = chain.shown(log)
    inside = chain.read_checkpoint(shown) if shown else None
    return (
        (kept.checkpoint.size, kept.checkpoint.root) if kept else None,
        (inside.size, inside.root) if inside else None,
    )
