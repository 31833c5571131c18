"""Webhooks: made, changed, paused and ended by people who may publish."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from letters.accounts.models import User
from letters.core import fetching
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.ledger import audit
from letters.syndication import telling
from letters.syndication.enums import PING, CallState, Happening, HookState, Why
from letters.syndication.models import Call, Webhook

MOST = 10
SECRET_BYTES = 32
PINGS_WAITING = 3


def fresh_secret() -> str:
    """Shape: ``whsec_`` and 32 random bytes in base64. Source: Standard Webhooks 1.0."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


@transaction.atomic
def make(
    letter: Letter, *, url: str, events: Sequence[str], by: User, now: datetime | None = None
) -> tuple[Webhook, str]:
    """A webhook and its secret, which nobody is shown again. It is told what happens from now on.

    Raises:
        RuleError: an address that would not be called, no event, or too many; its code is the field.
    """
    now = now or timezone.now()
    if Webhook.objects.filter(letter=letter).count() >= MOST:
        raise RuleError(_("This letter has {most} webhooks. Delete one first.").format(most=MOST), code="many")
    row = Webhook(letter=letter, events=_events(events), made_by=by, made_at=now, watched_at=now)
    _point(row, url)
    secret = fresh_secret()
    row.set_secret(secret)
    row.counts, row.counted_at = telling.numbers_of(letter), now
    row.save(force_insert=True)
    audit.record(audit.Action.WEBHOOK_MADE, row, by=f"user:{by.pk}", detail=str(len(row.events)))
    return row, secret


def _events(events: Sequence[str]) -> list[str]:
    if not events or not set(events) <= set(Happening.values):
        raise RuleError(_("Choose what it is told."), code="events")
    return [name for name in Happening.values if name in events]


def _point(row: Webhook, url: str) -> None:
    try:
        normal = fetching.normal_url(url.strip())
    except RuleError as error:
        text = _("Give a public address that begins with https://, without user name or port.")
        raise RuleError(text, code="url") from error
    row.set_url(normal)
    row.host = fetching.host_of(normal)


@transaction.atomic
def change(webhook: Webhook, *, url: str, events: Sequence[str], by: User) -> None:
    """Another address, or other news. An empty ``url`` keeps the address. Raises RuleError as ``make``."""
    webhook.events = _events(events)
    if url.strip():
        _point(webhook, url)
    webhook.save(update_fields=["events", "url_sealed", "host"])
    audit.record(audit.Action.WEBHOOK_CHANGED, webhook, by=f"user:{by.pk}")


@transaction.atomic
def renew_secret(webhook: Webhook, *, by: User) -> str:
    """A new secret; the old one signs nothing any more."""
    secret = fresh_secret()
    webhook.set_secret(secret)
    webhook.save(update_fields=["secret_sealed"])
    audit.record(audit.Action.WEBHOOK_CHANGED, webhook, by=f"user:{by.pk}", detail="secret")
    return secret


@transaction.atomic
def pause(webhook: Webhook, why: Why, *, by: str) -> bool:
    """Send it nothing more for now; False when it was paused before. What waits goes on waiting."""
    done = Webhook.objects.filter(pk=webhook.pk, state=HookState.ACTIVE).update(state=HookState.PAUSED, paused_why=why)
    if done:
        audit.record(audit.Action.WEBHOOK_PAUSED, webhook, by=by, detail=why)
    return bool(done)


@transaction.atomic
def resume(webhook: Webhook, *, by: User, now: datetime | None = None) -> None:
    """Send again what waited, and tell what happens from now on. Idempotent."""
    now = now or timezone.now()
    done = Webhook.objects.filter(pk=webhook.pk, state=HookState.PAUSED).update(
        state=HookState.ACTIVE, paused_why="", failing_since=None, watched_at=now
    )
    if done:
        Call.objects.filter(webhook=webhook, state=CallState.DUE).update(next_at=now, attempts=0)
        audit.record(audit.Action.WEBHOOK_CHANGED, webhook, by=f"user:{by.pk}", detail="resumed")


@transaction.atomic
def delete(webhook: Webhook, *, by: User) -> None:
    """End it, with its log."""
    audit.record(audit.Action.WEBHOOK_DELETED, webhook, by=f"user:{by.pk}")
    webhook.delete()


def ping(webhook: Webhook, *, now: datetime | None = None) -> Call:
    """Queue a test, which is sent to a paused webhook, too. Raises RuleError when some wait already."""
    now = now or timezone.now()
    if Call.objects.filter(webhook=webhook, kind=PING, state=CallState.DUE).count() >= PINGS_WAITING:
        raise RuleError(_("Some tests are on their way already. Wait for their answers below."), code="ping")
    body = telling.body(PING, now, {"letter": webhook.letter.slug})
    return Call.objects.create(
        webhook=webhook, kind=PING, origin=f"ping:{uuid4()}", body=body, created_at=now, next_at=now
    )


def send_again(call: Call, *, now: datetime | None = None) -> None:
    """Put a call back into the queue, with the id that it had: a receiver knows it again."""
    now = now or timezone.now()
    Call.objects.filter(pk=call.pk).exclude(state=CallState.SENDING).update(
        state=CallState.DUE, attempts=0, next_at=now, error="", created_at=now
    )
