"""Whether the entries of a letter's log, the commitments beside the signatures, and the counted lines agree."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from letters.ledger import chain
from letters.ledger.models import Log
from letters.press import batches
from letters.press.models import Commitment, Scan
from letters.press.recovering import entries_of
from letters.signatures.models import Signature, SignatureState

BATCH = 1000
AT_REST = timedelta(minutes=10)
"""What changed before that has its entry by now."""
COUNTED = Q(state=SignatureState.CONFIRMED, held_reason="")


def differences(log: Log) -> list[str]:
    """Where they do not agree, in sentences; empty for the site's own log. Reads only."""
    scan = Scan.objects.filter(log=log).first()
    if scan is None:
        return []
    try:
        signs, retracted = _said(log)
    except chain.LedgerHalted as halted:
        return [halted.message]
    standing = {number: value for number, value in signs.items() if number not in retracted}
    rows = Commitment.objects.filter(log=log, retracted_by__isnull=True)
    known = {row.number: bytes(row.commitment).hex() for row in rows.only("number", "commitment").iterator(BATCH)}
    found = []
    if retracted - set(signs):
        found.append(f"{len(retracted - set(signs))} retractions name an entry that is no line.")
    if known != standing:
        found.append(f"{len(known)} lines have a commitment that stands, the log has {len(standing)}.")
    return [*found, *_counts(scan, len(standing))]


def _counts(scan: Scan, standing: int) -> list[str]:
    since, found = timezone.now() - AT_REST, []
    lines = Signature.objects.filter(letter=scan.letter_id)
    late = batches.unseen().filter(COUNTED, letter=scan.letter_id, changed_at__lt=since).count()
    if late:
        found.append(f"{late} lines wait for their index for more than ten minutes.")
    of_nobody = Commitment.objects.filter(log=scan.log_id, retracted_by__isnull=True)
    gone = of_nobody.filter(signature__in=lines.exclude(COUNTED).filter(changed_at__lt=since)).count()
    if gone:
        found.append(f"{gone} entries stand for lines that are not counted.")
    counted = lines.filter(COUNTED).count()
    is_at_rest = not lines.exclude(state=SignatureState.PENDING).filter(changed_at__gte=since).exists()
    if is_at_rest and counted != standing:
        found.append(f"{counted} lines are counted, {standing} stand in the log (signed less retracted).")
    return found


def _said(log: Log) -> tuple[dict[int, str], set[int]]:
    """({index: commitment} of all sign entries, the indexes that were retracted)."""
    signs: dict[int, str] = {}
    retracted: set[int] = set()
    for number, entry in entries_of(log):
        if entry["k"] == "sign":
            signs[number] = entry["c"]
        elif entry["k"] == "retract":
            retracted.add(entry["i"])
    return signs, retracted


def for_reconcile() -> Iterator[str]:
    """The same for every letter that has a log, each sentence with the log's name."""
    for scan in Scan.objects.select_related("log").order_by("pk"):
        yield from (f"{scan.log.origin}: {sentence}" for sentence in differences(scan.log))
