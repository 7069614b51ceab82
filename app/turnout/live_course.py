"""Everything that the live room says of the course of a ballot, read together."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from app.ballots.models import Ballot
from app.ballots.service import key_of
from app.turnout.course import Course, Pace, Since, pace_of, votes_last_hour, votes_today
from app.turnout.forecast import Forecast, Wanting
from app.turnout.history import (
    MOST_DRAWN,
    Record,
    course_of,
    earlier_courses,
    record_of,
    standing_forecast,
)
from app.turnout.schemas import TurnoutOut

# Ballots that are over do not change, and reading their hours takes longer than all else here.
KEPT_FOR = timedelta(minutes=1)
MOST_KEPT = 32
_kept: dict[tuple[str, int], tuple[datetime, tuple[Course, ...]]] = {}


@dataclass(frozen=True, slots=True)
class LiveCourse:
    """The course of a ballot, those before it, and what follows from them at a moment.

    Attributes:
        required_votes: how many must vote; None where there is no threshold.
        forecast: the interval, what is missing for one, or None where none was made.
        record: how the forecasts in ballots that are over came out.
    """

    course: Course
    earlier: tuple[Course, ...]
    required_votes: int | None
    today: Since
    last_hour: Since
    pace: Pace
    forecast: Forecast | Wanting | None
    record: Record
    as_at: datetime


def live_course(
    session: Session, ballot: Ballot, *, shown: TurnoutOut, now: datetime
) -> LiveCourse:
    """Return what is said of the course beside the turnout that is shown.

    The threshold is the ballot's own, or on an indicative ballot without one the statutory one.

    Args:
        session: a session that reads.
        ballot: whose roll is frozen; for headquarters only.
        shown: the turnout of the whole ballot.
        now: the moment of which it speaks.
    """
    votes_cast = shown.votes_cast or 0
    required = shown.threshold.required_votes
    if required is None and shown.statute is not None:
        required = shown.statute.required_votes
    course = course_of(session, ballot, entitled=shown.entitled, votes_cast=votes_cast, now=now)
    return LiveCourse(
        course,
        earlier=_earlier(session, ballot, now=now),
        required_votes=required,
        today=votes_today(course, floor=ballot.floor, now=now),
        last_hour=votes_last_hour(course, now=now),
        pace=pace_of(course, required_votes=required, now=now),
        forecast=standing_forecast(session, ballot, course=course),
        record=record_of(session, now=now),
        as_at=now,
    )


def _earlier(session: Session, ballot: Ballot, *, now: datetime) -> tuple[Course, ...]:
    """Return the earlier ballots to draw, read again when a minute is over."""
    place = (str(session.get_bind().engine.url), key_of(ballot))
    read_at, courses = _kept.get(place, (None, ()))
    if read_at is None or not timedelta() <= now - read_at < KEPT_FOR:
        courses = earlier_courses(session, ballot, most=MOST_DRAWN, now=now)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[place] = (now, courses)
    return courses
