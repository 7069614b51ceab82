"""The invented course of each ballot by the hour, since all its votes are put in at once."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session

from app.ballots.models import Ballot
from app.ballots.service import get_ballot, key_of
from app.core.database import Database
from app.demo.days import hours_between
from app.turnout.course import Course, Point, full_hour, steps_of
from app.turnout.forecast import Forecast, forecast_of
from app.turnout.history import counted_course, earlier_courses
from app.turnout.models import TurnoutHour


def write_course(database: Database, slug: str, *, now: datetime) -> None:
    """Spread the votes of a ballot over its hours, as if the hours had been kept as they came.

    Each hour with a step gets its row, and the forecast that would have been made then.

    Args:
        database: with the ballot and its votes.
        slug: the ballot.
        now: the moment up to which the votes came.
    """
    with database.writing() as session:
        ballot = get_ballot(session, slug)
        for row in _rows(session, ballot, now=now):
            session.add(row)


def _rows(session: Session, ballot: Ballot, *, now: datetime) -> Iterator[TurnoutHour]:
    whole = counted_course(session, ballot, now=now)
    earlier = earlier_courses(session, ballot, now=now)
    points = _points(ballot, votes_cast=whole.votes_cast, now=now)
    for number, point in enumerate(points, 1):
        so_far = Course(
            whole.name,
            opens_at=whole.opens_at,
            closes_at=whole.closes_at,
            entitled=whole.entitled,
            points=points[:number],
            votes_cast=point.votes_cast,
            is_over=False,
        )
        row = TurnoutHour(ballot_id=key_of(ballot), hour=point.at, votes_cast=point.votes_cast)
        found = forecast_of(so_far, at=point, earlier=earlier)
        if isinstance(found, Forecast):
            row.forecast_low, row.forecast_high = found.low, found.high
            row.forecast_ballots = found.ballots
        yield row


def _points(ballot: Ballot, *, votes_cast: int, now: datetime) -> tuple[Point, ...]:
    until = min(full_hour(now), ballot.closes_at)
    hours = list(hours_between(ballot.opens_at, until))
    # The hour that is not over yet has some of the votes too, so that the last step can be shown.
    last = ballot.floor if until < ballot.closes_at else 0
    spread = votes_cast - last
    whole, so_far, points = sum(weight for _, weight in hours), 0.0, []
    for end, weight in hours:
        so_far += weight
        points.append(Point(end, votes_cast=int(spread * so_far / whole)))
    return steps_of(points, votes_cast=votes_cast, floor=ballot.floor)
