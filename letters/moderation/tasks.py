"""What the clock runs in this room: one call each, safe to run twice."""

from celery import shared_task


@shared_task(name="moderation.watch_pace")
def watch_pace() -> dict[str, int]:
    from letters.moderation import pace  # noqa: PLC0415 - tasks are a leaf

    return pace.watch()


@shared_task(name="moderation.retain")
def retain() -> dict[str, int]:
    from letters.moderation import retaining  # noqa: PLC0415 - tasks are a leaf

    return retaining.run()
