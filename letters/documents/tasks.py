"""What the clock does to letters."""

from celery import shared_task
from django.utils import timezone

from letters.documents import commenting, launching


@shared_task(name="documents.launch_due")
def launch_due() -> int:
    return launching.launch_due()


@shared_task(name="documents.retain")
def retain() -> int:
    return commenting.retain(timezone.now())
