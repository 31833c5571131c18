"""Bounces and complaints that a mail service reports: the address gets no more mail."""

from typing import Any

from letters.outbox import suppressing
from letters.outbox.models import SuppressionReason

REASONS = {"bounced": SuppressionReason.BOUNCE, "complained": SuppressionReason.COMPLAINT}


def on_tracking(sender: object, event: Any, esp_name: str, **_: Any) -> None:
    """Receives django-anymail's ``tracking`` signal. A soft bounce ("deferred") blocks nobody."""
    reason = REASONS.get(event.event_type)
    is_dead = reason is SuppressionReason.COMPLAINT or getattr(event, "reject_reason", None) in (
        "bounced",
        "invalid",
    )
    if reason and is_dead and event.recipient:
        suppressing.suppress(event.recipient, reason)
