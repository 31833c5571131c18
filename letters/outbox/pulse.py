"""A thread in each worker that looks into the database by itself, so that mails flow with the broker gone."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from django.db import close_old_connections, connections

logger = logging.getLogger(__name__)

PULSE_SECONDS = 5.0


class Pulse:
    """Runs each duty every five seconds until stopped; a duty that fails is logged and tried again."""

    def __init__(self, duties: dict[str, Callable[[], Any]], *, every: float = PULSE_SECONDS) -> None:
        self._duties = duties
        self._every = every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox-pulse", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        self._stop.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stop.is_set():
            for name, duty in self._duties.items():
                self._do(name, duty)
            self._stop.wait(self._every)
        connections.close_all()

    def _do(self, name: str, duty: Callable[[], Any]) -> None:
        try:
            close_old_connections()
            duty()
        except Exception as error:
            logger.warning("pulse: %s failed (%s), will try again", name, type(error).__name__)
