"""What webhooks are told: found in the database by a job every few seconds, so that no news is lost with a process."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from letters.documents.models import Amendment, Letter
from letters.outreach.models import Event, EventKind
from letters.press.models import Correction, Snapshot
from letters.signatures import counting
from letters.signatures.emails import absolute
from letters.syndication.enums import Happening, HookState
from letters.syndication.models import Call, Webhook

OVERLAP = timedelta(seconds=60)
"""A fact is found although its transaction committed after a later one's; ``origin`` keeps it from being told twice."""
COUNTS_EVERY = timedelta(seconds=60)
COUNTED = ("persons", "organizations", "withheld", "anonymised")
_OF_EVENT = {
    EventKind.PUBLISHED: Happening.PUBLISHED,
    EventKind.REOPENED: Happening.REOPENED,
    EventKind.CLOSED: Happening.CLOSED,
    EventKind.DELIVERED: Happening.DELIVERED,
    EventKind.VERSION: Happening.VERSION,
    EventKind.MILESTONE: Happening.MILESTONE,
    EventKind.RESPONSE: Happening.RESPONSE,
}


@dataclass(frozen=True)
class Fact:
    """One thing that happened; ``origin`` names it for good."""

    kind: str
    origin: str
    at: datetime
    data: dict[str, Any]


def body(kind: str, at: datetime, data: dict[str, Any]) -> str:
    """What is sent. Source: Standard Webhooks 1.0, payload structure."""
    return json.dumps({"type": kind, "timestamp": at.isoformat(), "data": data}, ensure_ascii=False)


def numbers_of(letter: Letter) -> dict[str, int]:
    """The published numbers of the current text, with its number."""
    version = letter.version
    if version is None:
        return {}
    tally = counting.tally_for(version)
    return {"version": version.number, **{name: getattr(tally, name) for name in COUNTED}}


def collect(*, now: datetime | None = None) -> int:
    """Queue what happened since the last look, for every webhook of a letter that the public may read; returns how many
    calls. Safe to run twice."""
    now = now or timezone.now()
    hooks = Webhook.objects.filter(state=HookState.ACTIVE, letter__in=Letter.objects.public().values("pk"))
    return sum(_collect(pk, now) for pk in hooks.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _collect(webhook_id: int, now: datetime) -> int:
    rows = Webhook.objects.select_for_update(of=("self",), no_key=True).select_related("letter__version__tally")
    webhook = rows.filter(pk=webhook_id, state=HookState.ACTIVE).first()
    if webhook is None:
        return 0
    since = max(webhook.watched_at - OVERLAP, webhook.made_at)
    facts = [fact for fact in _facts(webhook.letter, since) if fact.kind in webhook.events]
    counted = _counted(webhook, now)
    calls = [_call(webhook, fact, now) for fact in (*facts, *counted)]
    known = set(
        Call.objects.filter(webhook=webhook, origin__in=[c.origin for c in calls]).values_list("origin", flat=True)
    )
    new = [call for call in calls if call.origin not in known]
    Call.objects.bulk_create(new, ignore_conflicts=True)
    webhook.watched_at = now
    webhook.save(update_fields=["watched_at", "counts", "counted_at"])
    return len(new)


def _call(webhook: Webhook, fact: Fact, now: datetime) -> Call:
    letter = webhook.letter
    where = {
        "letter": letter.slug,
        "letter_url": absolute(letter.get_absolute_url()),
        "api_url": absolute(reverse("api:letter", args=[letter.slug])),
    }
    text = body(fact.kind, fact.at, {**where, **fact.data})
    return Call(webhook=webhook, kind=fact.kind, origin=fact.origin, body=text, created_at=now, next_at=now)


def _counted(webhook: Webhook, now: datetime) -> list[Fact]:
    """The count, when it is another one than was told last; at most once a minute."""
    if webhook.counted_at is not None and now - webhook.counted_at < COUNTS_EVERY:
        return []
    found = numbers_of(webhook.letter)
    if found == webhook.counts or Happening.COUNTS not in webhook.events:
        return []
    webhook.counts, webhook.counted_at = found, now
    return [Fact(Happening.COUNTS, f"counts:{now.isoformat()}", now, found)]


def _facts(letter: Letter, since: datetime) -> Iterator[Fact]:
    for event in Event.objects.filter(letter=letter, created_at__gt=since, removed_at__isnull=True).order_by("pk"):
        kind = _OF_EVENT.get(EventKind(event.kind), Happening.TIMELINE)
        data = {"entry": str(event.public_id), "kind": event.kind, "happened_on": event.happened_on.isoformat()}
        yield Fact(kind, f"event:{event.public_id}", event.created_at, {**data, **_said(event)})
    for fix in Amendment.objects.filter(version__letter=letter, created_at__gt=since).select_related("version"):
        data = {"label": fix.label, "sha256": fix.sha256}
        yield Fact(Happening.AMENDED, f"amendment:{fix.pk}", fix.created_at, data)
    yield from _records(letter, since)


def _records(letter: Letter, since: datetime) -> Iterator[Fact]:
    for row in Correction.objects.filter(letter=letter).shown().filter(changed_at__gt=since).order_by("pk"):
        said = {"correction": str(row.public_id), "kind": row.kind, "persons_after": row.persons_after}
        yield Fact(Happening.CORRECTION, f"correction:{row.public_id}", row.changed_at, said)
    for snapshot in Snapshot.objects.ready().filter(letter=letter, ready_at__gt=since).order_by("pk"):
        url = absolute(snapshot.get_absolute_url())
        told = {"number": snapshot.number, "label": snapshot.label, "persons": snapshot.persons, "url": url}
        at = snapshot.ready_at or since
        yield Fact(Happening.SNAPSHOT, f"snapshot:{snapshot.public_id}", at, told)


def _said(event: Event) -> dict[str, Any]:
    """Numbers that an entry carries by itself; its words are at its address."""
    said = {name: event.detail[name] for name in ("number", "version", "persons") if name in event.detail}
    return {**said, **({"stance": event.stance} if event.stance else {})}
