"""Sending calls: leased by a worker, signed, tried again for three days; whoever fails that long is paused."""

import base64
import hashlib
import hmac
import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from letters.accounts import permissions
from letters.accounts.models import User
from letters.accounts.permissions import Permission
from letters.core import fetching
from letters.core.errors import KeyRingError
from letters.documents import standing
from letters.outbox import queueing
from letters.outbox.claiming import backoff, worker_name
from letters.syndication import hooking
from letters.syndication.enums import CallState, Why
from letters.syndication.models import Call, Notice, Webhook

logger = logging.getLogger(__name__)

BATCH = 5
LOOKED_AT = 200
BATCHES_A_TASK = 10
WITHIN = 8.0  # seconds for one call; five of them end within the lease
LEASE = timedelta(seconds=60)
GIVE_UP_AFTER = timedelta(days=3)
PAUSE_AFTER = timedelta(days=3)
MOST_ANSWER_BYTES = 10_000
GONE = 410
PAUSED_MAIL = "webhook_paused"


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """What the receiver computes as well: ``v1,`` and base64 of HMAC-SHA-256 over ``id.timestamp.body``.

    Source: Standard Webhooks 1.0, signature scheme.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    message = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode()


def deliver_due(*, batches: int = BATCHES_A_TASK) -> int:
    """Send what is due, batch by batch, until nothing is or ``batches`` were; returns how many were taken."""
    taken = 0
    for _ in range(batches):
        claimed = claim()
        if not claimed:
            break
        taken += sum(_send(call) for call in claimed)
    return taken


@transaction.atomic
def claim(*, now: datetime | None = None, batch: int = BATCH) -> list[Call]:
    """Lease up to ``batch`` due calls for a minute, one of each webhook: a slow receiver delays its own alone."""
    now = now or timezone.now()
    rows = Call.objects.claimable(now).select_related("webhook__letter").order_by("next_at", "pk")
    if connection.vendor == "postgresql":
        rows = rows.select_for_update(skip_locked=True, no_key=True, of=("self",))
    first: dict[int, Call] = {}
    for call in rows[:LOOKED_AT]:
        first.setdefault(call.webhook_id, call)
    found = list(first.values())[:batch]
    name = worker_name()
    Call.objects.filter(pk__in=[call.pk for call in found]).update(
        state=CallState.SENDING, lease_until=now + LEASE, lease_by=name
    )
    for call in found:
        call.lease_by = name
    return found


def _send(call: Call) -> bool:
    body, at = call.body.encode(), int(timezone.now().timestamp())
    message_id = f"msg_{call.public_id.hex}"
    try:
        webhook = call.webhook
        headers = {
            "Content-Type": "application/json",
            "Webhook-Id": message_id,
            "Webhook-Timestamp": str(at),
            "Webhook-Signature": signature(webhook.secret, message_id, at, body),
        }
        answer = fetching.safe_post(webhook.url, body, headers=headers, within=WITHIN, most_bytes=MOST_ANSWER_BYTES)
    except fetching.TooLarge:
        return _taken(call, 200)  # it answered, at length
    except fetching.FetchRefused as error:
        return _failed(call, None, error.code)
    except KeyRingError:
        logger.error("webhooks: the key that sealed one is gone")
        return _failed(call, None, "keys")
    if 200 <= answer.status < 300:
        return _taken(call, answer.status)
    return _failed(call, answer.status, f"http-{answer.status}")


@transaction.atomic
def _taken(call: Call, status: int) -> bool:
    now = timezone.now()
    Call.objects.filter(pk=call.pk).update(
        state=CallState.SENT, sent_at=now, status=status, error="", attempts=call.attempts + 1, lease_until=None,
        lease_by="",
    )  # fmt: skip
    Webhook.objects.filter(pk=call.webhook_id).update(failing_since=None, taken_at=now)
    return True


@transaction.atomic
def _failed(call: Call, status: int | None, code: str) -> bool:
    now, attempts = timezone.now(), call.attempts + 1
    is_over = now - call.created_at > GIVE_UP_AFTER
    Call.objects.filter(pk=call.pk, lease_by=call.lease_by).update(
        state=CallState.DEAD if is_over else CallState.DUE, status=status, error=code, attempts=attempts,
        next_at=now + backoff(attempts, call.pk), lease_until=None, lease_by="",
    )  # fmt: skip
    Webhook.objects.filter(pk=call.webhook_id, failing_since__isnull=True).update(failing_since=now)
    webhook = Webhook.objects.select_related("letter").filter(pk=call.webhook_id).first()
    if webhook is None:  # deleted while it was called
        return False
    if status == GONE:
        _pause(webhook, Why.GONE)
    elif webhook.failing_since is not None and now - webhook.failing_since > PAUSE_AFTER:
        _pause(webhook, Why.FAILING)
    return False


def _pause(webhook: Webhook, why: Why) -> None:
    """Pause it and tell those who may publish, once."""
    if not hooking.pause(webhook, why, by="system"):
        return
    for user in _organisers(webhook):
        notice = Notice.objects.create(webhook=webhook, user=user, created_at=timezone.now())
        queueing.queue(PAUSED_MAIL, notice.public_id)


def _organisers(webhook: Webhook) -> list[User]:
    team = standing.owner_of(webhook.letter)
    roles = permissions.roles_with(Permission.PUBLISH)
    return (
        list(User.objects.filter(memberships__team=team, memberships__role__in=roles, is_active=True)) if team else []
    )
