"""Keeps the course of turnout: at each full hour the total of every open ballot, once.

Steps of small groups are due at full hours too (`app.turnout.steps`), and taken by the same loop.

A by-product of the counters (docs/decisions/0043): the ballot box writes nothing more for it. Every
process tries, and the key of the row lets one of them do it.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, select

from app.ballots.lifecycle import still_runs
from app.ballots.models import Ballot
from app.ballots.service import key_of
from app.core.clock import Clock
from app.core.database import Database
from app.core.keeper import Keeper
from app.turnout.course import HOUR, Point, full_hour
from app.turnout.forecast import Forecast, forecast_of
from app.turnout.history import counted_course, earlier_courses
from app.turnout.models import TurnoutHour
from app.turnout.steps import take_steps

# An hour whose total is read later than this would tell of another hour: it stays without a row.
IN_TIME = timedelta(minutes=5)
# A clock that was set is noticed after this.
LONGEST_SLEEP = timedelta(seconds=30)


def keep_hour(database: Database, *, now: datetime) -> int:
    """Keep the totals of the last full hour, unless it is too late or another process did.

    A ballot whose total grew by less than its floor gets no row: its next step will be longer.

    Args:
        database: where the counters are.
        now: the moment of the reading.

    Returns:
        How many ballots got a row.
    """
    hour = full_hour(now)
    if now - hour > IN_TIME:
        return 0
    with database.reading() as session:
        rows = [
            row
            for ballot in _to_be_kept(session, hour)
            if (row := _row(session, ballot, hour=hour))
        ]
    if not rows:
        return 0
    insert = sqlite_insert if database.is_sqlite else postgres_insert
    kept = 0
    with database.writing() as session:
        for row in rows:
            statement = (
                insert(TurnoutHour)
                .values(**row.model_dump())
                .on_conflict_do_nothing()
                .returning(col(TurnoutHour.ballot_id))
            )
            kept += len(session.execute(statement).all())
    return kept


def _to_be_kept(session: Session, hour: datetime) -> list[Ballot]:
    """Return the ballots that were open just before the hour and after it."""
    kept = sa.exists().where(
        col(TurnoutHour.ballot_id) == col(Ballot.id), col(TurnoutHour.hour) >= hour
    )
    return list(
        session.exec(
            select(Ballot).where(
                Ballot.opens_at < hour,
                still_runs(now=hour),
                col(Ballot.frozen_at).is_not(None),
                ~kept,
            )
        )
    )


def _row(session: Session, ballot: Ballot, *, hour: datetime) -> TurnoutHour | None:
    last = session.exec(
        select(TurnoutHour.votes_cast)
        .where(TurnoutHour.ballot_id == key_of(ballot))
        .order_by(col(TurnoutHour.hour).desc())
        .limit(1)
    ).first()
    course = counted_course(session, ballot, now=hour)
    if course.votes_cast - (last or 0) < ballot.floor:
        return None
    row = TurnoutHour(ballot_id=key_of(ballot), hour=hour, votes_cast=course.votes_cast)
    found = forecast_of(
        course,
        at=Point(hour, votes_cast=course.votes_cast),
        earlier=earlier_courses(session, ballot, now=hour),
    )
    if isinstance(found, Forecast):
        row.forecast_low, row.forecast_high = found.low, found.high
        row.forecast_ballots = found.ballots
    return row


class HourKeeper(Keeper):
    """Keeps each full hour while the application runs.

    Args:
        database: where the counters are.
        clock: what tells the time.
        longest_sleep: after which the clock is looked at again.
    """

    failed = "hour_not_kept"

    def __init__(
        self, database: Database, *, clock: Clock, longest_sleep: timedelta = LONGEST_SLEEP
    ) -> None:
        super().__init__()
        self._database = database
        self._clock = clock
        self._longest_sleep = longest_sleep
        self._kept: datetime | None = None

    def pause(self) -> timedelta:
        """Return how long it is until the next full hour, but not too long."""
        now = self._clock()
        return min(full_hour(now) + HOUR - now, self._longest_sleep)

    def work(self) -> None:
        """Keep the hour, once; where that fails, the next round tries again."""
        hour = full_hour(self._clock())
        if hour == self._kept:
            return
        keep_hour(self._database, now=self._clock())
        take_steps(self._database, now=self._clock())
        self._kept = hour
