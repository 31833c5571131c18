"""The list itself: as CSV, as JSON, and what opens its commitments in the public ledger."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from letters.press.kit import tables
from letters.press.kit.source import ENTRIES, Source

CHUNK_CHARS = 65_536


def signatories_csv(source: Source) -> Iterator[bytes]:
    return tables.csv_of(tables.signatories(source))


def signatories_json(source: Source) -> Iterator[bytes]:
    """What is counted, as of when, under which text, and ``signatories`` in order; a tombstone has all its columns."""
    head = {"snapshot": source.head["number"]} if source.head["number"] else {}
    return json_list(
        {**head, **head_of(source.count)}, ({**row.values, "text_sha256": row.text_sha256} for row in source.rows())
    )


def checkpoint(source: Source) -> Iterator[bytes]:
    """What the key of the log has signed: its size and root."""
    yield _ledger(source)["checkpoint"].encode()


def entries_jsonl(source: Source) -> Iterator[bytes]:
    """Every entry of the log up to the checkpoint; nobody is in it."""
    assert source.folder is not None  # noqa: S101 - registry.py leaves it out elsewhere
    with (source.folder / ENTRIES).open("rb") as file:
        while chunk := file.read(1 << 18):
            yield chunk


def key_txt(source: Source) -> Iterator[bytes]:
    yield f"{_ledger(source)['key']}\n".encode()


def site_proof(source: Source) -> Iterator[bytes]:
    yield str(_ledger(source)["site_proof"]).encode()


def witnesses_txt(source: Source) -> Iterator[bytes]:
    yield "".join(f"{witness}\n" for witness in _ledger(source)["witnesses"]).encode()


def shipped(name: str, source: Source) -> Iterator[bytes]:
    """A file of this software, as it is."""
    yield (Path(__file__).parent / name).read_bytes()


def _ledger(source: Source) -> Mapping[str, Any]:
    assert source.ledger is not None  # noqa: S101 - registry.py leaves it out elsewhere
    return source.ledger


def head_of(counted: Mapping[str, Any]) -> dict[str, Any]:
    """The head of the list as JSON: the counts, the sentence under the name that says what it is."""
    found = {name: value for name, value in counted.items() if name != "sentence"}
    return {**found, "count_sentence": counted["sentence"]}


def json_list(head: Mapping[str, Any], signatories: Iterator[Mapping[str, object]]) -> Iterator[bytes]:
    """One JSON object in chunks of about 64 kB: the head, then ``signatories``, one a line."""
    held = [json.dumps(head, ensure_ascii=False)[:-1] + ', "signatories": [']
    size, before = 0, "\n"
    for values in signatories:
        held.append(before + json.dumps(values, ensure_ascii=False))
        before = ",\n"
        size += len(held[-1])
        if size >= CHUNK_CHARS:
            yield "".join(held).encode()
            held, size = [], 0
    yield ("".join(held) + "\n]}\n").encode()


def counts_json(source: Source) -> Iterator[bytes]:
    """The counts with the hash of the list that they are made of, once that is written."""
    found = {"snapshot": source.head["number"], **source.count}
    found["snapshot_sha256"] = source.sums.get("signatories.csv", "")
    yield (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()
