"""Bounces and complaints that a mail service reports: the address gets no more mail."""

from collections.abc import Mapping
from typing import Any

from letters.outbox import suppressing
from letters.outbox.models import SuppressionReason

DEAD = ("bounced", "invalid")
# django-anymail passes a full mailbox on as "bounced" for some services; their own words tell.
TELLING = ("type", "event", "bouncetype", "severity")
SOFT = ("soft", "transient", "temporary", "undetermined")


def on_tracking(sender: object, event: Any, esp_name: str, **_: Any) -> None:
    """Receives django-anymail's ``tracking`` signal. A soft bounce blocks nobody."""
    if not event.recipient:
        return
    if event.event_type == "complained":
        suppressing.suppress(event.recipient, SuppressionReason.COMPLAINT)
    elif event.event_type == "bounced" and event.reject_reason in DEAD and not _is_soft(event.esp_event):
        suppressing.suppress(event.recipient, SuppressionReason.BOUNCE)


def _is_soft(report: object) -> bool:
    """Amazon: bounceType Transient; Postmark: Type SoftBounce; Brevo: event soft_bounce; Mailjet: hard_bounce false."""
    if not isinstance(report, Mapping):
        return False
    words = [str(value).lower() for key, value in report.items() if str(key).lower() in TELLING]
    return (
        report.get("hard_bounce") is False
        or any(soft in word for word in words for soft in SOFT)
        or any(_is_soft(value) for value in report.values())
    )
