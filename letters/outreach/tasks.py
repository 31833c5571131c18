"""What the clock runs in this room: one call each, safe to run twice."""

from celery import shared_task


@shared_task(name="outreach.send_updates")
def send_updates() -> int:
    from letters.outreach import mailing  # noqa: PLC0415 - tasks are a leaf

    return mailing.run()


@shared_task(name="outreach.find_milestones")
def find_milestones() -> int:
    from letters.outreach import milestones  # noqa: PLC0415 - tasks are a leaf

    return milestones.find()


@shared_task(name="outreach.remind")
def remind() -> int:
    from letters.outreach import reminding  # noqa: PLC0415 - tasks are a leaf

    return reminding.remind() + reminding.forget()
