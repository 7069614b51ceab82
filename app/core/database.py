"""One door to the database: a session that reads, and a session that writes and commits.

SQLite is the embedded default, PostgreSQL the production database (docs/decisions/0010).
"""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from app.core.background import Background
from app.core.glances import Glances
from app.core.silence import Line, Pulse

SQLITE_WAITS = 10  # seconds, for whoever writes at this moment
SQLITE_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {1000 * SQLITE_WAITS}",
    # NORMAL may lose an answered vote at power loss.
    "PRAGMA synchronous = FULL",
    # Deleted papers leave no readable trace in the file.
    "PRAGMA secure_delete = ON",
)
POSTGRES_LINE: dict[str, str | int] = {
    # An hour-long statement on polling day is a fault, not a query; imports raise it themselves.
    "options": "-c timezone=UTC -c statement_timeout=30000 -c lock_timeout=10000",
    # A machine that vanishes sends no word, and the system would wait for it a quarter of an hour.
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}

# What a session raises while the database is away, full, locked or starting.
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)
# What SQLite and PostgreSQL call a disk without room.
DISK_FULL = frozenset({"SQLITE_FULL", "DiskFull"})
T = TypeVar("T")


def cause_of(lost: BaseException) -> str:
    """Return what the database's own driver calls a fault, such as SQLITE_FULL or DiskFull.

    Its message is left out: it may quote what was stored, or the password in an address.
    """
    orig = getattr(lost, "orig", None) or lost
    return getattr(orig, "sqlite_errorname", None) or type(orig).__name__


class Database:
    """The engine, and the two kinds of session. One per process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.pulse = None if self.is_sqlite else Pulse(url)
        self.engine = _sqlite_engine(url) if self.pulse is None else _postgres_engine(url)
        if self.pulse is not None:
            _listen(self.engine, self.pulse)
        self.background = Background()
        self._writer = self.engine.execution_options(muster_writes=True)
        self._glances = (
            Glances(url, pulse=self.pulse, line=POSTGRES_LINE) if self.pulse is not None else None
        )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that never commits."""
        with self.session_that_reads() as session:
            yield session

    def session_that_reads(self) -> Session:
        """Return a session that never commits, for who closes it."""
        return Session(self.engine, expire_on_commit=False)

    async def glance(self, question: Callable[[Session], T]) -> T:
        """Answer a question of a statement or few that read, so that the votes hardly notice.

        Every staff request begins with one.
        """
        if self._glances is not None:
            return await self._glances.ask(question)
        return await run_in_threadpool(self._look, question)

    def _look(self, question: Callable[[Session], T]) -> T:
        with self.reading() as session:
            return question(session)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session that commits at the end of the block, or undoes everything."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def dispose(self) -> None:
        """Let the work in the background come to its end, then close every pooled connection."""
        self.background.finish()
        if self._glances is not None:
            self._glances.dispose()
        if self.pulse is not None:
            self.pulse.close()
        self.engine.dispose()


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": SQLITE_WAITS},
        pool_size=20,
        max_overflow=20,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:  # noqa: ANN401 - the driver's own type
    del record
    # The driver must not begin transactions by itself: a late BEGIN lets two writers deadlock.
    connection.isolation_level = None
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)
    _write_ahead(connection)


def _write_ahead(connection: Any) -> None:  # noqa: ANN401 - the driver's own type
    """Have readers keep no writer; of several that open a new file at once, each in its turn.

    The file remembers it. SQLite does not wait by itself here, as it does elsewhere, if another is
    about to write (https://www.sqlite.org/c3ref/busy_handler.html).
    """
    give_up_at = monotonic() + SQLITE_WAITS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as busy:
            if busy.sqlite_errorname != "SQLITE_BUSY" or monotonic() > give_up_at:
                raise
            sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("muster_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgres_engine(url: str) -> Engine:
    return create_engine(
        url,
        connect_args=POSTGRES_LINE,
        pool_pre_ping=True,
        # An error's text must not carry names, answers or digests into a log.
        hide_parameters=True,
        pool_size=10,
        max_overflow=10,
    )


def _listen(engine: Engine, pulse: Pulse) -> None:
    """Let every line of a PostgreSQL be one on which nobody waits for ever."""

    def connect(dialect: object, record: object, words: list[Any], named: dict[str, Any]) -> Line:
        del dialect, record
        return pulse.connect(*words, **named)

    event.listen(engine, "do_connect", connect)


async def _database(request: Request) -> Database:
    return _database_of(request)


def _database_of(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _reading(request: Request) -> AsyncIterator[Session]:
    # A thread to begin and a thread to end would each make the votes wait; most of what is asked
    # again and again is answered without a statement.
    session = _database_of(request).session_that_reads()
    try:
        yield session
    finally:
        if session.in_transaction():
            await run_in_threadpool(session.close)


def _writing(request: Request) -> Iterator[Session]:
    with _database_of(request).writing() as session:
        yield session


DatabaseDep = Annotated[Database, Depends(_database)]
# scope="function" ends the block, and so commits, before the answer leaves: a failed COMMIT is
# never reported as done (docs/decisions/0003).
# Not more requests at once than the pool has connections: FastAPI needs a thread of its pool to end
# a session too, and threads that wait for a connection would never let it (80 requests at once
# stood still for 30 s).
ReadSession = Annotated[Session, Depends(_reading, scope="function", max_concurrency=8)]
WriteSession = Annotated[Session, Depends(_writing, scope="function", max_concurrency=4)]
