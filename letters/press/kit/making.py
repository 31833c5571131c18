"""Making the files of a snapshot in its folder: what is kept in ``kept/``, what is served in ``files/``."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import translation

from letters.core.errors import RuleError
from letters.documents.models import Letter, Version
from letters.press import anonymised, columns, exports, logged, proofs
from letters.press.kit import heads
from letters.press.kit.registry import KitFile
from letters.press.kit.source import ENTRIES, HEAD, ROWS, Row, Source, frozen, line_of
from letters.press.sinks import SUMS, FolderSink, ZipSink
from letters.signatures import sentences
from letters.signatures.models import Signature

KEPT, SERVED = "kept", "files"
SIGNED = f"{SUMS}.sig"
"""The list of hashes as a signed note."""
NOTE_EVERY = 1000

Progress = Callable[[int, int], object]
Sign = Callable[[str], bytes]


@dataclass(frozen=True)
class Made:
    """One file as it was written, or why it was not."""

    name: str
    has_names: bool
    rows: int | None = None
    size_bytes: int = 0
    sha256: str = ""
    refusal: str = ""
    note: str = ""
    """What its reader should know of it: names that no type could set, tags that are missing."""


@dataclass(frozen=True)
class Kept:
    """What is read of a letter for a snapshot, as of one moment; ``proof`` is None where no log covers it."""

    letter: Letter
    version: Version
    count: sentences.Count
    number: int
    label: str
    proof: logged.Proof | None = None


def keep(folder: Path, what: Kept, *, progress: Progress) -> None:
    """Write what the files are made of: the head, and every shown row in order. Inside one moment; flat memory."""
    kept = folder / KEPT
    kept.mkdir(parents=True, exist_ok=True)
    letter, version, proof = what.letter, what.version, what.proof
    with translation.override(letter.interface_language):
        head = heads.head_of(letter, version, what.count, number=what.number, label=what.label)
    if proof is not None:
        head["ledger"] = ledger_of(proof)
        with (kept / ENTRIES).open("wb") as file:
            file.writelines(proofs.entries_of(letter, proof.size))
    (kept / HEAD).write_text(json.dumps(head, ensure_ascii=False), encoding="utf-8")
    total = head["rows"]
    with (kept / ROWS).open("w", encoding="utf-8") as rows:
        for done, row in enumerate(rows_now(letter, version, proof), 1):
            rows.write(line_of(row))
            if done % NOTE_EVERY == 0:
                progress(min(done, total), total)


def ledger_of(proof: logged.Proof) -> dict[str, Any]:
    """What makers of the files of a proof find in the head."""
    return {"size": proof.size, "checkpoint": proof.checkpoint, "key": proof.key,
            "witnesses": list(proof.witnesses), "site_proof": proof.site}  # fmt: skip


def rows_now(letter: Letter, version: Version, proof: logged.Proof | None = None) -> Iterator[Row]:
    """The list as it stands, row by row in its order, in as much memory for a million as for a thousand; with what
    opens each in the log that proves it."""
    zero = "00000000-0000-0000-0000-000000000000"
    link = heads.address(letter, "public:signature", zero).replace(zero, "{id}")
    context = columns.Context(version.number, link, texts=exports.texts_of(version))
    opening = _Openings(version, proof)
    position = 0
    for row in exports.rows_in_order(version):
        if proof is not None and row.pk in proof.left_out:
            continue
        position += 1
        values = columns.values(row, replace(context, position=position))
        sha256 = values.pop("text_sha256")
        yield Row(values, sha256, opening.of(str(row.public_id)), _representative(row))
    for line in anonymised.rows_in_order(version):
        if proof is not None and line.signature_id in proof.left_out:
            continue
        position += 1
        values = anonymised.values(line, replace(context, position=position))
        sha256 = values.pop("text_sha256")
        yield Row(values, sha256, opening.of(str(line.public_id)))


class _Openings:
    """Walks along the list, which has the same order."""

    def __init__(self, version: Version, proof: logged.Proof | None) -> None:
        self._rows = logged.openings(version, proof) if proof is not None else iter(())
        self._next = next(self._rows, None)

    def of(self, signature_id: str) -> tuple[int, str] | None:
        if self._next is None or self._next[0] != signature_id:
            return None
        found, self._next = self._next[1], next(self._rows, None)
        return found


def _representative(row: Signature) -> tuple[str, str]:
    """Whom the sentence of evidence names as the one who signed for an organisation."""
    claim: dict[str, str] = next((proof["claim"] for proof in row.proofs if proof.get("method") == "organization"), {})
    return str(claim.get("name", "")), str(claim.get("position", ""))


def source_of(folder: Path) -> Source:
    return frozen(folder / KEPT)


def kit_name(source: Source) -> str:
    """«press-kit-lift-the-restriction-2026-11-28T1400Z.zip»; a sample says that it is one."""
    letter = source.head["letter"]
    sample = "sample-" if letter["is_sample"] else ""
    return f"{sample}press-kit-{letter['slug']}-{source.head['label']}.zip"


def make(folder: Path, source: Source, files: Iterable[KitFile], *, sign: Sign | None = None) -> Iterator[Made]:
    """Write these files, then the hashes of all, signed, and the kit; ``source.sums`` and ``sizes`` know those that
    stay."""
    sink = FolderSink(folder / SERVED)
    sink.sums, sink.sizes = source.sums, source.sizes  # makers see what was written before them
    with translation.override(source.head["language"]):
        for file in files:
            yield _one(sink, source, file)
    yield from _finish(folder, sink, source, sign)


def _one(sink: FolderSink, source: Source, file: KitFile) -> Made:
    remove(sink.folder / file.name)  # whoever reads the old one reads on
    try:
        sink.add(file.name, file.make(source))
    except RuleError as error:
        remove(sink.folder / file.name)
        return Made(file.name, file.has_names, refusal=error.message)
    rows = file.rows(source) if file.rows else source.counts.get(file.name)
    note = " ".join(source.notes.get(file.name, ()))
    return Made(file.name, file.has_names, rows, sink.sizes[file.name], sink.sums[file.name], note=note)


def _finish(folder: Path, sink: FolderSink, source: Source, sign: Sign | None) -> Iterator[Made]:
    """The hashes of all files, signed by the log's key, then all of it as one ZIP file."""
    name = kit_name(source)
    for old in (SUMS, SIGNED, name):
        remove(sink.folder / old)
    parts = sorted(sink.sums)
    sink.close()
    yield Made(SUMS, True, None, sink.sizes[SUMS], sink.sums[SUMS])
    parts.append(SUMS)
    if sign is not None:
        sink.add(SIGNED, [sign((sink.folder / SUMS).read_text(encoding="utf-8"))])
        yield Made(SIGNED, True, None, sink.sizes[SIGNED], sink.sums[SIGNED])
        parts.append(SIGNED)
    when = datetime.fromisoformat(source.head["as_of"])
    part = folder / f"{name}.part"
    with part.open("wb") as file:
        kit = ZipSink(file, name.removesuffix(".zip"), when)
        for member in parts:
            kit.add(member, chunks_of(sink.folder / member))
        kit.end()
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = part.stat().st_size
    os.replace(part, sink.folder / name)
    yield Made(name, True, None, size, digest)


def chunks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 18):
            yield chunk


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)
