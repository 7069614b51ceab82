"""The courses in the database: of a ballot, of those before it, and how forecasts came out.

For the whole ballot only, and for headquarters: an hour of one branch would say too much.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import func
from sqlmodel import Session, col, select

from app.ballots.lifecycle import is_over
from app.ballots.models import Ballot, RollCell
from app.ballots.service import key_of
from app.rules.london import london_day
from app.turnout.course import Course, Point, comparable, steps_of
from app.turnout.forecast import Forecast, Wanting, evidence_for
from app.turnout.models import SuppliedCourse, TurnoutHour
from app.voting.counters import votes_by_ballot

# A year has few ballots; what is older says little about the next.
MOST_EARLIER = 20
# More lines than these nobody tells apart in a chart.
MOST_DRAWN = 6


@dataclass(frozen=True, slots=True)
class Record:
    """How the forecasts of ballots that are over came out: the last one of each London day.

    Attributes:
        ballots: how many ballots they were made in.
        forecasts: how many there were.
        held: in how many the final count lay.
    """

    ballots: int
    forecasts: int
    held: int


def course_of(
    session: Session, ballot: Ballot, *, entitled: int, votes_cast: int, now: datetime
) -> Course:
    """Return the course of a ballot as far as it may be shown beside a total.

    Args:
        session: a session that reads.
        ballot: whose roll is frozen.
        entitled: how many may vote in it.
        votes_cast: the total that is shown with the course.
        now: the moment of which it speaks.
    """
    kept = _hours_of(session, [key_of(ballot)]).get(key_of(ballot), ())
    return _course(ballot, kept, entitled=entitled, votes_cast=votes_cast, now=now)


def counted_course(session: Session, ballot: Ballot, *, now: datetime) -> Course:
    """Return the course of a ballot with its total as the counters have it."""
    [course] = _courses(session, [ballot], now=now)
    return course


def earlier_courses(
    session: Session, ballot: Ballot, *, most: int = MOST_EARLIER, now: datetime
) -> tuple[Course, ...]:
    """Return the ballots before this one whose courses can be compared with, the newest first.

    Those held here that are over, and those supplied.

    Args:
        session: a session that reads.
        ballot: which is not among them.
        most: how many at most.
        now: a ballot that is open at this moment is not among them.
    """
    until = min(now, ballot.closes_at)
    over = session.exec(
        select(Ballot)
        .where(
            Ballot.closes_at <= until,
            Ballot.id != ballot.id,
            col(Ballot.frozen_at).is_not(None),
            # What was broken off is no measure of what runs to its end.
            col(Ballot.cancelled_at).is_(None),
        )
        .order_by(col(Ballot.closes_at).desc())
        .limit(most)
    )
    supplied = session.exec(
        select(SuppliedCourse)
        .where(SuppliedCourse.closes_at <= until)
        .order_by(col(SuppliedCourse.closes_at).desc())
        .limit(most)
    )
    courses = [*_courses(session, list(over), now=now), *map(course_from, supplied)]
    return comparable(courses)[:most]


def course_from(supplied: SuppliedCourse) -> Course:
    """Return the course that a row of the table describes."""
    return Course(
        supplied.name,
        opens_at=supplied.opens_at,
        closes_at=supplied.closes_at,
        entitled=supplied.entitled,
        points=tuple(
            Point(supplied.opens_at + timedelta(seconds=seconds), votes_cast=votes)
            for seconds, votes in supplied.points
        ),
        votes_cast=supplied.votes_cast,
        is_over=True,
    )


def standing_forecast(
    session: Session, ballot: Ballot, *, course: Course
) -> Forecast | Wanting | None:
    """Return what was forecast at the newest step that is shown.

    None where there is no step, or nothing was forecast at it although the evidence was there:
    a ballot that was open before there were forecasts.
    """
    at = course.newest
    if at is None:
        return Wanting(time=False, share=False, votes=True)
    wanting = evidence_for(course, at=at)
    row = session.get(TurnoutHour, (key_of(ballot), at.at))
    if wanting is not None or row is None:
        return wanting
    if row.forecast_low is None or row.forecast_high is None:
        return None
    return Forecast(
        at, low=row.forecast_low, high=row.forecast_high, ballots=row.forecast_ballots or 0
    )


def record_of(session: Session, *, now: datetime) -> Record:
    """Say how the forecasts came out that were made in ballots that are over."""
    rows = session.execute(
        sa.select(
            col(TurnoutHour.ballot_id),
            col(TurnoutHour.hour),
            col(TurnoutHour.forecast_low),
            col(TurnoutHour.forecast_high),
        )
        .join(Ballot, col(Ballot.id) == col(TurnoutHour.ballot_id))
        .where(
            col(Ballot.closes_at) <= now,
            col(Ballot.cancelled_at).is_(None),
            col(TurnoutHour.forecast_low).is_not(None),
        )
        .order_by(col(TurnoutHour.hour))
    )
    last_of_day = {(ballot, london_day(hour)): (low, high) for ballot, hour, low, high in rows}
    finals = votes_by_ballot(session, {ballot for ballot, _ in last_of_day})
    return Record(
        ballots=len({ballot for ballot, _ in last_of_day}),
        forecasts=len(last_of_day),
        held=sum(low <= finals[ballot] <= high for (ballot, _), (low, high) in last_of_day.items()),
    )


def _courses(session: Session, ballots: Collection[Ballot], *, now: datetime) -> list[Course]:
    keys = [key_of(ballot) for ballot in ballots]
    hours, votes = _hours_of(session, keys), votes_by_ballot(session, keys)
    rows = session.execute(
        sa.select(col(RollCell.ballot_id), func.sum(col(RollCell.entitled)))
        .where(col(RollCell.ballot_id).in_(keys))
        .group_by(col(RollCell.ballot_id))
    )
    entitled = {ballot_id: int(total) for ballot_id, total in rows}
    return [
        _course(
            ballot,
            hours.get(key, ()),
            entitled=entitled.get(key, 0),
            votes_cast=votes.get(key, 0),
            now=now,
        )
        for key, ballot in zip(keys, ballots, strict=True)
    ]


def _course(
    ballot: Ballot, kept: Iterable[Point], *, entitled: int, votes_cast: int, now: datetime
) -> Course:
    return Course(
        ballot.title,
        opens_at=ballot.opens_at,
        closes_at=_end_of(ballot),
        entitled=entitled,
        points=steps_of(kept, votes_cast=votes_cast, floor=ballot.floor),
        votes_cast=votes_cast,
        is_over=is_over(ballot, now=now),
    )


def _end_of(ballot: Ballot) -> datetime:
    """Return the close, or the moment at which a ballot was broken off while it was open."""
    cancelled_at = ballot.cancelled_at
    if cancelled_at is not None and ballot.opens_at < cancelled_at < ballot.closes_at:
        return cancelled_at
    return ballot.closes_at


def _hours_of(session: Session, ballot_ids: Collection[int]) -> Mapping[int, list[Point]]:
    hours: dict[int, list[Point]] = defaultdict(list)
    rows = session.execute(
        sa.select(col(TurnoutHour.ballot_id), col(TurnoutHour.hour), col(TurnoutHour.votes_cast))
        .where(col(TurnoutHour.ballot_id).in_(ballot_ids))
        .order_by(col(TurnoutHour.hour))
    )
    for ballot_id, hour, votes in rows:
        hours[ballot_id].append(Point(hour, votes_cast=votes))
    return hours
