"""The count as machines read it: one shape for count.json, for the head of the list as JSON, and for snapshots."""

from typing import Any

from letters.documents import texts
from letters.documents.models import Letter, Version
from letters.signatures.sentences import Count


def as_json(letter: Letter, version: Version, count: Count) -> dict[str, Any]:
    """JSON types. Persons and organisations are never added together; every number carries its time."""
    shown = texts.shown_of(version)
    return {
        "letter": letter.slug,
        "title": shown.title,
        "letter_version": version.number,
        "text_sha256": shown.sha256,
        "as_of": count.as_of.isoformat(),
        "persons": count.persons,
        "organizations": count.organizations,
        "by_verification": {"email": count.email, "account": count.account, "affiliation": count.affiliation},
        "by_affiliation_basis": count.by_basis,
        "invited": count.invited,
        "reviewed": count.reviewed,
        "checked_over_12_months_ago": count.older,
        "withheld": count.withheld,
        "anonymised": count.anonymised,
        "held": count.held,
        "withdrawn": count.withdrawn,
        "removed": count.removed,
        "is_sample": letter.is_sample,
        "sentence": count.sentence,
    }
