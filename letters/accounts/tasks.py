"""What the clock runs in this room: one call each, safe to run twice."""

from celery import shared_task


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> None:
    from letters.accounts import sessions  # noqa: PLC0415 - tasks are a leaf

    sessions.forget_expired()
