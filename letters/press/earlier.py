"""What a line said before its signatory corrected it, in files that were published then: it is emptied on request.

A correction alone leaves older snapshots as they were: a newsroom may have printed them. Whoever does not want to be
found under the earlier name any more asks here; redacting.py then makes a tombstone of the line in each file that
says something else than the list of today.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from letters.ledger import audit
from letters.press import columns, corrections
from letters.press.models import EarlierLine, Snapshot
from letters.signatures import twins
from letters.signatures.managing import NotStanding
from letters.signatures.models import Signature
from letters.signatures.signing import family

TYPED = (
    "display_name", "sort_name", "given_name", "family_name", "name_latin", "honorific_prefix", "honorific_suffix",
    "position", "affiliation", "affiliation_status", "sector", "country_code", "email_domain", "comment", "orcid",
    "website",
)  # fmt: skip
"""Columns that a signatory decides about. What others found, a date or a place in the list is nobody's earlier line."""


def is_offered(signature: Signature) -> bool:
    """A published file still has a line of this person as it was before a correction, under whichever version."""
    return any(_is_kept(row) for row in (signature, *twins.standing_of(signature)))


def _is_kept(signature: Signature) -> bool:
    if not signature.is_public:
        return False
    changed = corrections.said_otherwise(signature).order_by("-changed_at").values_list("changed_at", flat=True)
    last = changed.first()
    rows = Snapshot.objects.kept().filter(version=signature.version_id, as_of__gte=signature.confirmed_at)
    return last is not None and rows.filter(as_of__lt=last).exists()


@transaction.atomic
def ask(public_id: UUID) -> None:
    """Have the line emptied in every file that says something else than the list of today, under every version of the
    letter. The log of corrections leads to the line no longer; the line itself stays as it is. Idempotent.

    Raises:
        NotStanding: the signature is not confirmed.
    """
    signature, *others = family(public_id)
    if not signature.is_confirmed:
        raise NotStanding
    for row in (signature, *(other for other in others if other.is_confirmed)):
        EarlierLine.objects.update_or_create(signature=row, defaults={"asked_at": timezone.now()})
        corrections.said_otherwise(row).update(signature=None)
    audit.record(audit.Action.EARLIER_LINE_ASKED, signature, by="signatory")


def asked_at(signature: Signature) -> datetime | None:
    """When it was last asked for; None if never. One query."""
    return EarlierLine.objects.filter(signature=signature).values_list("asked_at", flat=True).first()


def data_of(signature: Signature) -> str | None:
    """What is stored about the request, for the person alone (GDPR Arts. 15 and 20)."""
    moment = asked_at(signature)
    return moment.isoformat() if moment else None


def wanted(row: Snapshot, since: datetime, *, done: Collection[str]) -> dict[str, tuple[str, Mapping[str, str]]]:
    """{signature: (a mark of its request, the cells that it has today)} of everybody who asked since then, without the
    marks that are done."""
    asked = EarlierLine.objects.filter(asked_at__gt=since, signature__version=row.version).select_related("signature")
    rows = [(f"{one.signature.public_id} {one.asked_at.isoformat()}", one.signature) for one in asked]
    return {
        str(signature.public_id): (mark, typed_of(signature))
        for mark, signature in rows
        if signature.is_confirmed and mark not in done
    }


def typed_of(signature: Signature) -> dict[str, str]:
    context = columns.Context(0, "")
    return {column.name: column.python(signature, context) for column in columns.COLUMNS if column.name in TYPED}


def differs(kept: Mapping[str, Any], today: Mapping[str, str]) -> bool:
    """A row as a snapshot has kept it, without its empty cells, says something else than the line of today."""
    return any(kept.get(name, "") != cell for name, cell in today.items())


def forget(signature: Signature) -> None:
    """Nothing tells any more that a line once was another one. Idempotent."""
    EarlierLine.objects.filter(signature=signature).delete()
