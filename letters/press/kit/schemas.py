"""What the columns mean, for people and for machines: Data Package 2 and CSV on the Web.

Source: datapackage.org, Data Package standard 2.0; W3C, Metadata Vocabulary for Tabular Data.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from letters.press.anonymised import ANONYMISED
from letters.press.corrections import COLUMNS as CORRECTIONS
from letters.press.kit.breakdowns import BREAKDOWNS
from letters.press.kit.source import REDACTED, Source
from letters.press.kit.tables import ORGANIZATIONS, QUOTES


class Meaning(NamedTuple):
    """What stands in a column; ``options`` are all its values, where they are few."""

    text: str
    type: str = "string"
    options: tuple[str, ...] = ()


COLUMNS = {
    "signature_id": Meaning("Stable public id of the signature"),
    "list_position": Meaning("Place in the declared order, from 1", "integer"),
    "signatory_type": Meaning(
        "A person, an organisation, or a person whose name is withheld (anonymised), never added together; redacted: "
        "no longer shown, all other cells are empty",
        options=("person", "organization", ANONYMISED, REDACTED),
    ),
    "role": Meaning("Where the line stands", options=("initiator", "selected", "signatory")),
    "display_name": Meaning("The name as published; “Name withheld” where signatory_type is anonymised"),
    "sort_name": Meaning("The name as filed"),
    "given_name": Meaning("Given name, if the signatory gave it"),
    "family_name": Meaning("Family name, if the signatory gave it"),
    "name_latin": Meaning("The name in Latin letters, if the signatory gave it"),
    "honorific_prefix": Meaning("Title before the name, as stated"),
    "honorific_suffix": Meaning("Title after the name, as stated"),
    "position": Meaning("Position, as stated by the signatory"),
    "affiliation": Meaning("Affiliation, as stated by the signatory"),
    "affiliation_status": Meaning(
        "How they belong to it", options=("current", "former", "emeritus", "retired", "independent", "student")
    ),
    "organization_id": Meaning("ROR, LEI or Wikidata address of the organisation that evidence names"),
    "organization_name": Meaning("Name of the organisation that evidence names"),
    "sector": Meaning("Sector, as stated by the signatory"),
    "country_code": Meaning("ISO 3166-1 alpha-3"),
    "country": Meaning("English name of the country"),
    "capacity": Meaning("For oneself or for an organisation", options=("personal", "on_behalf")),
    "signed_on": Meaning("Day of confirmation, UTC", "date"),
    "letter_version": Meaning("The text that this person saw: 2, or 2.1 for version 2 with its first editorial fix"),
    "verification": Meaning("The strongest evidence in short", options=("email", "account", "affiliation")),
    "affiliation_basis": Meaning(
        "What a confirmed affiliation rests on",
        options=("none", "work_email", "institutional_login", "orcid", "work_account", "review"),
    ),
    "email_domain": Meaning("The proven mail domain, with the signatory's consent"),
    "invited": Meaning("Invited personally by the organisers", "boolean"),
    "reviewed": Meaning("Checked by the organisers", "boolean"),
    "checked_on": Meaning("Day of the newest evidence, UTC", "date"),
    "verification_sentence": Meaning("What was proven, in the exact words of the page"),
    "comment": Meaning("Public comment, with the signatory's consent"),
    "quote_permission": Meaning("Whether the press may quote the comment", options=("none", "named", "unnamed")),
    "orcid": Meaning("ORCID iD, if given for publication"),
    "website": Meaning("Website, if given for publication"),
    "permalink": Meaning("The line's own page"),
    "organization": Meaning("Name of the organisation"),
    "representative": Meaning("Who signed for it"),
    "changed_at": Meaning("When it was corrected, UTC", "datetime"),
    "kind": Meaning("What kind of correction"),
    "note": Meaning("What was corrected; never the name of somebody who withdrew"),
    "persons_after": Meaning("People on the list afterwards", "integer"),
    "persons": Meaning("Published natural persons", "integer"),
    "withheld": Meaning("People who signed and whose names are withheld; groups below three are in “other”", "integer"),
    "day": Meaning("Day of confirmation, UTC; other and redacted are no days"),
    "basis": Meaning("Named by evidence, or as the signatory wrote it", options=("named by evidence", "as stated")),
    "quote": Meaning("What may be quoted"),
    "name": Meaning("Who said it; empty: quote without a name"),
    "letter_language": Meaning("BCP 47 tag of the letter; a quote may be in another language"),
    "permission": Meaning("named or unnamed", options=("named", "unnamed")),
    "ledger_index": Meaning("Place of the commitment in the public ledger", "integer"),
    "salt": Meaning("What opens the commitment, hexadecimal"),
    "measure": Meaning("What was counted"),
    "value": Meaning("The number or the words"),
}
_PROFILES = "https://datapackage.org/profiles/2.0"
REPORTING = (
    "Reuse for reporting on this letter. No licence on data waives data protection: make no contact lists of it."
)


def headers_of(source: Source) -> dict[str, tuple[str, ...]]:
    """{CSV file of the kit: its columns}."""
    return {
        "signatories.csv": source.columns,
        "organizations.csv": ORGANIZATIONS,
        "counts.csv": ("measure", "value"),
        **{breakdown.file: (*breakdown.header, "persons", "withheld") for breakdown in BREAKDOWNS},
        "quotes.csv": QUOTES,
        "corrections.csv": CORRECTIONS,
        "openings.csv": ("signature_id", "ledger_index", "salt"),
    }


def datapackage(source: Source) -> Iterator[bytes]:
    """The Data Package over the tables that were made before it."""
    head, letter = source.head, source.head["letter"]
    found = {
        "$schema": f"{_PROFILES}/datapackage.json",
        "name": f"{letter['slug']}-{head['label'].lower()}",
        "title": f"{letter['title']}: the signatories",
        "description": head["count"]["sentence"],
        "homepage": head["urls"]["press"],
        "version": f"{head['version']['label']}+{head['number']}",
        "created": head["as_of"],
        "licenses": [{"title": REPORTING, "path": head["urls"]["press"]}],
        "sources": [{"title": letter["title"], "path": head["urls"]["letter"]}],
        "contributors": [{"title": one["name"], "roles": ["publisher"]} for one in letter["organisers"]],
        "resources": [
            _resource(name, header, source) for name, header in headers_of(source).items() if name in source.sums
        ],
    }
    if not found["contributors"]:
        del found["contributors"]
    yield (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()


def _resource(file: str, header: tuple[str, ...], source: Source) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "$schema": f"{_PROFILES}/tableschema.json",
        "fields": [_field(name) for name in header],
        "missingValues": [""],
    }
    if file == "signatories.csv":
        schema["primaryKey"] = ["signature_id"]
    return {
        "name": file.removesuffix(".csv"),
        "path": file,
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": source.sizes[file],
        "hash": f"sha256:{source.sums[file]}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
        "schema": schema,
    }


def _field(name: str) -> dict[str, Any]:
    meaning = COLUMNS.get(name, Meaning(""))
    found: dict[str, Any] = {"name": name, "type": meaning.type, "description": meaning.text}
    if meaning.type == "boolean":
        found |= {"trueValues": ["true"], "falseValues": ["false"]}
    if meaning.options:
        found["constraints"] = {"enum": list(meaning.options)}
    return found


_CSVW_TYPES = {"datetime": "dateTime"}


def csv_metadata(source: Source) -> Iterator[bytes]:
    """The same columns of the list as CSV on the Web has them."""
    head = source.head
    found = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": "signatories.csv",
        "dc:title": f"{head['letter']['title']}: the signatories",
        "dc:description": head["count"]["sentence"],
        "dc:source": head["urls"]["letter"],
        "dc:created": head["as_of"],
        "dialect": {"encoding": "utf-8", "lineTerminators": ["\r\n"], "header": True},
        "tableSchema": {
            "primaryKey": "signature_id",
            "columns": [
                {
                    "name": name,
                    "titles": name,
                    "dc:description": COLUMNS.get(name, Meaning("")).text,
                    "datatype": _CSVW_TYPES.get(kind := COLUMNS.get(name, Meaning("")).type, kind),
                    "required": name == "signature_id",
                }
                for name in source.columns
            ],
        },
    }
    yield (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()
