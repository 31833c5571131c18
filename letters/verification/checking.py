"""Checks under way: what providers open and read, and what is forgotten when it is over."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from letters.core import sealed
from letters.signatures.models import Signature
from letters.verification.models import Check, CheckState

CHECK_WITHIN = timedelta(days=7)
"""How long an answer is waited for; what was asked is deleted then."""


def open_check(signature: Signature, kind: str, asked: str = "", *, within: timedelta = CHECK_WITHIN) -> Check:
    """A new waiting check, in place of an older one of this kind. ``asked`` is stored sealed. For providers."""
    Check.objects.filter(signature=signature, kind=kind, state=CheckState.WAITING).delete()
    check = Check(signature=signature, kind=kind, expires_at=timezone.now() + within)
    if asked:
        check.asked_sealed = sealed.seal(asked, context_of(check))
    check.save(force_insert=True)
    return check


def context_of(check: Check) -> bytes:
    return b"verification.check.asked\0" + check.public_id.bytes


def asked_in(check: Check) -> str:
    """What a waiting check is to prove; empty when it asked for nothing. Raises KeyRingError."""
    return sealed.unseal(bytes(check.asked_sealed), context_of(check)) if check.asked_sealed else ""


def seal_anew(check: Check) -> None:
    """For the rotation of keys."""
    check.asked_sealed = sealed.seal(asked_in(check), context_of(check))


def waiting(signature: Signature, kind: str) -> Check | None:
    """The check of this kind that waits for its answer, if any."""
    return alive().filter(signature=signature, kind=kind).select_related("signature__letter").first()


def alive() -> QuerySet[Check]:
    """Checks that may still be answered."""
    return Check.objects.filter(state=CheckState.WAITING, expires_at__gt=timezone.now())


def forget_old(now: datetime) -> int:
    """Delete checks that waited too long, and those that were over a day ago; returns how many."""
    old = Check.objects.filter(expires_at__lt=now) | Check.objects.filter(done_at__lt=now - timedelta(days=1))
    return old.delete()[0]


def rows_of(signature: Signature) -> list[dict[str, Any]]:
    """Every check of a signatory that waits or was just over, as JSON types, for the person alone."""
    return [
        {
            "kind": check.kind,
            "state": check.state,
            "asked": asked_in(check),
            "created_at": check.created_at.isoformat(),
        }
        for check in Check.objects.filter(signature=signature).order_by("pk")
    ]
