"""What a list can be proven with: the checkpoint of its log that covers every line of it, and nothing else.

A line that was confirmed a moment ago is in no log yet, and is left out; one that left or changed a moment ago still
stands there as it was, and the list waits until it does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from letters.core.errors import RuleError
from letters.documents.models import Letter, Version
from letters.ledger import chain, witnessing
from letters.ledger.models import Log
from letters.press import indexing, proofs, sequencing
from letters.press.models import Commitment
from letters.signatures.models import AnonymousLine, Signature

MOST_LEFT_OUT = 1000
TRIES = 5


class NotSettled(RuleError):
    """The log does not say yet what the list says; a moment later it does."""

    code = "not-settled"


@dataclass(frozen=True)
class Proof:
    """The log of a letter at one checkpoint; ``left_out`` are rows of the list that are not in it yet. ``site`` shows
    that the site's own log holds that checkpoint; empty where that log is halted."""

    size: int
    checkpoint: str
    key: str
    witnesses: tuple[str, ...]
    left_out: frozenset[int]
    site: str = ""


def proof_of(letter: Letter, version: Version) -> Proof | None:
    """The proof of the list as it stands in this transaction; None where the log is halted or there is none.

    Raises:
        NotSettled: a line left or changed a moment ago, the newest entries, or the first, are not signed yet, or the
            site's log has not taken their checkpoint.
    """
    log = proofs.log_of(letter)
    if log is None or chain.is_halted(log):
        return None
    shown = chain.shown(log)
    if shown is None or _is_behind(log, version, shown.size):
        raise NotSettled
    in_log = _standing(log, shown.size).filter(signature=OuterRef("pk"))
    new = Signature.objects.public().for_version(version).exclude(Exists(in_log))
    unnamed = AnonymousLine.objects.printed().for_version(version).values("signature")
    new |= Signature.objects.filter(pk__in=unnamed).exclude(Exists(in_log))
    left_out = frozenset(new.values_list("pk", flat=True)[: MOST_LEFT_OUT + 1])
    if len(left_out) > MOST_LEFT_OUT:
        raise NotSettled
    return Proof(
        shown.size,
        witnessing.with_cosignatures(shown),
        str(chain.keys_of(log)[0]),
        tuple(str(witness) for witness in witnessing.witnesses()),
        left_out,
        _site_proof(log, shown.size),
    )


def _site_proof(log: Log, size: int) -> str:
    try:
        return indexing.proof_of(log, size).text
    except indexing.NotIndexed:
        index = chain.newest(chain.INDEX)
        if index is not None and not chain.is_halted(index):
            raise NotSettled from None
        return ""


def _standing(log: Log, size: int) -> "QuerySet[Commitment]":
    return Commitment.objects.filter(log=log, retracted_by__isnull=True, number__lt=size)


def _is_behind(log: Log, version: Version, size: int) -> bool:
    """True while an entry that the checkpoint covers says something else than its line."""
    changed = Q(signature__version=version) & ~Q(as_of=F("signature__changed_at"))
    stale = _standing(log, size).filter(Q(signature__isnull=True) | changed)
    unsigned = Commitment.objects.filter(log=log, retracted_by__gte=size)
    return stale.exists() or unsigned.exists()


def openings(version: Version, proof: Proof) -> Iterator[tuple[str, tuple[int, str]]]:
    """(signature, (index, salt)) of every shown line that the checkpoint covers, in the order of the list."""
    for public_id, number, salt in sequencing.openings(version):
        if number < proof.size:
            yield str(public_id), (number, salt)
