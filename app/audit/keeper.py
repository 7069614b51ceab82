"""Records what a process was started with, and signs checkpoints of the log while it runs.

Every process tries, and the database lets one of them do it.
"""

from datetime import datetime, timedelta

import structlog

from app.audit.checkpoints import HistoryRewritten, Occasions, due, make_checkpoint
from app.audit.start import record_start
from app.core.clock import Clock
from app.core.database import Database
from app.core.keeper import Keeper
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


class AuditKeeper(Keeper):
    """Keeps the log's checkpoints while the application runs.

    Args:
        database: where the log is.
        settings: what the process was started with; its key signs.
        clock: what tells the time.
        occasions: names moments at which a checkpoint is made whatever happened.
    """

    failed = "audit_keeper_failed"

    def __init__(
        self, database: Database, *, settings: Settings, clock: Clock, occasions: Occasions
    ) -> None:
        super().__init__()
        self._database = database
        self._settings = settings
        self._signer = signer_of(settings)
        self._clock = clock
        self._occasions = occasions
        self._recorded = False

    async def start(self) -> None:
        """Record what the process was started with, and begin to look for what is due."""
        await self.attempt(self._record_start)
        await super().start()

    def pause(self) -> timedelta:
        """See `LOOKED_AT_EVERY`."""
        return LOOKED_AT_EVERY

    def work(self) -> None:
        """Make the checkpoints that are due, and record the start where that failed."""
        try:
            keep_checkpoints(
                self._database, signer=self._signer, occasions=self._occasions, now=self._clock()
            )
        except HistoryRewritten as broken:
            log.error("audit_log_broken", reason=str(broken))  # noqa: TRY400 - the reason says all
        if not self._recorded:
            self._record_start()

    def _record_start(self) -> None:
        record_start(self._database, settings=self._settings, now=self._clock())
        self._recorded = True
