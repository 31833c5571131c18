"""Keeping the summary in a signature's row equal to its standing evidence: pages, lists and files read that alone."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone, translation

from letters.signatures.models import Signature
from letters.verification import assurance
from letters.verification.models import Evidence, Method

SUMMARY = (
    "verification",
    "affiliation_basis",
    "is_invited",
    "is_reviewed",
    "checked_at",
    "proven_domain",
    "organization_ref",
    "organization_name",
    "proofs",
    "sentence",
)
JUST_NOW = timedelta(seconds=1)
_SHOWS_DOMAIN = {Method.WORK_EMAIL, Method.GOOGLE, Method.MICROSOFT}


def facts_of(signature: Signature, rows: Iterable[Evidence]) -> list[assurance.Fact]:
    """Standing rows as facts. A mail domain is in them only when the signatory agreed to show it."""
    return [
        assurance.Fact(row.method, row.axis, assurance.utc_day(row.checked_at), _shown(signature, row)) for row in rows
    ]


def _shown(signature: Signature, row: Evidence) -> dict[str, Any]:
    hides_domain = row.method in _SHOWS_DOMAIN and not signature.consent_domain
    return {name: value for name, value in row.claim.items() if not (hides_domain and name == "domain")}


def summary_of(signature: Signature, rows: Sequence[Evidence]) -> dict[str, Any]:
    """The values of the ``SUMMARY`` columns for these standing rows, oldest first. Pure."""
    facts = facts_of(signature, rows)
    found = assurance.assess(facts)
    organization = next((row.organization for row in rows if row.organization and row.axis == "affiliation"), None)
    is_plain = [row.method for row in rows] == [Method.EMAIL]
    with translation.override("en"):
        sentence = "" if is_plain or not rows else assurance.assess(facts).sentence
    return {
        "verification": found.verification,
        "affiliation_basis": found.basis,
        "is_invited": found.is_invited,
        "is_reviewed": found.is_reviewed,
        "checked_at": max((row.checked_at for row in rows), default=None),
        "proven_domain": found.domain,
        "organization_ref": organization.uri if organization else "",
        "organization_name": organization.name if organization else found.organization,
        "proofs": [] if is_plain else [fact.stored() for fact in facts],
        "sentence": sentence,
    }


def refresh(signature: Signature) -> bool:
    """Compute the summary anew from the standing evidence and store it; True when something changed. Idempotent.

    Call inside the transaction that changed the evidence. The given instance is brought up to date as well.
    """
    rows = list(
        Evidence.objects.standing()
        .filter(signature=signature)
        .select_related("organization")
        .order_by("checked_at", "id")
    )
    values = summary_of(signature, rows)
    if all(getattr(signature, name) == value for name, value in values.items()):
        return False
    for name, value in values.items():
        setattr(signature, name, value)
    now = timezone.now()
    if now - signature.changed_at > JUST_NOW:  # whoever changed the row this instant wrote the time already
        signature.changed_at = now
    signature.save(update_fields=[*SUMMARY, "changed_at"])
    return True
