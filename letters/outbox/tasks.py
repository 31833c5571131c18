"""What the workers run: ids in, one call."""

from celery import shared_task


@shared_task(name="outbox.deliver")
def deliver() -> int:
    from letters.outbox import sending  # noqa: PLC0415 - tasks are a leaf

    return sending.deliver_due()
