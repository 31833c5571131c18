"""Runs the whole site in one process: the web server, a Celery worker and Celery beat; it holds no rules.

The worker and beat are threads inside the one gunicorn worker, because the ``memory://`` queue exists only
there. What was queued when the process ends is gone with it, and found again in the database, which is the
queue of record.
"""

import signal
import threading
from collections.abc import Callable
from typing import Any

from celery import Celery, signals
from celery.beat import Scheduler, Service
from celery.platforms import EX_OK
from celery.worker import WorkController, state
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from campaign.webworker import PromptThreadWorker

WEB_THREADS = 8
CELERY_THREADS = 2
LOOK_EVERY_SECONDS = 0.1
BEAT_LOOKS_EVERY_SECONDS = 1
START_WITHIN_SECONDS = 10.0
STOP_WITHIN_SECONDS = 5.0


class _ThreadedWorker(WorkController):
    """A Celery worker that installs no signal handlers and says when it takes tasks."""

    def __init__(self, **options: Any) -> None:
        self.takes_tasks = threading.Event()
        super().__init__(**options)

    def on_consumer_ready(self, consumer: Any) -> None:
        # Celery waits up to 2 s for a message before it looks whether it should stop.
        drain_events = consumer.connection.drain_events
        consumer.connection.drain_events = lambda timeout: drain_events(timeout=min(timeout, LOOK_EVERY_SECONDS))
        signals.worker_ready.send(sender=consumer)
        self.takes_tasks.set()


class EmbeddedCelery:
    """A Celery worker, and beat if wanted, as threads of this process."""

    def __init__(self, app: Celery, *, with_beat: bool) -> None:
        self._worker = _ThreadedWorker(
            app=app,
            pool="threads",
            concurrency=CELERY_THREADS,
            use_eventloop=False,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        # In memory: a schedule file would be one more thing to lose, and every scheduled job may run twice.
        self._beat = Service(app, max_interval=BEAT_LOOKS_EVERY_SECONDS, scheduler_cls=Scheduler)
        self._thread = threading.Thread(target=self._worker.start, name="celery", daemon=True)
        self._with_beat = with_beat

    def start(self) -> None:
        """Start, and return once tasks are taken.

        Raises:
            TimeoutError: that took more than 10 s; Celery's log says why.
        """
        self._thread.start()
        if not self._worker.takes_tasks.wait(START_WITHIN_SECONDS):
            raise TimeoutError("The embedded Celery worker did not start.")
        if self._with_beat:
            threading.Thread(target=self._beat.start, name="beat", daemon=True).start()

    def stop(self) -> None:
        """Let running tasks end, for 5 s at most, and stop."""
        self._beat.stop()
        # The worker's thread reads this and closes its own connection; from here that would be a race.
        state.should_stop = EX_OK  # type: ignore[assignment] # the stubs know None only
        self._thread.join(STOP_WITHIN_SECONDS)
        state.should_stop = None


class EmbeddedSite(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """gunicorn with one process of eight threads, and Celery inside it."""

    def __init__(self, wsgi: Callable[..., Any], app: Celery, port: int, on_ready: Callable[[], None]) -> None:
        self._wsgi = wsgi
        self._app = app
        self._port = port
        self._on_ready = on_ready
        self._celery: EmbeddedCelery | None = None
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": f"127.0.0.1:{self._port}",
            "workers": 1,
            "worker_class": PromptThreadWorker,
            "threads": WEB_THREADS,
            "control_socket_disable": True,
            "loglevel": "warning",
            "graceful_timeout": int(STOP_WITHIN_SECONDS) + 2,
            "post_worker_init": self._start_celery,
            "worker_exit": self._stop_celery,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        return self._wsgi

    def _start_celery(self, worker: Worker) -> None:
        self._celery = EmbeddedCelery(self._app, with_beat=True)
        self._celery.start()
        if worker.age == 1:
            threading.Thread(target=self._on_ready, daemon=True).start()

    def _stop_celery(self, arbiter: Arbiter, worker: Worker) -> None:
        # Ctrl-C reaches this process twice: from the terminal, then from gunicorn's parent process.
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        if self._celery:
            self._celery.stop()
