"""Counting, in a batch and never by a signatory or a page: one job recounts a version when something changed in it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from letters.documents.models import Version
from letters.signatures.models import PUBLIC, AnonymousLine, Signature, Tally

# A change is seen although its transaction committed after a later one was counted.
OVERLAP = timedelta(seconds=30)
# A number says "as of" at most this long ago, also when nothing changed.
RENEW_AFTER = timedelta(minutes=10)
COUNT_LOCK = 0x636F756E

PERSON = PUBLIC & Q(signatory_type="person")
WITHHELD = Q(state="confirmed", held_reason="", hidden_at__isnull=False, signatory_type="person")
FRESH_FOR = timedelta(days=365)  # afterwards evidence is counted apart, with its date


def counted(now: datetime) -> dict[str, Count]:
    """{column of Tally: what it counts}. Persons and organisations are never added together."""
    checked = AnonymousLine.objects.standing().filter(checked_at__isnull=False)
    basis = {name: Count("pk", filter=PERSON & Q(affiliation_basis=name.removeprefix("by_"))) for name in BY_BASIS}
    return {
        "persons": Count("pk", filter=PERSON),
        "organizations": Count("pk", filter=PUBLIC & Q(signatory_type="organization")),
        "samples": Count("pk", filter=PERSON & Q(is_sample=True)),
        "account": Count("pk", filter=PERSON & Q(verification="account")),
        "affiliation": Count("pk", filter=PERSON & Q(verification="affiliation")),
        **basis,
        "invited": Count("pk", filter=PERSON & Q(is_invited=True)),
        "reviewed": Count("pk", filter=PERSON & Q(is_reviewed=True)),
        "older": Count("pk", filter=PERSON & Q(checked_at__lt=now - FRESH_FOR)),
        "withheld": Count("pk", filter=WITHHELD),
        "anonymised": Count("pk", filter=WITHHELD & Q(pk__in=checked.values("signature"))),
        "held": Count("pk", filter=Q(state="confirmed", signatory_type="person") & ~Q(held_reason="")),
        "withdrawn": Count("pk", filter=Q(state="withdrawn")),
        "removed": Count("pk", filter=Q(state="removed")),
    }


BY_BASIS = ("by_work_email", "by_institutional_login", "by_orcid", "by_work_account", "by_review")


def refresh(*, now: datetime | None = None) -> int:
    """Recount every version in which something changed since it was counted; returns how many were.

    Safe to run twice or at once: one runs, the others leave.
    """
    now = now or timezone.now()
    done = 0
    for version_id in _stale(now):
        with transaction.atomic():
            if not _alone():
                return done
            recount(version_id, now=now)
            done += 1
    return done


def _alone() -> bool:
    if connection.vendor != "postgresql":
        return True  # SQLite's transaction is alone by itself
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [COUNT_LOCK])
        return bool(cursor.fetchone()[0])


def _stale(now: datetime) -> list[int]:
    changed = Signature.objects.filter(version=OuterRef("pk"), changed_at__gt=OuterRef("tally__as_of") - OVERLAP)
    changed = changed.exclude(state="pending")
    rows = Version.objects.filter(
        Q(tally__isnull=True) | Q(tally__as_of__lt=now - RENEW_AFTER) | Exists(changed)
    ).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def _counted(version_id: int, now: datetime, without: Collection[int] = ()) -> dict[str, int]:
    rows = Signature.objects.filter(version_id=version_id).exclude(state="pending")
    return (rows.exclude(pk__in=without) if without else rows).aggregate(**counted(now))


def recount(version_id: int, *, now: datetime) -> Tally:
    """Count one version's rows and store the result; the revision grows when a reader may see a difference."""
    found = _counted(version_id, now)
    tally, is_new = Tally.objects.get_or_create(version_id=version_id, defaults={**found, "as_of": now})
    if is_new:
        return tally
    newest = Signature.objects.filter(version_id=version_id, changed_at__gt=tally.as_of - OVERLAP).exclude(
        state="pending"
    )
    differs = any(getattr(tally, name) != value for name, value in found.items()) or newest.exists()
    if differs or tally.as_of < now - RENEW_AFTER:
        values: dict[str, Any] = {**found, "as_of": now, "revision": tally.revision + 1}
        Tally.objects.filter(pk=tally.pk).update(**values)
        tally.refresh_from_db()
    return tally


def tally_for(version: Version) -> Tally:
    """The latest count of a version. One that was never counted is counted now and not stored: pages write nothing."""
    tally: Tally | None = getattr(version, "tally", None)
    return tally or count_now(version, now=timezone.now())


def count_now(version: Version, *, now: datetime, without: Collection[int] = ()) -> Tally:
    """Count a version's rows as they stand in this transaction, but for these few; nothing is stored."""
    return Tally(version=version, **_counted(version.pk, now, without), as_of=now, revision=0)
