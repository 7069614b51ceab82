"""Makes the evidence of each declared ballot while the application runs, soon after it is declared.

A process that dies in between loses nothing: the next look, in any process, finds the ballot and
makes the same bytes. Whoever asks for a pack before that makes it there and then.
"""

import asyncio
import threading
from contextlib import suppress
from datetime import timedelta

import anyio.to_thread
import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.ballots.models import Ballot
from app.ballots.service import key_of
from app.core.clock import Clock
from app.core.database import Database
from app.core.settings import Settings
from app.evidence.pack_models import EvidencePack
from app.evidence.pack_store import ballots_without_pack, find_pack, make_pack

PAUSE = timedelta(seconds=5)
log = structlog.get_logger()


class PackKeeper:
    """Looks for declared ballots without a pack. Start it and stop it with the application.

    Args:
        database: where ballots and packs are.
        settings: with the key that signs.
        clock: what tells the time.
        pause: how long after one look the next one comes.
    """

    def __init__(
        self, database: Database, *, settings: Settings, clock: Clock, pause: timedelta = PAUSE
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._pause = pause
        # One at a time in each process: a pack takes memory.
        self._making = threading.Lock()
        # Ballots whose pack cannot be made: named once in the log, tried again on request.
        self._given_up: set[int] = set()

    async def start(self) -> None:
        """Begin to look."""
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish the pack that is being made, and make no more."""
        self._stop.set()
        await self._task

    def pack_of(self, ballot: Ballot) -> EvidencePack:
        """Return a declared ballot's pack; make it now where it is not there.

        Raises:
            NoEvidenceYet: the result has not been declared.
        """
        with self._database.reading() as session:
            made = find_pack(session, ballot)
        if made is not None:
            return made
        with self._making:
            return make_pack(self._database, ballot, settings=self._settings, now=self._clock())

    def make_missing(self) -> None:
        """Make each pack that is missing.

        Raises:
            SQLAlchemyError, OSError: the database is away.
        """
        with self._database.reading() as session:
            missing = ballots_without_pack(session)
        for ballot in missing:
            if key_of(ballot) in self._given_up or self._stop.is_set():
                continue
            try:
                self.pack_of(ballot)
            except (SQLAlchemyError, OSError):
                raise
            except Exception:  # whatever it is, the other ballots are owed theirs
                self._given_up.add(key_of(ballot))
                log.exception("evidence_not_made", ballot=ballot.slug)

    async def _run(self) -> None:
        # The pause comes first: a process that starts has other things to do.
        while not await self._paused():
            try:
                await anyio.to_thread.run_sync(self.make_missing)
            except (SQLAlchemyError, OSError) as away:
                log.warning("evidence_waits", error=type(away).__name__)

    async def _paused(self) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), self._pause.total_seconds())
        return self._stop.is_set()
