"""Cosignatures of outside witnesses: which are believed, kept and shown. Source: C2SP tlog-cosignature v1."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

from letters.ledger import chain, note
from letters.ledger.models import Checkpoint, Cosignature, Log


@dataclass(frozen=True)
class Standing:
    """What may be said about witnesses: how many are configured, how many looked, when the last one did."""

    configured: int
    looked: int
    last_at: datetime | None

    @property
    def is_witnessed(self) -> bool:
        return self.looked > 0


def witnesses() -> list[note.Verifier]:
    """The keys of WITNESSES. Raises NoteWrong when one is malformed."""
    return note.parse_witnesses(settings.WITNESSES)


def take(data: bytes) -> list[Cosignature]:
    """Store the cosignatures on a checkpoint of ours that a witness sent back; each once.

    Raises:
        NoteWrong: it is no checkpoint that we signed, or no witness of WITNESSES signed it.
    """
    found = note.parse_checkpoint(note.parse(data).text)
    log = Log.objects.filter(origin=found.origin).first()
    ours = Checkpoint.objects.filter(log=log, size=found.size).first() if log else None
    if ours is None or note.parse(ours.note.encode()).text != note.parse(data).text:
        raise note.NoteWrong("This is no checkpoint that this site signed.")
    signed = note.parse(data)
    lines = signed.signature_lines()
    rows = []
    for key, seconds in signed.signed_by(witnesses()):
        defaults = {"line": lines[key.name, key.key_id], "made_at": datetime.fromtimestamp(seconds, UTC)}
        rows.append(Cosignature.objects.get_or_create(checkpoint=ours, witness=key.name, defaults=defaults)[0])
    if not rows:
        raise note.NoteWrong("No witness of WITNESSES signed this checkpoint. Add its key there first.")
    return rows


def with_cosignatures(shown: Checkpoint) -> str:
    """The signed checkpoint, with the line of a key that came since and those of every configured witness."""
    names = {shown.log.origin, *(key.name for key in witnesses())}
    rows = Cosignature.objects.filter(checkpoint=shown, witness__in=names).order_by("witness")
    return shown.note + "".join(row.line for row in rows if row.line not in shown.note)


def standing() -> Standing:
    """What the site's own log has of witnesses."""
    log, names = chain.newest(chain.INDEX), {key.name for key in witnesses()}
    rows = Cosignature.objects.filter(checkpoint__log=log, witness__in=names) if log and names else None
    if rows is None:
        return Standing(len(names), 0, None)
    newest = rows.order_by("-made_at").values_list("made_at", flat=True).first()
    return Standing(len(names), rows.values("witness").distinct().count(), newest)
