"""What readers and signatories get of a letter's log: checkpoint, entries, key, and the proof that a line is in it."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.ledger import chain, merkle, note, tiles, witnessing
from letters.ledger.models import Checkpoint, Entry, Log
from letters.press.models import Commitment, Scan
from letters.signatures.models import Signature

PAGE = 1000
LEVELS = {str(level) for level in range(tiles.MAX_LEVEL)}
MAGIC = "c2sp.org/tlog-proof@v1"


class NotLogged(RuleError):
    """Nothing is signed yet."""

    code = "not-logged"
    default = _("The ledger of this letter begins within a minute of its launch.")


@dataclass(frozen=True)
class Receipt:
    """That a line stands in a letter's log. ``number`` counts entries from 1, ``index`` from 0; ``proof`` is a file in
    the format c2sp.org/tlog-proof@v1 with the entry itself as its extra data."""

    number: int
    index: int
    size: int
    leaf_hash: str
    entry: str
    proof: str
    key: str
    signed_at: datetime


class TileDamaged(RuleError):
    """What is stored is not what was published."""

    code = "tile-damaged"
    default = _(
        "This part of the ledger is damaged. Tell the operators of this site: “manage.py ledger fsck” names it."
    )


def subject_of(letter: Letter) -> str:
    """What a letter's logs are about."""
    return f"documents.letter:{letter.pk}"


def log_of(letter: Letter) -> Log | None:
    """The log of a letter; None until the job first saw it public."""
    scan = Scan.objects.filter(letter=letter).select_related("log").first()
    return scan.log if scan else None


def newest(log: Log | None) -> Checkpoint:
    """The newest signed checkpoint. Raises NotLogged."""
    shown = chain.shown(log) if log else None
    if shown is None:
        raise NotLogged
    return shown


def checkpoint_in(log: Log | None) -> bytes:
    """The newest checkpoint of a log, a signed note with the lines of its witnesses. Raises NotLogged."""
    return witnessing.with_cosignatures(newest(log)).encode()


def checkpoint_of(letter: Letter) -> bytes:
    """That of a letter's newest log. Raises NotLogged."""
    return checkpoint_in(log_of(letter))


def site_checkpoint() -> bytes:
    """That of the site's own newest log. Raises NotLogged."""
    return checkpoint_in(chain.newest(chain.INDEX))


def site_key() -> str:
    """The key of the site's own log in one line; below it, after a rotation, what each older key says of the newest
    one, as signed notes. Raises NotLogged."""
    log = chain.newest(chain.INDEX)
    if log is None:
        raise NotLogged
    new, *old = chain.signers(log)
    said = f"{log.origin}\nthe key of this log is now\n{new.verifier}\n"
    return f"{new.verifier}\n" + "".join(f"\n{note.sign(said, signer)}" for signer in old)


def tile(log: Log, level: str, path: str) -> bytes | None:
    """One tile of hashes, or for the level ``entries`` one bundle of entries, as far as it was published; None where
    the names are not the one spelling of a tile that this log has. Raises TileDamaged."""
    place = tiles.parse_path(path)
    if place is None or (level != "entries" and level not in LEVELS):
        return None
    number, width = place
    shown = chain.shown(log)
    on_level = 0 if level == "entries" else int(level)
    if shown is None or tiles.width_at(shown.size, on_level, number) < width:
        return None
    if level == "entries":
        return tiles.bundle(tiles.lines_of(log, number * tiles.WIDTH, number * tiles.WIDTH + width))
    found = tiles.Stored(log, shown.size).tile(on_level, number)[: width * merkle.HASH_BYTES]
    if width == tiles.WIDTH and not tiles.is_sound(log, on_level, number, found):
        raise TileDamaged  # caches would keep it for a year
    return found


def size_of(letter: Letter) -> int:
    """How many entries the newest checkpoint covers. Raises NotLogged."""
    return newest(log_of(letter)).size


def entries_of(letter: Letter, size: int) -> Iterator[bytes]:
    """The first ``size`` lines of ``entries.jsonl``, each with its line break. Raises NotLogged."""
    log = log_of(letter)
    if log is None or size > newest(log).size:
        raise NotLogged
    return lines_of(log, size)


def lines_of(log: Log, size: int) -> Iterator[bytes]:
    """The first ``size`` entries of a log, page by page, so that no transaction outlasts a slow reader."""
    for start in range(0, size, PAGE):
        for line in tiles.lines_of(log, start, min(start + PAGE, size)):
            yield line + b"\n"


def vkey_of(letter: Letter) -> str:
    """The public key of a letter's log as people pin it. Raises NotLogged."""
    log = log_of(letter)
    if log is None:
        raise NotLogged
    return str(chain.keys_of(log)[0])


def signed(letter: Letter, text: str) -> bytes:
    """A note of ``text``, which ends with a line break, signed under the letter's name: for lists of hashes.

    Raises NotLogged.
    """
    log = log_of(letter)
    if log is None:
        raise NotLogged
    return note.sign(text, *chain.signers(log)).encode()


def receipt_of(signature: Signature) -> Receipt | None:
    """The receipt of a standing line; None while it has none, or when it stands no longer."""
    log = log_of(signature.letter)
    rows = Commitment.objects.filter(signature=signature, log=log, retracted_by__isnull=True).select_related("log")
    standing = rows.first()
    shown = chain.shown(standing.log) if standing else None
    if standing is None or shown is None or shown.size <= standing.number:
        return None
    entry = Entry.objects.get(log=standing.log, number=standing.number).line
    return Receipt(
        number=standing.number + 1,
        index=standing.number,
        size=shown.size,
        leaf_hash=merkle.leaf_hash(entry.encode()).hex(),
        entry=entry,
        proof=proof_of(shown, standing.number, entry),
        key=str(chain.keys_of(standing.log)[0]),
        signed_at=shown.signed_at,
    )


def proof_of(shown: Checkpoint, index: int, entry: str) -> str:
    """A proof that can be checked offline by whoever has the log's key. Source: C2SP tlog-proof."""
    path = merkle.inclusion_proof(index, shown.size, tiles.Stored(shown.log, shown.size).node)
    hashes = "".join(f"{base64.b64encode(node).decode()}\n" for node in path)
    extra = base64.b64encode(entry.encode()).decode()
    return f"{MAGIC}\nextra {extra}\nindex {index}\n{hashes}\n{witnessing.with_cosignatures(shown)}"


def witness_sentence() -> str:
    """What pages must say of witnesses, in the language of the page: an unwitnessed log says so. Witnesses sign the log
    of the site, which takes in every letter's checkpoint: a kit that is new says "unwitnessed" of its own one."""
    standing = witnessing.standing()
    if standing.last_at is None:
        return gettext(
            "Unwitnessed: nobody outside this site has cosigned its ledger. Two people could be shown two different "
            "ledgers, and only comparing their checkpoints would tell."
        )
    return ngettext(
        "One outside witness has cosigned this site’s ledger, which takes in every letter’s, last on {day}. What is "
        "newer is unwitnessed until the next time.",
        "{number} outside witnesses have cosigned this site’s ledger, which takes in every letter’s, last on {day}. "
        "What is newer is unwitnessed until the next time.",
        standing.looked,
    ).format(number=standing.looked, day=date_format(standing.last_at, "j F Y"))
