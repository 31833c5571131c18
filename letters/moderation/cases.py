"""Opening and settling cases, and keeping ``Signature.held_reason`` equal to the oldest case that holds."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from letters.documents.models import Letter
from letters.moderation import reasons
from letters.moderation.models import Case, Decision, Reason
from letters.signatures import signals
from letters.signatures.models import AnonymousLine, Signature, SignatureState


@transaction.atomic
def open_case(
    signature: Signature,
    reason: str,
    *,
    is_holding: bool = False,
    detail: str = "",
    other: Signature | None = None,
    words: str = "",
    source_url: str = "",
    appeal_of: Case | None = None,
) -> Case:
    """Put a question about a signature into the queue; one open case per signature and reason.

    An open one is returned as it is, but holds from now on if asked to. The line is held in the same transaction.
    """
    lock([signature.pk])
    now = timezone.now()
    fields = {"detail": detail, "other": other, "words": words, "source_url": source_url, "appeal_of": appeal_of}
    case = Case(
        letter_id=signature.letter_id, signature=signature, reason=Reason(reason), is_holding=is_holding,
        opened_at=now, due_at=now + reasons.due_within(reason), **fields,
    )  # fmt: skip
    try:
        with transaction.atomic():
            case.save(force_insert=True)
    except IntegrityError:  # it is open already
        case = Case.objects.waiting().get(signature=signature, reason=reason)
        _say_more(case, is_holding=is_holding, words=words, source_url=source_url)
        _name_other(case, detail=detail, other=other)
    refresh_hold(signature)
    return case


def _say_more(case: Case, *, is_holding: bool, words: str, source_url: str) -> None:
    case.is_holding = case.is_holding or is_holding
    case.words, case.source_url = words or case.words, source_url or case.source_url
    case.save(update_fields=["is_holding", "words", "source_url"])


def _name_other(case: Case, *, detail: str, other: Signature | None) -> None:
    """A likeness that turned out to be one identity is more than a likeness; never the other way round."""
    if case.reason == Reason.DUPLICATE and detail:
        case.detail, case.other = detail, other or case.other
        case.save(update_fields=["detail", "other"])


def lock(pks: Collection[int]) -> None:
    """Lock signatures until the transaction ends, always in the same order."""
    rows = Signature.objects.filter(pk__in=pks).order_by("pk")
    list(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def carry(before: Signature, signature: Signature) -> None:
    """Hold the same person's line under the next version for the same reasons: what waits there waits here, too."""
    for case in Case.objects.holding().filter(signature=before).order_by("opened_at", "id"):
        open_case(signature, case.reason, is_holding=True, detail=case.detail, other=case.other, words=case.words)
    refresh_hold(signature)


@transaction.atomic
def refresh_hold(signature: Signature) -> None:
    """Bring ``held_reason`` up to date: the reason of the oldest open case that holds, else nothing. Idempotent.

    A line that is not confirmed keeps what it says: a removed one that is restored was held before, or was not. Sends
    ``line_left`` or ``line_back`` when readers see a difference.
    """
    lock([signature.pk])
    line = Signature.objects.filter(pk=signature.pk, state=SignatureState.CONFIRMED)
    before = line.values_list("hidden_at", "held_reason").first()
    if before is None:
        return
    holding = Case.objects.holding().filter(signature=signature).order_by("opened_at", "id")
    reason = holding.values_list("reason", flat=True).first() or ""
    now = timezone.now()
    if line.exclude(held_reason=reason).update(held_reason=reason, changed_at=now):
        signature.changed_at = now
    signature.held_reason = reason
    was_held = bool(before[1])
    if was_held != bool(reason) and (before[0] is None or _is_shown_without_name(signature)):
        _tell(signature, was_held=was_held)


def _is_shown_without_name(signature: Signature) -> bool:
    """Whether readers see position and affiliation of a hidden line, unless it is held."""
    return AnonymousLine.objects.standing().filter(signature=signature, checked_at__isnull=False).exists()


def _tell(signature: Signature, *, was_held: bool) -> None:
    """That a confirmed line which its owner shows is printed no longer, or printed now."""
    if signature.held_reason and not was_held:
        signals.line_left.send(Signature, signature=signature, how="held", was_counted=True)
    elif was_held and not signature.held_reason:
        signals.line_back.send(Signature, signature=signature, how="released")


@transaction.atomic
def settle(signature: Signature, wanted: Collection[str] | None = None, *, but: Q | None = None) -> int:
    """Close open cases that answered themselves, all or those of some reasons; returns how many. ``but`` stay open."""
    lock([signature.pk])
    rows = Case.objects.waiting().filter(signature=signature)
    if wanted is not None:
        rows = rows.filter(reason__in=wanted)
    if but is not None:
        rows = rows.exclude(but)
    done = rows.update(closed_at=timezone.now(), decision=Decision.SETTLED)
    if done:
        refresh_hold(signature)
    return done


@dataclass(frozen=True)
class Overview:
    """One letter as the desk's first page shows it."""

    letter: Letter
    waiting: int
    holding: int
    late: int
    oldest_at: datetime | None


def overview(shown: QuerySet[Letter]) -> list[Overview]:
    """These letters, those with the oldest waiting case first. One query."""
    now, is_open = timezone.now(), Q(cases__closed_at__isnull=True, cases__id__isnull=False)
    letters: QuerySet[Any] = shown.select_related("version", "amendment").annotate(
        waiting=Count("cases", filter=is_open),
        holding=Count("cases__signature", filter=is_open & Q(cases__is_holding=True), distinct=True),
        late=Count("cases", filter=is_open & Q(cases__due_at__lt=now)),
        oldest_at=Min("cases__opened_at", filter=is_open),
    )
    rows = [Overview(x, x.waiting, x.holding, x.late, x.oldest_at) for x in letters]
    return sorted(rows, key=lambda row: (row.waiting == 0, row.oldest_at or now, row.letter.slug))
