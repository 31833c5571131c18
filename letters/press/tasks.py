"""What the clock runs in this room: one call each, safe to run twice."""

from celery import shared_task


@shared_task(name="press.refresh_numbers")
def refresh_numbers() -> int:
    from letters.press import numbers  # noqa: PLC0415 - tasks are a leaf

    return numbers.refresh()


@shared_task(name="press.sequence")
def sequence() -> int:
    from letters.press import sequencing  # noqa: PLC0415 - tasks are a leaf

    return sequencing.run()


@shared_task(name="press.scan_ledger")
def scan_ledger() -> int:
    from letters.press import mending, sequencing  # noqa: PLC0415 - tasks are a leaf

    mending.look_again()
    return sequencing.scan_all()


@shared_task(name="press.make_archives")
def make_archives() -> int:
    from letters.press import archives  # noqa: PLC0415 - tasks are a leaf

    return archives.make_waiting()


@shared_task(name="press.tell_corrections")
def tell_corrections() -> int:
    from letters.press import corrections, following  # noqa: PLC0415 - tasks are a leaf

    return corrections.count_anew() + following.tell()


@shared_task(name="press.ask_snapshots")
def ask_snapshots() -> int:
    from letters.press import snapshots  # noqa: PLC0415 - tasks are a leaf

    return snapshots.ask_due()


@shared_task(name="press.make_snapshots")
def make_snapshots() -> int:
    from letters.press import snapshots  # noqa: PLC0415 - tasks are a leaf

    return snapshots.make_waiting()


@shared_task(name="press.redact")
def redact() -> int:
    from letters.press import redacting  # noqa: PLC0415 - tasks are a leaf

    return redacting.run()


@shared_task(name="press.retain")
def retain() -> dict[str, int]:
    from letters.press import retaining  # noqa: PLC0415 - tasks are a leaf

    return retaining.run()
