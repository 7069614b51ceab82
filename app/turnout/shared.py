"""One reading of turnout, and every answer made from it, shared by all who ask at that time.

A page of 500 branches takes longer to make than many votes to count: made anew for each officer who
reloads it, it would take the votes' time (docs/decisions/0005).
"""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Header
from pydantic import AwareDatetime
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from app.ballots.service import get_ballot
from app.core.database import Database
from app.turnout.figures import Figures, read_figures
from app.voting.counters import turnout_version

# Answers of one reading kept at most: four groupings of some hundred branches.
MOST_KEPT = 1024
# Ballots whose reading is kept.
MOST_BALLOTS = 64
# A roll of so many cells is read again at every vote; a larger one, some forty milliseconds of work
# with its page, stands for the whole age, and for so many times as long as that work took: making
# answers may take a hundredth of the time, so that a reader waits and the votes need not.
READ_AT_EVERY_VOTE = 500
WORTH = 100
OLDEST = 5.0  # seconds, however long it took
T = TypeVar("T")
# What the script of a live page sends: `as_at` of the last event that its stream brought.
Seen = Annotated[AwareDatetime | None, Header(alias="Muster-Seen")]


class Reading:
    """The figures of one ballot at one moment, and the answers that were made from them.

    Args:
        figures: what was read.
        version: the votes and the roll that there were, where anybody looked.
        took: seconds to read the figures; what it takes to make answers is added.
    """

    def __init__(self, figures: Figures, *, version: Hashable = None, took: float = 0.0) -> None:
        self.figures = figures
        self.version = version
        self.began_at = time.monotonic()
        self.took = took
        # One answer may be made of others.
        self._making = threading.RLock()
        self._made: dict[Hashable, object] = {}

    @property
    def is_of_many(self) -> bool:
        """Whether it takes so long to make that not every vote can be followed."""
        return len(self.figures.roll.cells) > READ_AT_EVERY_VOTE

    def answer(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return an answer, made by whoever asks first; the others wait for it.

        What `make` raises is raised to whoever asked, and is not kept.

        Args:
            key: everything that the answer depends on beside this reading, and what is made.
            make: makes the answer from this reading.
        """
        with self._making:
            if key not in self._made:
                if len(self._made) >= MOST_KEPT:
                    self._made.clear()
                took, began_at = self.took, time.monotonic()
                self._made[key] = make()
                self.took = took + time.monotonic() - began_at
            made: T = self._made[key]  # type: ignore[assignment]  # what was made for a key is of its kind
            return made

    def at_hand(self, key: Hashable) -> Any | None:  # noqa: ANN401 - what was made for a key is of its kind
        """Return an answer that was made, without waiting for one that is being made."""
        return self._made.get(key)


@dataclass(slots=True)
class _Place:
    """The newest reading of one ballot, and who is reading the next."""

    reading_now: threading.Lock = field(default_factory=threading.Lock)
    newest: Reading | None = None


class SharedTurnout:
    """The newest reading of each ballot that this process was asked about.

    Args:
        age: how old a reading may be; with nought everybody reads for themselves.
    """

    def __init__(self, *, age: timedelta) -> None:
        self._age = age.total_seconds()
        self._places: dict[str, _Place] = {}
        self._guard = threading.Lock()

    def reading(
        self, session: Session, slug: str, *, now: datetime, seen: datetime | None = None
    ) -> Reading:
        """Return the newest reading of a ballot, made by whoever asks first if there is none.

        Nobody is ever told less than they know. A roll of few cells is read again as soon as a
        vote came in; one of many cells when the reading is of age, or was made before the moment
        of which whoever asks has heard.

        Args:
            session: a session that reads.
            slug: the ballot.
            now: the moment of which a new reading speaks.
            seen: the newest moment of which whoever asks knows the figures, from a stream.

        Raises:
            UnknownBallot: there is no such ballot.
            RollNotFrozen: the ballot is a draft.
        """
        if self._age <= 0:
            return _read(session, slug, version=None, now=now)
        place = self._place_of(slug)
        with place.reading_now:
            newest = self._if_young(place.newest)
            if newest is not None and _stands(newest, seen=seen):
                return newest
            version = turnout_version(session, slug)
            if newest is None or newest.version != version:
                newest = place.newest = _read(session, slug, version=version, now=now)
            return newest

    async def answer(  # noqa: PLR0913 - an answer is about this many things
        self,
        database: Database,
        slug: str,
        *,
        key: Hashable,
        make: Callable[[Session, Reading], T],
        now: datetime,
        seen: datetime | None = None,
    ) -> T:
        """Give an answer about a ballot: what is at hand at once, and else made in a thread.

        A large page that stands is what most officers ask for, and a change of thread for each of
        them would make the votes wait.

        Args:
            database: where turnout is read.
            slug: the ballot.
            key: everything that the answer depends on beside the reading.
            make: makes it from a session that reads and the newest reading; never None.
            now: the moment of which a new reading speaks.
            seen: as for `reading`.
        """
        made: T | None = self._at_hand(slug, key, seen=seen)
        if made is not None:
            return made

        def read_and_make() -> T:
            with database.reading() as session:
                reading = self.reading(session, slug, now=now, seen=seen)
                return reading.answer(key, lambda: make(session, reading))

        return await run_in_threadpool(read_and_make)

    def _at_hand(self, slug: str, key: Hashable, *, seen: datetime | None) -> Any | None:  # noqa: ANN401 - as above
        place = self._places.get(slug)
        newest = self._if_young(place.newest) if place is not None else None
        return newest.at_hand(key) if newest is not None and _stands(newest, seen=seen) else None

    def _if_young(self, reading: Reading | None) -> Reading | None:
        if reading is None:
            return None
        worth = min(reading.took * WORTH, OLDEST) if reading.is_of_many else 0
        is_young = time.monotonic() - reading.began_at < max(self._age, worth)
        return reading if is_young else None

    def _place_of(self, slug: str) -> _Place:
        with self._guard:
            if slug not in self._places and len(self._places) >= MOST_BALLOTS:
                self._places.clear()
            return self._places.setdefault(slug, _Place())


def _stands(young: Reading, *, seen: datetime | None) -> bool:
    """Whether it is answered whatever was voted since, and is news to whoever asks."""
    return young.is_of_many and (seen is None or young.figures.read_at >= seen)


def _read(session: Session, slug: str, *, version: Hashable, now: datetime) -> Reading:
    began_at = time.monotonic()
    figures = read_figures(session, get_ballot(session, slug), now=now)
    return Reading(figures, version=version, took=time.monotonic() - began_at)


def shared_turnout(connection: HTTPConnection) -> SharedTurnout:
    """Return the application's shared readings."""
    shared: SharedTurnout = connection.app.state.shared_turnout
    return shared
