"""Reading the queue of one letter: what is due first, in pages that cost the same at any length."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from letters.documents.models import Letter
from letters.moderation.models import UNDO_WITHIN, BulkItem, Case, Decision, Reason

PAGE_SIZE = 25
AGES = ("late", "today", "older")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Page:
    """Cases of one page, due first, and the cursor of the next one ("" where there is none)."""

    rows: list[Case]
    after: str


def cursor_of(case: Case) -> str:
    """Where a page that follows this case begins."""
    raw = ((case.due_at - _EPOCH) // _MICROSECOND).to_bytes(8, "big") + case.pk.to_bytes(8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _read(cursor: str) -> tuple[datetime, int] | None:
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if len(raw) != 16:
            return None
        return _EPOCH + int.from_bytes(raw[:8], "big") * _MICROSECOND, int.from_bytes(raw[8:], "big", signed=True)
    except (binascii.Error, UnicodeEncodeError, ValueError, OverflowError):
        return None


def _waiting(letter: Letter, reason: str, age: str) -> QuerySet[Case]:
    rows, now = Case.objects.waiting().filter(letter=letter), timezone.now()
    if reason in Reason.values:
        rows = rows.filter(reason=reason)
    ages = {
        "late": Q(due_at__lt=now),
        "today": Q(opened_at__gte=now - timedelta(days=1)),
        "older": Q(opened_at__lt=now - timedelta(days=1)),
    }
    return rows.filter(ages[age]) if age in ages else rows


def page(letter: Letter, *, reason: str = "", age: str = "", after: str = "", size: int = PAGE_SIZE) -> Page:
    """One page of open cases. Unknown filters and cursors are as none. One query."""
    rows = _waiting(letter, reason, age).select_related("signature", "decided_by", "claimed_by")
    if place := _read(after):
        due_at, row_id = place
        rows = rows.filter(Q(due_at__gte=due_at) & (Q(due_at__gt=due_at) | Q(id__gt=row_id)))
    found = list(rows.order_by("due_at", "id")[: size + 1])
    shown = found[:size]
    return Page(rows=shown, after=cursor_of(shown[-1]) if len(found) > size else "")


def counts(letter: Letter) -> dict[str, int]:
    """{reason: open cases}, most first. One query."""
    rows = Case.objects.waiting().filter(letter=letter).values("reason").annotate(count=Count("id"))
    return {row["reason"]: row["count"] for row in rows.order_by("-count", "reason")}


def total(letter: Letter) -> int:
    """How many cases of a letter wait. One query."""
    return Case.objects.waiting().filter(letter=letter).count()


def just_decided(letter: Letter) -> list[Case]:
    """What people decided within the time to undo, newest first, at most ten; without rows of what two decided about
    many, which is undone as a whole. One query."""
    of_two = BulkItem.objects.filter(case=OuterRef("pk"), is_done=True, bulk__second_by__isnull=False)
    rows = Case.objects.decided().filter(~Exists(of_two), letter=letter, closed_at__gt=timezone.now() - UNDO_WITHIN)
    return list(rows.select_related("signature", "decided_by").order_by("-closed_at", "-id")[:10])


def find(letter: Letter, public_id: UUID) -> Case | None:
    """One case of this letter with all that its page shows of persons."""
    rows = Case.objects.filter(letter=letter, public_id=public_id).prefetch_related("uploads", "disputes")
    return rows.select_related(
        "signature__version",
        "signature__letter",
        "other__version",
        "decided_by",
        "second_by",
        "claimed_by",
        "appeal_of__decided_by",
    ).first()


def neighbours(case: Case) -> tuple[UUID | None, UUID | None]:
    """(previous, next) open case of the letter in the order of the queue."""
    ids = Case.objects.waiting().filter(letter_id=case.letter_id).values_list("public_id", flat=True)
    # Each begins with a plain range, or the database would read the queue from its beginning up to here.
    before = Q(due_at__lte=case.due_at) & (Q(due_at__lt=case.due_at) | Q(id__lt=case.pk))
    later = Q(due_at__gte=case.due_at) & (Q(due_at__gt=case.due_at) | Q(id__gt=case.pk))
    return (
        ids.filter(before).order_by("-due_at", "-id").first(),
        ids.filter(later).order_by("due_at", "id").first(),
    )


def other_cases(case: Case) -> list[Case]:
    """The other cases of the same signature, newest first."""
    rows = Case.objects.filter(signature_id=case.signature_id).exclude(pk=case.pk).exclude(decision=Decision.SETTLED)
    return list(rows.select_related("decided_by").order_by("-opened_at", "-id")[:20])
