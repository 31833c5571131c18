"""The Celery application. A worker also carries a pulse that looks into the database by itself."""

import os
from typing import Any

from celery import Celery, bootsteps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campaign.settings")

app = Celery("undersigned")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class PulseStep(bootsteps.StartStopStep):
    """Starts the pulse before the broker is reached, so that mails flow when it never is."""

    def __init__(self, parent: Any, **options: Any) -> None:
        self.pulse: Any = None
        super().__init__(parent, **options)

    def start(self, parent: Any) -> None:
        from letters.core import keyring  # noqa: PLC0415 - the apps load after this module
        from letters.outbox import sending  # noqa: PLC0415 - the same
        from letters.outbox.pulse import Pulse  # noqa: PLC0415 - the same
        from letters.signatures import counting  # noqa: PLC0415 - the same

        keyring.ring()  # as in wsgi.py
        self.pulse = Pulse({"deliver": sending.deliver_due, "count": counting.refresh})
        self.pulse.start()

    def stop(self, parent: Any) -> None:
        if self.pulse is not None:
            self.pulse.stop(timeout=2.0)

    terminate = stop


app.steps["worker"].add(PulseStep)
