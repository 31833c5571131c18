"""Making the files of a snapshot in its folder: what is kept in ``kept/``, what is served in ``files/``."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.utils import translation

from letters.core.errors import RuleError
from letters.documents.models import Letter, Version
from letters.press import columns, exports
from letters.press.kit import heads
from letters.press.kit.registry import KitFile
from letters.press.kit.source import HEAD, ROWS, Row, Source, frozen, line_of
from letters.press.sinks import SUMS, FolderSink, ZipSink
from letters.signatures import sentences
from letters.signatures.models import Signature

KEPT, SERVED = "kept", "files"
NOTE_EVERY = 1000

Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Made:
    """One file as it was written, or why it was not."""

    name: str
    has_names: bool
    rows: int | None = None
    size_bytes: int = 0
    sha256: str = ""
    refusal: str = ""


def keep(folder: Path, letter: Letter, version: Version, count: sentences.Count, *, number: int, label: str,
         progress: Progress) -> None:  # fmt: skip
    """Write what the files are made of: the head, and every shown row in order. Inside one moment; flat memory."""
    kept = folder / KEPT
    kept.mkdir(parents=True, exist_ok=True)
    with translation.override(letter.interface_language):
        head = heads.head_of(letter, version, count, number=number, label=label)
    (kept / HEAD).write_text(json.dumps(head, ensure_ascii=False), encoding="utf-8")
    total = head["rows"]
    with (kept / ROWS).open("w", encoding="utf-8") as file:
        for done, row in enumerate(rows_now(letter, version), 1):
            file.write(line_of(row))
            if done % NOTE_EVERY == 0:
                progress(min(done, total), total)


def rows_now(letter: Letter, version: Version) -> Iterator[Row]:
    """The list as it stands, row by row in its order, in as much memory for a million as for a thousand."""
    zero = "00000000-0000-0000-0000-000000000000"
    link = heads.address(letter, "public:signature", zero).replace(zero, "{id}")
    context = columns.Context(version.number, link, texts=exports.texts_of(version))
    for position, row in enumerate(exports.rows_in_order(version), 1):
        values = columns.values(row, replace(context, position=position))
        sha256 = values.pop("text_sha256")
        yield Row(values, sha256, representative=_representative(row))


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


def make(folder: Path, source: Source, files: Iterable[KitFile]) -> Iterator[Made]:
    """Write these files, then the hashes of all and the kit; ``source.sums`` and ``sizes`` know those that stay."""
    sink = FolderSink(folder / SERVED)
    sink.sums, sink.sizes = source.sums, source.sizes  # makers see what was written before them
    with translation.override(source.head["language"]):
        for file in files:
            yield _one(sink, source, file)
    yield from _finish(folder, sink, source)


def _one(sink: FolderSink, source: Source, file: KitFile) -> Made:
    remove(sink.folder / file.name)  # whoever reads the old one reads on
    try:
        sink.add(file.name, file.make(source))
    except RuleError as error:
        remove(sink.folder / file.name)
        return Made(file.name, file.has_names, refusal=error.message)
    rows = file.rows(source) if file.rows else None
    return Made(file.name, file.has_names, rows, sink.sizes[file.name], sink.sums[file.name])


def _finish(folder: Path, sink: FolderSink, source: Source) -> Iterator[Made]:
    """The hashes of all files, then all of it as one ZIP file."""
    name = kit_name(source)
    for old in (SUMS, name):
        remove(sink.folder / old)
    parts = sorted(sink.sums)
    sink.close()
    yield Made(SUMS, True, None, sink.sizes[SUMS], sink.sums[SUMS])
    when = datetime.fromisoformat(source.head["as_of"])
    part = folder / f"{name}.part"
    with part.open("wb") as file:
        kit = ZipSink(file, name.removesuffix(".zip"), when)
        for member in [*parts, SUMS]:
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
