"""The letter and its signatures as linked data. There is no "signatory" at schema.org: each signature is an
EndorseAction of a person whose object is the letter.

Source: schema.org, vocabulary of August 2026.
"""

import json
from collections.abc import Iterator
from typing import Any

from letters.press.kit.source import Row, Source

CHUNK_CHARS = 65_536


def letter_jsonld(source: Source) -> Iterator[bytes]:
    """One graph in chunks: the letter, each shown signature, and the downloads."""
    url = source.head["urls"]["letter"]
    held = ['{"@context": "https://schema.org", "@graph": [\n', json.dumps(_letter(source), ensure_ascii=False)]
    size = 0
    for row in source.rows():
        if row.is_tombstone:
            continue
        held.append(",\n" + json.dumps(_endorsement(row, url), ensure_ascii=False))
        size += len(held[-1])
        if size >= CHUNK_CHARS:
            yield "".join(held).encode()
            held, size = [], 0
    held.append(",\n" + json.dumps(_dataset(source), ensure_ascii=False) + "\n]}\n")
    yield "".join(held).encode()


def _letter(source: Source) -> dict[str, Any]:
    head, letter = source.head, source.head["letter"]
    found = {
        "@type": ["CreativeWork", "Message"],
        "@id": head["urls"]["letter"],
        "url": head["urls"]["letter"],
        "name": letter["title"],
        "alternativeHeadline": letter["subtitle"],
        "abstract": letter["summary"],
        "text": head["texts"][0]["markdown"],
        "inLanguage": letter["language"],
        "version": head["version"]["label"],
        "datePublished": letter["published_on"],
        "recipient": [_addressee(one) for one in letter["addressees"]],
        "author": [_party(one) for one in letter["organisers"]],
        "publisher": {"@type": "Organization", "name": head["site"]["name"], "url": head["site"]["url"]},
        "publishingPrinciples": head["urls"]["methodology"],
        "correction": [
            {"@type": "CorrectionComment", "text": entry["note"], "datePublished": entry["changed_at"]}
            for entry in head["corrections"]
        ],
        "interactionStatistic": {
            "@type": "InteractionCounter",
            "interactionType": {"@type": "EndorseAction"},
            "userInteractionCount": head["count"]["persons"],
        },
    }
    return {name: value for name, value in found.items() if value}


def _addressee(addressee: dict[str, str]) -> dict[str, Any]:
    kind = "Person" if addressee.get("name") else "Organization"
    found: dict[str, Any] = {
        "@type": kind,
        "name": addressee.get("name") or addressee.get("organization") or addressee.get("office"),
    }
    if kind == "Person":
        found["jobTitle"] = addressee.get("office")
        found["affiliation"] = _organization(addressee.get("organization", ""))
    return {name: value for name, value in found.items() if value}


def _party(organiser: dict[str, str]) -> dict[str, str]:
    return {"@type": "Organization", "name": organiser["name"]}


def _organization(name: str, uri: str = "") -> dict[str, str] | None:
    if not name:
        return None
    return {"@type": "Organization", "name": name, **({"identifier": uri} if uri else {})}


def _endorsement(row: Row, url: str) -> dict[str, Any]:
    values = row.values
    agent: dict[str, Any] = {"@type": "Person", "name": "" if row.is_unnamed else values["display_name"]}
    if values["signatory_type"] == "organization":
        agent = {"@type": "Organization", "name": values["display_name"], "identifier": values["organization_id"]}
    else:
        agent |= {
            "jobTitle": values["position"],
            "affiliation": _organization(values["affiliation"], values["organization_id"]),
            "identifier": values.get("orcid"),
            "url": values.get("website"),
        }
    found = {
        "@type": "EndorseAction",
        "@id": values["permalink"] or f"{url}#s-{values['signature_id']}",
        "agent": {name: value for name, value in agent.items() if value},
        "object": {"@id": url},
        "startTime": values["signed_on"],
        "description": values["verification_sentence"],
    }
    return {name: value for name, value in found.items() if value}


_KINDS = {"signatories.csv": "text/csv", "signatories.json": "application/json", "organizations.csv": "text/csv"}


def _dataset(source: Source) -> dict[str, Any]:
    head = source.head
    base = f"{head['urls']['press']}{head['label']}/" if head["number"] else head["urls"]["letter"]
    return {
        "@type": "Dataset",
        "name": f"{head['letter']['title']}: the signatories",
        "description": head["count"]["sentence"],
        "url": head["urls"]["press"],
        "dateModified": head["as_of"],
        "isBasedOn": {"@id": head["urls"]["letter"]},
        "distribution": [
            {"@type": "DataDownload", "name": name, "encodingFormat": kind, "contentUrl": base + name}
            for name, kind in _KINDS.items()
        ],
    }
