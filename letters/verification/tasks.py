"""What the clock runs in this room: one call each, safe to run twice."""

from celery import shared_task


@shared_task(name="verification.retain")
def retain() -> dict[str, int]:
    from letters.verification import retaining  # noqa: PLC0415 - tasks are a leaf

    return retaining.run()
