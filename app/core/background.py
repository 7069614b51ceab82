"""Work that goes on after the answer, in threads that end before the database they use is closed.

A thread that outlived it would give its connection back to a pool that is no more, and nobody
would close that connection.
"""

import threading
from collections.abc import Callable
from time import monotonic

import structlog

# Seconds. What takes longer, such as one statement over a million rows, ends with the process:
# PostgreSQL and SQLite undo what was not committed.
FINISHED_WITHIN = 5.0

log = structlog.get_logger()


class Background:
    """The threads of one process that work on one database."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()

    @property
    def is_over(self) -> bool:
        """Whether work that can stop half-way should."""
        return self._over.is_set()

    def start(self, work: Callable[[], None], *, name: str) -> threading.Thread:
        """Begin and return at once; the thread is given back for whoever wants to wait a while."""
        # A daemon: what does not finish in time does not keep the process from ending.
        thread = threading.Thread(target=work, name=name, daemon=True)
        with self._lock:
            self._threads = {each for each in self._threads if each.is_alive()} | {thread}
            thread.start()
        return thread

    def finish(self) -> None:
        """Tell all work to stop, and wait until it has, at most for some seconds."""
        self._over.set()
        give_up_at = monotonic() + FINISHED_WITHIN
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(max(give_up_at - monotonic(), 0))
            if thread.is_alive():
                log.warning("background_work_left", name=thread.name)
