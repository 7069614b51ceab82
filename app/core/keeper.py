"""Work that comes round again and again while the application runs, beside its requests."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import ClassVar

import anyio.to_thread
import structlog
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger()


class Keeper(ABC):
    """Does its work in rounds, with a pause before each. Start and stop it with the application.

    Whatever fails is logged, and the next round comes: the service runs without it.
    """

    # What the log calls a round that failed.
    failed: ClassVar[str]

    def __init__(self) -> None:
        self._stop = asyncio.Event()

    @abstractmethod
    def pause(self) -> timedelta:
        """Return how long it is until the next round."""

    @abstractmethod
    def work(self) -> None:
        """Do what is due, in a thread of its own."""

    @property
    def is_stopping(self) -> bool:
        """Whether work that can stop half-way should."""
        return self._stop.is_set()

    async def start(self) -> None:
        """Begin to wait: a process that starts has other things to do."""
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish the round that is on its way, and begin no other."""
        self._stop.set()
        await self._task

    async def attempt(self, what: Callable[[], None]) -> None:
        """Do something in a thread; a failure is logged, and raised to nobody."""
        try:
            await anyio.to_thread.run_sync(what)
        except Exception as failure:
            expected = isinstance(failure, SQLAlchemyError | OSError)
            log.warning(self.failed, error=type(failure).__name__, exc_info=not expected)

    async def _run(self) -> None:
        # Stands in every log line of its rounds.
        structlog.contextvars.bind_contextvars(keeper=type(self).__name__)
        while not await self._paused():
            await self.attempt(self.work)

    async def _paused(self) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), self.pause().total_seconds())
        return self.is_stopping
