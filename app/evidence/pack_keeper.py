"""Makes the evidence of each declared ballot while the application runs, soon after it is declared.

A process that dies in between loses nothing: the next look, in any process, finds the ballot and
makes the same bytes. Whoever asks for a pack before that makes it there and then.
"""

import threading
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.ballots.models import Ballot
from app.ballots.service import key_of
from app.core.clock import Clock
from app.core.database import Database
from app.core.keeper import Keeper
from app.core.settings import Settings
from app.evidence.pack_models import EvidencePack
from app.evidence.pack_store import ballots_without_pack, find_pack, make_pack

PAUSE = timedelta(seconds=5)
log = structlog.get_logger()


class PackKeeper(Keeper):
    """Looks for declared ballots without a pack.

    Args:
        database: where ballots and packs are.
        settings: with the key that signs.
        clock: what tells the time.
        pause: how long after one look the next one comes.
    """

    failed = "evidence_waits"

    def __init__(
        self, database: Database, *, settings: Settings, clock: Clock, pause: timedelta = PAUSE
    ) -> None:
        super().__init__()
        self._database = database
        self._settings = settings
        self._clock = clock
        self._pause = pause
        # One at a time in each process: a pack takes memory.
        self._making = threading.Lock()
        # Ballots whose pack cannot be made: named once in the log, tried again on request.
        self._given_up: set[int] = set()

    def pause(self) -> timedelta:
        """Return how long after one look the next one comes."""
        return self._pause

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

    def work(self) -> None:
        """Make each pack that is missing.

        Raises:
            SQLAlchemyError, OSError: the database is away.
        """
        with self._database.reading() as session:
            missing = ballots_without_pack(session)
        for ballot in missing:
            if key_of(ballot) in self._given_up or self.is_stopping:
                continue
            try:
                self.pack_of(ballot)
            except (SQLAlchemyError, OSError):
                raise
            except Exception:  # whatever it is, the other ballots are owed theirs
                self._given_up.add(key_of(ballot))
                log.exception("evidence_not_made", ballot=ballot.slug)
