"""What the clock runs in this room: one call each, safe to run twice."""

from celery import shared_task


@shared_task(name="syndication.collect")
def collect() -> int:
    from letters.syndication import telling  # noqa: PLC0415 - tasks are a leaf

    return telling.collect()


@shared_task(name="syndication.deliver")
def deliver() -> int:
    from letters.syndication import calling  # noqa: PLC0415 - tasks are a leaf

    return calling.deliver_due()


@shared_task(name="syndication.retain")
def retain() -> dict[str, int]:
    from letters.syndication import retaining  # noqa: PLC0415 - tasks are a leaf

    return retaining.run()
