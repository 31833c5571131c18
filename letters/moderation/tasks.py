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


@shared_task(name="moderation.look_for_lost")
def look_for_lost() -> dict[str, int]:
    from letters.moderation import losing  # noqa: PLC0415 - tasks are a leaf

    return losing.look()


@shared_task(name="moderation.run_bulk")
def run_bulk() -> int:
    from letters.moderation import batching  # noqa: PLC0415 - tasks are a leaf

    return batching.run_due()


@shared_task(name="moderation.run_imports")
def run_imports() -> int:
    from letters.moderation import importing  # noqa: PLC0415 - tasks are a leaf

    return importing.run_due()


@shared_task(name="moderation.tell")
def tell() -> int:
    from letters.moderation import alerting  # noqa: PLC0415 - tasks are a leaf

    return alerting.tell()
