"""What the workers and the clock run in this room: one call each, safe to run twice."""

from celery import shared_task


@shared_task(name="signatures.refresh_counts")
def refresh_counts() -> int:
    from letters.signatures import counting  # noqa: PLC0415 - tasks are a leaf

    return counting.refresh()


@shared_task(name="signatures.remind")
def remind() -> int:
    from letters.signatures import inviting, reminding  # noqa: PLC0415 - tasks are a leaf

    return reminding.remind() + inviting.remind_due()


@shared_task(name="signatures.renew")
def renew() -> int:
    from letters.signatures import renewing  # noqa: PLC0415 - tasks are a leaf

    return renewing.run()


@shared_task(name="signatures.retain")
def retain() -> dict[str, int]:
    from letters.signatures import retaining  # noqa: PLC0415 - tasks are a leaf

    return retaining.run()


@shared_task(name="signatures.reorder")
def reorder(letter_id: int) -> int:
    from letters.signatures import listing  # noqa: PLC0415 - tasks are a leaf

    return listing.reorder_letter(letter_id)
