"""Records what a process was started with, and signs checkpoints of the log while it runs.

Every process tries, and the database lets one of them do it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import anyio.to_thread
import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.audit.checkpoints import HistoryRewritten, Occasions, due, make_checkpoint
from app.audit.start import record_start
from app.core.clock import Clock
from app.core.database import Database
from app.core.settings import Settings
from app.core.signing import Signer, signer_of

# A declared result has its checkpoint after this, and so has a ballot that opened.
LOOKED_AT_EVERY = timedelta(seconds=20)
log = structlog.get_logger()


def keep_checkpoints(
    database: Database, *, signer: Signer, occasions: Occasions, now: datetime
) -> int:
    """Make the checkpoints that are due, and return how many occasions there were for one.

    Raises:
        HistoryRewritten: the log is not the one that was signed before; nothing is signed.
    """
    with database.reading() as session:
        wanted = due(session, now=now, occasions=occasions)
    for occasion in wanted:
        with database.writing() as session:
            make_checkpoint(session, signer=signer, now=now, occasion=occasion)
    return len(wanted)


class AuditKeeper:
    """Keeps the log's checkpoints while the application runs. Start it and stop it with that.

    Args:
        database: where the log is.
        settings: what the process was started with; its key signs.
        clock: what tells the time.
        occasions: names moments at which a checkpoint is made whatever happened.
    """

    def __init__(
        self, database: Database, *, settings: Settings, clock: Clock, occasions: Occasions
    ) -> None:
        self._database = database
        self._settings = settings
        self._signer = signer_of(settings)
        self._clock = clock
        self._occasions = occasions
        self._recorded = False

    async def start(self) -> None:
        """Record what the process was started with, and begin to look for what is due."""
        self._stop = asyncio.Event()
        await self._try(self._record_start)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish what is being done, and do no more."""
        self._stop.set()
        await self._task

    async def _run(self) -> None:
        while not await self._sleep():
            if not self._recorded:
                await self._try(self._record_start)
            await self._try(self._keep)

    async def _sleep(self) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), LOOKED_AT_EVERY.total_seconds())
        return self._stop.is_set()

    def _record_start(self) -> None:
        record_start(self._database, settings=self._settings, now=self._clock())
        self._recorded = True

    def _keep(self) -> None:
        keep_checkpoints(
            self._database, signer=self._signer, occasions=self._occasions, now=self._clock()
        )

    async def _try(self, what: Callable[[], None]) -> None:
        """Do it, and let whatever failed be tried again: the service runs without it."""
        try:
            await anyio.to_thread.run_sync(what)
        except HistoryRewritten as broken:
            log.error("audit_log_broken", reason=str(broken))  # noqa: TRY400 - the reason says all
        except Exception as failure:
            expected = isinstance(failure, SQLAlchemyError | OSError)
            log.warning("audit_keeper_failed", error=type(failure).__name__, exc_info=not expected)
