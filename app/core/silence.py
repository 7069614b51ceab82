"""Nobody waits for ever on a PostgreSQL that is there and says nothing, as behind a dead disk.

A statement may take long while the server is well: an import, a freeze, an export. So nothing here
limits a statement. A line that has been silent for some seconds makes the process ask over a new
one. If that gets no answer either, everybody who waits is told, and whoever comes is told at once,
until PostgreSQL answers again (docs/decisions/0042).
"""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import psycopg
import structlog
from psycopg.errors import ConnectionTimeout
from psycopg.pq.abc import PGconn

# Seconds. Together they are how long somebody waits who asked right before the silence.
SILENT_AFTER = 3.0
ANSWERS_WITHIN = 3
ASK_AGAIN_AFTER = 0.5
# In pg_stat_activity.
KNOWN_AS = "muster pulse"

log = structlog.get_logger()


class PostgresSilent(psycopg.OperationalError):
    """PostgreSQL takes no new connection and answers on none.

    What becomes of the last word sent to it is unknown, as with a line that was cut.
    """


class Pulse:
    """Whether PostgreSQL answers: asked by a thread of its own, and only when there is doubt."""

    def __init__(self, url: str) -> None:
        self.silent = False
        self._address = url.replace("+psycopg", "", 1)
        self._lock = threading.Lock()
        self._asking: threading.Thread | None = None
        self._over = threading.Event()

    def connect(self, *words: Any, **named: Any) -> "Line":  # noqa: ANN401 - the driver's own
        """Open a line that this pulse watches.

        Raises:
            PostgresSilent: it is known to be silent, so nobody waits to find out.
            psycopg.OperationalError: it cannot be reached.
        """
        with self._opening():
            line = Line.connect(*words, **named)
        line.pulse = self
        return line

    async def connect_on_loop(self, *words: Any, **named: Any) -> "LoopLine":  # noqa: ANN401 - the driver's own
        """Open a line for the loop, as `connect` does for a thread."""
        with self._opening():
            line = await LoopLine.connect(*words, **named)
        line.pulse = self
        return line

    @contextmanager
    def _opening(self) -> Iterator[None]:
        if self.silent:
            raise PostgresSilent
        try:
            yield
        except ConnectionTimeout:
            self.doubt()
            raise

    def doubt(self) -> None:
        """Begin to ask, unless somebody asks already, and return at once."""
        with self._lock:
            if self._asking is None and not self._over.is_set():
                self._asking = threading.Thread(target=self._ask, name="pulse", daemon=True)
                self._asking.start()

    def close(self) -> None:
        """Ask no more."""
        self._over.set()
        with self._lock:
            asking = self._asking
        if asking is not None:
            asking.join(ANSWERS_WITHIN + 1)

    def _ask(self) -> None:
        """Ask until there is an answer."""
        while not self._over.is_set() and not self._answers():
            if not self.silent:
                log.error("postgresql_silent", after=SILENT_AFTER + ANSWERS_WITHIN)
            self.silent = True
            self._over.wait(ASK_AGAIN_AFTER)
        if self.silent:
            log.warning("postgresql_answers_again")
        with self._lock:
            self.silent = False
            self._asking = None

    def _answers(self) -> bool:
        """Whether it says anything, be it a refusal: who hears one need not wait for it."""
        try:
            psycopg.connect(
                self._address, connect_timeout=ANSWERS_WITHIN, application_name=KNOWN_AS
            ).close()
        except ConnectionTimeout:
            return False
        except psycopg.Error:
            return True
        return True


class _Listening:
    """What waits on a line listens to the pulse meanwhile."""

    pulse: Pulse | None = None
    pgconn: PGconn

    def _while_it_answers(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Pass everything on both ways; psycopg says several times a second that nothing came."""
        try:
            wanted = next(gen)
            doubt_at = monotonic() + SILENT_AFTER
            while True:
                came = yield wanted
                if not came and self.pulse is not None:
                    if self.pulse.silent:
                        self.pgconn.finish()
                        raise PostgresSilent("PostgreSQL takes no connection and says nothing.")
                    if monotonic() >= doubt_at:
                        self.pulse.doubt()
                        doubt_at += SILENT_AFTER
                wanted = gen.send(came)
        except StopIteration as end:
            return end.value


class Line(_Listening, psycopg.Connection[Any]):
    """A connection on which nobody waits for a PostgreSQL that is known to be silent."""

    def wait(self, gen: Generator[Any, Any, Any], *words: Any, **named: Any) -> Any:  # noqa: ANN401 - as psycopg has it
        """Wait as psycopg does, and listen to the pulse meanwhile.

        Raises:
            PostgresSilent: nothing came on this line, and nothing on a new one. This one is closed.
        """
        return super().wait(self._while_it_answers(gen), *words, **named)


class LoopLine(_Listening, psycopg.AsyncConnection[Any]):
    """The same for the loop that reads the requests."""

    async def wait(self, gen: Generator[Any, Any, Any], *words: Any, **named: Any) -> Any:  # noqa: ANN401 - as psycopg has it
        """Wait as psycopg does, and listen to the pulse meanwhile.

        Raises:
            PostgresSilent: nothing came on this line, and nothing on a new one. This one is closed.
        """
        return await super().wait(self._while_it_answers(gen), *words, **named)
