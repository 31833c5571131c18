"""Being a witness of another site's log: keep its checkpoints, demand that each grew out of the last, and cosign.

A witness says what it saw, nothing about what is true: that this log never showed it two different pasts. Source: C2SP
tlog-witness (its rules, by fetching instead of being called), tlog-cosignature v1.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from letters.core import fetching
from letters.core.errors import RuleError
from letters.ledger import merkle, note, tiles

WITHIN = 30.0  # seconds for one answer: nobody waits for a witness
NEWEST, PINNED, CONFLICT = "newest", "log.vkey", "conflict"


class Refused(RuleError):
    """The log contradicts what this witness kept. Both notes together are the proof of it."""

    code = "refused"


@dataclass(frozen=True)
class Seen:
    """``note`` is the checkpoint with the cosignature under it; ``before`` is the size that was kept until now; ``key``
    is what the log is followed by."""

    checkpoint: note.Checkpoint
    note: str
    before: int
    key: str


class Remote(tiles.Tree):
    """A tree read from a site's public tiles. Nothing in them is believed: proofs made of them are checked."""

    def __init__(self, base: str, size: int) -> None:
        super().__init__(size)
        self._base = base

    def _tile(self, level: int, number: int) -> bytes:
        width = tiles.width_at(self.size, level, number)
        found = fetching.safe_fetch(f"{self._base}/tile/{level}/{tiles.path_of(number, width)}", within=WITHIN)
        return found.body if found.status == 200 else b""


def look(base: str, *, store: Path, signer: note.Signer, pin: str = "", now: int | None = None) -> Seen:
    """Fetch a log's checkpoint from ``base`` (…/ledger), compare it with the one kept in ``store``, cosign and keep it.

    The first look pins the log's key: ``pin``, or what the site shows. ``now`` is in seconds since 1970.

    Raises:
        Refused: the log shrank, or shows another past; both notes are kept as evidence, nothing is signed.
        NoteWrong: it is not signed with the pinned key.
        FetchRefused: the site does not answer.
    """
    store.mkdir(parents=True, exist_ok=True)
    key = _pinned(base, store, pin)
    data = _get(f"{base}/checkpoint")
    _demand_same_log(data, key)
    found, signed = note.open_checkpoint(data, [key])
    path = store / NEWEST
    before = note.open_checkpoint(path.read_bytes(), [key])[0] if path.exists() else None
    if before is not None:
        _demand_growth(base, before, found, store, data)
    line = signer.line(signed.text, seconds=int(time.time()) if now is None else now)
    own = data.decode() + line
    _keep(path, own)
    return Seen(found, own, before.size if before else 0, str(key))


def _pinned(base: str, store: Path, pin: str) -> note.Verifier:
    path = store / PINNED
    if not path.exists():
        text = pin or _get(f"{base}/key").decode("utf-8", "replace").split("\n")[0]
        path.write_text(f"{note.parse_key(text)}\n")
    key = note.parse_key(path.read_text())
    if pin and note.parse_key(pin) != key:
        raise note.NoteWrong(f"{path} pins another key than the one given. Remove it if you mean to trust the new one.")
    return key


def _get(url: str) -> bytes:
    found = fetching.safe_fetch(url, within=WITHIN)
    if found.status != 200:
        raise fetching.Unreachable(f"{url} answers {found.status}.")
    return found.body


def _demand_same_log(data: bytes, key: note.Verifier) -> None:
    shown = note.parse_checkpoint(note.parse(data).text).origin
    if shown != key.name:
        raise note.NoteWrong(
            f"The site shows the log {shown}, and {key.name} was followed. Ask its operators why: a log that was given "
            "up is named in the first entry of the one after it. Follow the new one with another --store."
        )


def _demand_growth(base: str, before: note.Checkpoint, found: note.Checkpoint, store: Path, data: bytes) -> None:
    try:
        if found.size < before.size:
            raise merkle.ProofWrong(f"It had {before.size} entries and has {found.size} now.")
        proof = []
        if before.size and before.size != found.size:
            proof = merkle.consistency_proof(before.size, found.size, Remote(base, found.size).node)
        if before.size:
            merkle.check_consistency(before.size, before.root, found.size, found.root, proof)
    except (merkle.ProofWrong, LookupError) as error:
        evidence = store / f"{CONFLICT}-{found.size}-{found.root.hex()[:8]}"
        _keep(evidence, data.decode())
        raise Refused(
            f"{found.origin} does not go on from the checkpoint of {before.size} entries that was kept: {error} "
            f"Nothing is signed. {store / NEWEST} and {evidence} together prove it: show them to others."
        ) from error


def _keep(path: Path, content: str) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(content)
    beside.replace(path)
