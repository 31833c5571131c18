"""What the clock runs in this room: one call each, safe to run twice."""

from celery import shared_task


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> None:
    from letters.accounts import sessions  # noqa: PLC0415 - tasks are a leaf

    sessions.forget_expired()


@shared_task(name="accounts.retain")
def retain() -> None:
    from django.utils import timezone  # noqa: PLC0415 - the same

    from letters.accounts import emails, teams  # noqa: PLC0415 - the same

    emails.forget_written(now=timezone.now())
    teams.forget_old(now=timezone.now())
