"""Celery with nothing to do: the same settings as the site's workers, one task for each mail, and no mail."""

import os

from celery import Celery

app = Celery("ceiling", broker=os.environ.get("REDIS_URL", "memory://"))
app.conf.update(
    broker_transport_options={"visibility_timeout": 300},
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
)


@app.task(name="ceiling.send")
def send(mail: int) -> None:
    """Send nothing."""
