"""Rotating the keys while people sign: every row is sealed and indexed anew in batches, and a broken run is resumed.

The order keeps one signature per address at every instant: first all processes write with the old and the new key,
then old rows get the new index, then the old keys go (ADR 4).
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from letters.core import keyring, sealed
from letters.ledger import audit
from letters.signatures.models import Signature

BATCH = 1000
ROTATED = ("field", "index", "token")
TOKEN_KEYS_KEPT = 3  # links in old mails open until their key is dropped


@dataclass(frozen=True)
class _SealedRows:
    model: type[Model]
    column: str
    seal_anew: Callable[[Any], None]
    sealed_part: Callable[[Any], bytes]

    def rows(self) -> QuerySet[Any]:
        return self.model._default_manager.filter(**{f"{self.column}__isnull": False})

    def is_newest(self, row: Model) -> bool:
        return sealed.is_sealed_with_newest(self.sealed_part(row))


_registered: list[_SealedRows] = []


def register(
    model: type[Model],
    column: str,
    seal_anew: Callable[[Any], None],
    sealed_part: Callable[[Any], bytes] | None = None,
) -> None:
    """Have a sealed column rotated along with the addresses. ``seal_anew`` opens and seals it in the given row, without
    saving; ``sealed_part`` finds the sealed bytes where the column holds more than those. Called once for each when
    the site starts; without it the column cannot be read after a rotation."""
    _registered.append(_SealedRows(model, column, seal_anew, sealed_part or (lambda row: bytes(getattr(row, column)))))


def begin() -> bool:
    """Add a new key for each rotated purpose unless a rotation is under way; True when keys were added."""
    path = Path(settings.KEYS_FILE)
    document = keyring.read(path)
    if len(keyring.parse(document).index) > 1:
        return False
    for purpose in ROTATED:
        keys: list[Any] = document[purpose]  # type: ignore[assignment]
        following = int(keys[0]["id"]) % keyring.MAX_KEY_ID + 1
        document[purpose] = [keyring.new_key(following), *keys][: TOKEN_KEYS_KEPT if purpose == "token" else None]
    keyring.write(path, document, replace=True)
    keyring.forget()
    return True


def rewrite(*, batch: int = BATCH) -> Iterator[int]:
    """Seal and index every stored address, and whatever other rooms sealed, with the newest keys; yields how many rows
    each batch touched.

    Safe to stop anywhere and to run again: what is done is not done twice.
    """
    yield from _rewrite_signatures(batch)
    for sealed_rows in _registered:
        yield from _reseal(sealed_rows, batch)


def _reseal(which: "_SealedRows", batch: int) -> Iterator[int]:
    last = 0
    while True:
        with transaction.atomic():
            rows = which.rows().filter(pk__gt=last).order_by("pk")
            found = list(rows.select_for_update(of=("self",), no_key=True)[:batch])
            if not found:
                return
            last = found[-1].pk
            stale = [row for row in found if not which.is_newest(row)]
            for row in stale:
                which.seal_anew(row)
            which.model._default_manager.bulk_update(stale, [which.column])
        yield len(stale)


def _rewrite_signatures(batch: int) -> Iterator[int]:
    column = "email_index_odd" if keyring.ring().index[0].id % 2 else "email_index_even"
    last = 0
    while True:
        with transaction.atomic():
            rows = Signature.objects.filter(pk__gt=last, email_sealed__isnull=False).order_by("pk")
            found = list(rows.select_for_update(of=("self",), no_key=True)[:batch])
            if not found:
                return
            last = found[-1].pk
            stale = [r for r in found if getattr(r, column) is None or not _is_newest(r)]
            for row in stale:
                row.set_email(row.email)
            Signature.objects.bulk_update(stale, ["email_sealed", "email_index_odd", "email_index_even"])
        yield len(stale)


def _is_newest(row: Signature) -> bool:
    return sealed.is_sealed_with_newest(bytes(row.email_sealed or b"\0"))


def left() -> int:
    """How many rows still need an old key."""
    others = sum(1 for which in _registered for row in which.rows().iterator(BATCH) if not which.is_newest(row))
    return sum(1 for row in _sealed() if not _is_newest(row)) + int(_missing_index().count()) + others


def _sealed() -> Iterator[Signature]:
    yield from Signature.objects.filter(email_sealed__isnull=False).only("email_sealed").iterator(BATCH)


def _missing_index() -> Any:
    column = "email_index_odd" if keyring.ring().index[0].id % 2 else "email_index_even"
    return Signature.objects.filter(Q(**{f"{column}__isnull": True}), email_sealed__isnull=False)


def finish() -> None:
    """Take the old field and index keys out of the key file, then the old index out of every row."""
    path = Path(settings.KEYS_FILE)
    document = keyring.read(path)
    for purpose in ("field", "index"):
        document[purpose] = document[purpose][:1]  # type: ignore[index]
    keyring.write(path, document, replace=True)
    keyring.forget()


def drop_old_index(*, batch: int = BATCH) -> None:
    column = "email_index_even" if keyring.ring().index[0].id % 2 else "email_index_odd"
    rows = Signature.objects.filter(**{f"{column}__isnull": False})
    while ids := list(rows.values_list("pk", flat=True)[:batch]):
        Signature.objects.filter(pk__in=ids).update(**{column: None})


def rotate(*, settle_seconds: float, tell: Callable[[str], object], by: str) -> None:
    """The whole rotation. ``settle_seconds`` is how long every process needs to read a changed key file."""
    tell("new keys added" if begin() else "resuming a rotation that was begun before")
    time.sleep(settle_seconds)
    done = 0
    for count in rewrite():
        done += count
        tell(f"{done} addresses sealed and indexed anew")
    for count in rewrite():  # rows that were written with the old keys while the first round ran
        done += count
    if remaining := left():
        raise RuntimeError(f"{remaining} rows still need the old keys; run it again.")
    finish()
    time.sleep(settle_seconds)
    drop_old_index()
    audit.record(audit.Action.KEYS_ROTATED, "keys:", by=by, detail=str(done))
    tell("the old keys are out of the key file; keep its old backups only as long as database backups")
