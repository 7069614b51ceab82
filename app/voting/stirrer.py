"""Stirs the boxes of running ballots on a schedule, while the application runs.

Every process tries, and the row of a ballot in `box_stir` lets one of them do it.
"""

import time
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import col

from app.core.clock import Clock
from app.core.database import Database
from app.core.keeper import Keeper
from app.core.settings import Settings
from app.voting.counters import votes_by_ballot
from app.voting.models import BoxStir
from app.voting.stirring import running_boxes, stir_running_box

# Stirring may take a twentieth of the time: a box so large that it takes longer is stirred less.
SHARE = 20
# A clock that was set is noticed after this.
LONGEST_SLEEP = timedelta(seconds=30)


class Stirrer(Keeper):
    """Stirs each running box every so often.

    Args:
        database: where the boxes are.
        settings: how often, and the keys.
        clock: what tells the time.
        longest_sleep: after which the clock is looked at again.
    """

    failed = "box_not_stirred"

    def __init__(
        self,
        database: Database,
        *,
        settings: Settings,
        clock: Clock,
        longest_sleep: timedelta = LONGEST_SLEEP,
    ) -> None:
        super().__init__()
        self._database = database
        self._settings = settings
        self._clock = clock
        self._pause = min(settings.stir_every, longest_sleep)
        # Votes in a box when this process last stirred it: without new ones there is no need to.
        self._votes: dict[int, int] = {}

    def pause(self) -> timedelta:
        """Return how long to wait, and no longer than until the clock is looked at again."""
        return self._pause

    def work(self) -> None:
        """Stir what is due; stopping ends it between two transactions."""
        self.stir_due()

    def stir_due(self) -> list[str]:
        """Stir the boxes whose turn it is; return the slugs of their ballots."""
        now = self._clock()
        with self._database.reading() as session:
            boxes = running_boxes(session, now=now)
            votes = votes_by_ballot(session, [key for key, _ in boxes])
        stirred = []
        for key, slug in boxes:
            held = votes.get(key, 0)
            if held == self._votes.get(key, 0) or not self._is_our_turn(key, now=now):
                continue
            began = time.monotonic()
            found = stir_running_box(
                self._database, key, slug, settings=self._settings, over=lambda: self.is_stopping
            )
            took = timedelta(seconds=time.monotonic() - began)
            self._rest(key, until=now + max(self._settings.stir_every, SHARE * took))
            if found.whole:
                self._votes[key] = held
            stirred.append(slug)
        return stirred

    def _is_our_turn(self, ballot_id: int, *, now: datetime) -> bool:
        insert = sqlite_insert if self._database.is_sqlite else postgres_insert
        next_at = now + self._settings.stir_every
        claim = insert(BoxStir).values(ballot_id=ballot_id, next_at=next_at)
        with self._database.writing() as session:
            ours = session.execute(
                claim.on_conflict_do_update(
                    index_elements=["ballot_id"],
                    set_={"next_at": next_at},
                    where=col(BoxStir.next_at) <= now,
                ).returning(col(BoxStir.ballot_id))
            ).first()
        return ours is not None

    def _rest(self, ballot_id: int, *, until: datetime) -> None:
        with self._database.writing() as session:
            turn = session.get(BoxStir, ballot_id)
            if turn is not None:
                turn.next_at = until
