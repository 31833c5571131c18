"""A list with what proves it, in a folder of its own beside an archive: what verify.py asks for, nothing else."""

from letters.documents.models import Letter, Version
from letters.press import logged, proofs
from letters.press.kit import heads, making, registry
from letters.press.kit.source import Source
from letters.press.sinks import Sink
from letters.signatures.sentences import Count

FOLDER = "proof"
_FILES = ("signatories.csv", "letter.md", "openings.csv", "checkpoint", "key.txt", "verify.py", "VERIFY.txt")


def write(letter: Letter, version: Version, count: Count, proof: logged.Proof, sink: Sink) -> None:
    """Write the list as far as the log covers it, and its proof. Inside the moment that ``proof`` is of; flat memory.

    What was confirmed a moment ago is in no log yet, so this list may be shorter than the one beside it by that.
    """
    head = heads.head_of(letter, version, count)
    head["ledger"] = making.ledger_of(proof)
    source = Source(head, lambda: making.rows_now(letter, version, proof))
    known = {file.name: file for file in (*registry.FILES, *registry.PROOF)}
    for file in [*(known[name] for name in _FILES), *registry.more_proof_of(head["ledger"])]:
        sink.add(f"{FOLDER}/{file.name}", file.make(source))
    sink.add(f"{FOLDER}/entries.jsonl", proofs.entries_of(letter, proof.size))
