"""The site's own log over the logs of its letters: every checkpoint goes into it, and can be shown to be there.

Witnesses cosign the site's log alone. The proof made here ties a letter's checkpoint, and so a press kit, to what they
signed. Source: C2SP tlog-proof, with the entry of the site's log as its extra data.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Count, F, Max
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from letters.ledger import chain, tiles, witnessing
from letters.ledger.models import Checkpoint, Entry, Head, Inclusion, Log
from letters.press import batches, commitments, proofs

AT_ONCE = 500
"""Letters whose checkpoints one run takes in."""
NOTED_AT_ONCE = 20_000
"""Entries of the site's log that one run reads to know what they hold; only after an update or a restore so many."""
FILE = "checkpoint.tlog-proof"
"""Name of the proof beside the checkpoint that it is of."""


class NotIndexed(proofs.NotLogged):
    """The site's log does not hold this checkpoint."""

    code = "not-indexed"
    default = _(
        "The site’s log does not hold this checkpoint. It takes in each of them within a minute; ?size= names the one "
        "that you mean, by the second line of the checkpoint."
    )


@dataclass(frozen=True)
class SiteProof:
    """That a letter's checkpoint is an entry of the site's own log. ``number`` counts from 1 among ``size``; ``text``
    is a file in the format c2sp.org/tlog-proof@v1; ``witnesses`` are (name, when) of who cosigned that state of it."""

    number: int
    size: int
    text: str
    witnesses: tuple[tuple[str, datetime], ...]

    @property
    def sentence(self) -> str:
        """In the words that verify.py and the check page have for it, in the language of the page."""
        found = gettext("In the site’s log: no. {number} of {size}.").format(
            number=f"{self.number:,}", size=f"{self.size:,}"
        )
        return f"{found} {self._witnessed()}"

    def _witnessed(self) -> str:
        if not self.witnesses:
            return gettext("Unwitnessed: nobody outside this site has cosigned that yet.")
        # Two witnesses of one state looked at different times.
        named = (
            gettext("{name} on {day}").format(name=name, day=date_format(at.astimezone(UTC), "j F Y, H:i") + " UTC")
            for name, at in self.witnesses
        )
        return gettext("Witnessed by {names}.").format(names="; ".join(named))


def take_in(index: Log, *, wait: bool = False) -> int:
    """Put every checkpoint of letters that is new into the site's own log, those of one letter in their order, letters
    in no telling order; returns how many. Signs and shows what the log is then. Leaves when another process appends, or
    does ``wait`` for it.

    Raises:
        LedgerHalted: the site's log must not grow.
    """
    behind = Head.objects.filter(indexed_size__lt=F("size")).exclude(log=index).exclude(log__subject=chain.INDEX)
    if not behind.exists() and _noted(index) == Head.objects.get(log=index).size:
        return 0
    with transaction.atomic():
        if not chain.alone(wait=wait):
            return 0
        lines: list[str] = []
        for head in batches.shuffled(behind.select_related("log")[:AT_ONCE]):
            signed = Checkpoint.objects.filter(log=head.log, size__gt=head.indexed_size).order_by("size")
            found = [chain.read_checkpoint(row) for row in signed[:AT_ONCE]]
            lines += [commitments.checkpoint_line(one.origin, one.size, one.root) for one in found]
            if found:
                Head.objects.filter(pk=head.pk).update(indexed_size=found[-1].size)
        if lines:
            chain.append(index, lines)
        _note(index)
    if lines:
        chain.publish(index, wait=wait)
    return len(lines)


def _noted(index: Log) -> int:
    """Of how many entries of the site's log it is known what they hold."""
    last: int | None = Inclusion.objects.filter(index=index).aggregate(last=Max("number"))["last"]
    return 0 if last is None else last + 1


def _note(index: Log) -> None:
    start = _noted(index)
    end = min(Head.objects.get(log=index).size, start + NOTED_AT_ONCE)
    Inclusion.objects.bulk_create(_inclusions(index, start, end), batch_size=1000, ignore_conflicts=True)


def _inclusions(index: Log, start: int, end: int) -> Iterator[Inclusion]:
    for number, line in enumerate(tiles.lines_of(index, start, end) if start < end else (), start):
        entry = json.loads(line)
        yield Inclusion(index=index, number=number, origin=entry["o"], size=entry["size"])


def proof_of(log: Log | None, size: int | None = None) -> SiteProof:
    """The proof that the site's log holds the checkpoint of ``size`` entries of a letter's log, or its newest one: at
    the newest state of the site's log that most witnesses have cosigned, else at its newest one.

    Raises:
        NotIndexed: it does not, or that state is not signed yet.
        NotLogged: the letter's log has no checkpoint.
    """
    size = proofs.newest(log).size if size is None else size
    rows = Inclusion.objects.filter(origin=log.origin if log else "", size=size)
    found = rows.select_related("index").order_by("-index_id", "number").first()
    shown = _state(found) if found is not None else None
    if found is None or shown is None:
        raise NotIndexed
    entry = Entry.objects.get(log=found.index, number=found.number).line
    text = proofs.proof_of(shown, found.number, entry)
    seen = shown.cosignatures.filter(witness__in=_names()).order_by("witness")
    return SiteProof(found.number + 1, shown.size, text, tuple(seen.values_list("witness", "made_at")))


def sentence_of(log: Log | None, size: int | None = None) -> str:
    """What pages say of a checkpoint, in the language of the page; empty while the site's log does not hold it."""
    try:
        return proof_of(log, size).sentence
    except proofs.NotLogged:
        return ""


def _state(found: Inclusion) -> Checkpoint | None:
    """The state to prove it at. A log of months has many times more of them than witnesses saw: those are looked at
    first, and alone."""
    covering = Checkpoint.objects.filter(log=found.index, size__gt=found.number).select_related("log")
    seen = covering.filter(cosignatures__witness__in=_names()).annotate(seen=Count("cosignatures"))
    return seen.order_by("-seen", "-size").first() or covering.order_by("-size").first()


def _names() -> set[str]:
    return {key.name for key in witnessing.witnesses()}
