"""Waking the workers: one nudge for many mails, from a thread of its own, so that no request waits for Redis.

A nudge may be lost at any time: each worker also looks into the database by itself (pulse.py).
"""

import logging
import threading
import time

from django.conf import settings

logger = logging.getLogger(__name__)

GATHER_SECONDS = 0.05  # mails queued within this time share one nudge
REST_AFTER_FAILURE = 5.0


class _Waker:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        self._wanted.set()
        if self._thread is None or not self._thread.is_alive():  # also after a fork
            with self._lock:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._run, name="outbox-waker", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            rest = GATHER_SECONDS if self._nudge() else REST_AFTER_FAILURE
            time.sleep(rest)

    def _nudge(self) -> bool:
        from letters.outbox.tasks import deliver  # noqa: PLC0415 - tasks are a leaf; the verb schedules it

        try:
            deliver.apply_async(retry=False, ignore_result=True)
        except Exception as error:
            logger.warning("outbox: no nudge (%s); the workers will look by themselves", type(error).__name__)
            return False
        return True


_waker = _Waker()


def wake() -> None:
    """Ask the workers to look into the queue soon. Never blocks, never raises."""
    if settings.OUTBOX_WAKE:
        _waker.wake()
