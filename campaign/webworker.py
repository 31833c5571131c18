"""gunicorn's threaded worker without its waiting room: one slow client never holds up the others."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from gunicorn.workers.gthread import TConn, ThreadWorker

CLOSING_THREADS = 32


class PromptThreadWorker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Waits in other threads for clients that are slow to close their connection.

    gunicorn 27 waits for each of them, up to 2 s, in the one thread that accepts connections (its ``gthread``
    worker) or answers them (its ``sync`` worker). Use as
    ``--worker-class campaign.webworker.PromptThreadWorker --threads 8``.
    """

    def init_process(self) -> None:
        self._closers = ThreadPoolExecutor(CLOSING_THREADS, thread_name_prefix="closing")
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        if not isinstance(conn.close, partial):
            conn.close = partial(self._close, conn.close)
        super().enqueue_req(conn)

    def _close(self, close: Callable[..., None], *, graceful: bool = False) -> None:
        if graceful:
            self._closers.submit(close, graceful=True)
        else:
            close()
