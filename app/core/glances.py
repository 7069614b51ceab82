"""One question to the database on which every request of staff waits: who is asking?

A thread that asks PostgreSQL must wait for the loop to let go of the interpreter, again and again,
and the loop for the thread: ten such questions a second cost the votes six hundredths
(docs/performance.md). So PostgreSQL is asked on the loop itself, as the ballot box does it
(docs/decisions/0033), and without a transaction. SQLite has no line to wait on: a thread asks it.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar, cast
from weakref import WeakSet

import psycopg
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session as SqlSession
from sqlmodel import Session

from app.core.silence import LoopLine, Pulse

# Of each process. Such a question takes less than a millisecond.
LINES = 2
T = TypeVar("T")


class Glances:
    """Asks PostgreSQL on the loop, over lines of its own.

    Args:
        url: of the database, as SQLAlchemy has it.
        pulse: knows whether that PostgreSQL has fallen silent.
        line: how a connection is opened, as psycopg names it.
    """

    def __init__(self, url: str, *, pulse: Pulse, line: dict[str, str | int]) -> None:
        self._pulse = pulse
        self._lines: WeakSet[LoopLine] = WeakSet()
        self._engine = create_async_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            connect_args=line | {"async_creator_fn": self._connect},
            isolation_level="AUTOCOMMIT",
            # There is nothing to undo.
            pool_reset_on_return=None,
            hide_parameters=True,
            pool_size=LINES,
            max_overflow=0,
        )

    async def ask(self, question: Callable[[Session], T]) -> T:
        """Answer a question that reads, and never changes anything.

        Raises:
            OperationalError: PostgreSQL is away.
        """
        try:
            return await self._ask(question)
        except DBAPIError as lost:
            # The line was cut while nobody used it: PostgreSQL was started again. Others are new.
            if not lost.connection_invalidated:
                raise
        return await self._ask(question)

    async def _ask(self, question: Callable[[Session], T]) -> T:
        async with AsyncSession(
            self._engine, sync_session_class=Session, expire_on_commit=False
        ) as session:
            return await session.run_sync(cast("Callable[[SqlSession], T]", question))

    async def _connect(self, *words: object, **named: object) -> LoopLine:
        line = await self._pulse.connect_on_loop(*words, **named)
        self._lines.add(line)
        return line

    def dispose(self) -> None:
        """Close the lines; from any thread, and also when their loop has ended."""
        self._engine.sync_engine.dispose(close=False)
        for line in list(self._lines):
            with suppress(psycopg.Error):
                line.pgconn.finish()
