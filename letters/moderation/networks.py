"""Where signatures come from, as a keyed hash that is good for counting alone: the key of a week is random, and is
destroyed together with the hashes after a fortnight, so that nobody can find out an address afterwards."""

import hashlib
import os
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from letters.moderation.models import NetworkKey
from letters.signatures.models import Signature

KEPT = timedelta(days=14)
HASH_BYTES = 16
_WEEK = timedelta(days=7)
_kept: dict[date, bytes] = {}
"""The key of this week in this process: signing asks the database for it once a week."""


def hash_of(network: str) -> bytes:
    """The hash of a network under the key of this week. Shape: 16 bytes. No query but the first of the week."""
    return hashlib.blake2b(network.encode(), key=_key(_monday(timezone.now())), digest_size=HASH_BYTES).digest()


def _monday(now: datetime) -> date:
    return now.date() - timedelta(days=now.weekday())


def _key(week_on: date) -> bytes:
    found = _kept.get(week_on)
    if found is None:
        found = _stored(week_on)
        keep(week_on, found)
    return found


def keep(week_on: date, key: bytes) -> None:
    """Remember the key of one week and forget every other."""
    _kept.clear()
    _kept[week_on] = key


def _stored(week_on: date) -> bytes:
    row = NetworkKey.objects.filter(week_on=week_on).first()
    if row is None:
        row = NetworkKey(week_on=week_on)
        row.set_key(os.urandom(32))
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:  # another process was first
            row = NetworkKey.objects.get(week_on=week_on)
    return row.key


@transaction.atomic
def forget_old(*, now: datetime) -> int:
    """Destroy the keys of weeks that began more than KEPT ago, and the hashes made with them; returns how many
    signatures were cleared. Idempotent."""
    over = NetworkKey.objects.filter(week_on__lte=(now - KEPT).date())
    newest = over.order_by("-week_on").values_list("week_on", flat=True).first()
    if newest is None:
        return 0
    ends = datetime.combine(newest + _WEEK, datetime.min.time(), tzinfo=now.tzinfo)
    cleared = Signature.objects.filter(network__isnull=False, signed_at__lt=ends).update(network=None)
    over.delete()
    return cleared
