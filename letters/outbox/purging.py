"""Forgetting mails that were sent: the row of a sent mail says who was mailed when, which nobody needs for long."""

from datetime import datetime, timedelta

from letters.outbox.models import Message

KEPT = timedelta(days=31)  # the longest mail cap looks thirty days back


def purge(now: datetime) -> int:
    """Delete settled mails older than 31 days; returns how many."""
    return Message.objects.filter(created_at__lt=now - KEPT).exclude(state__in=["due", "sending"]).delete()[0]
