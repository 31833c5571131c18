"""gunicorn's threaded worker, kept able to answer by slow clients and able to stop by any signal."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import FrameType

from gunicorn.workers.gthread import TConn, ThreadWorker

CLOSING_THREADS = 32
QUICK_STOP_SECONDS = 1


class PromptThreadWorker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Mends two things of gunicorn 27; ``--worker-class campaign.webworker.PromptThreadWorker --threads 8``.

    It waits for a client that is slow to close its connection, up to 2 s, in the one thread that accepts
    connections (its ``sync`` worker in the one that answers): here other threads wait. And on Ctrl-C it raises
    SystemExit wherever the main thread is; in the middle of starting a thread of a pool that leaves a thread
    that nobody ends, and the process hangs until it is killed: here the loop ends by itself.
    """

    def init_process(self) -> None:
        self._closers = ThreadPoolExecutor(CLOSING_THREADS, thread_name_prefix="closing")
        super().init_process()

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        self.cfg.set("graceful_timeout", QUICK_STOP_SECONDS)
        self.handle_exit(sig, frame)

    def enqueue_req(self, conn: TConn) -> None:
        if not isinstance(conn.close, partial):
            conn.close = partial(self._close, conn.close)
        super().enqueue_req(conn)

    def _close(self, close: Callable[..., None], *, graceful: bool = False) -> None:
        if graceful:
            self._closers.submit(close, graceful=True)
        else:
            close()
