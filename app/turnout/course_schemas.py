"""What crosses the wire about the course of turnout. The same shape is read back as a history."""

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from app.ballots.schemas import Moment
from app.turnout.course import Course, Pace, Since, turnout_of
from app.turnout.forecast import Forecast, Wanting
from app.turnout.history import Record
from app.turnout.live_course import LiveCourse

PAY_OFFER: JsonDict = {
    "name": "Pay offer 2027",
    "opens_at": "2027-03-01T09:00:00Z",
    "closes_at": "2027-03-15T12:00:00Z",
    "entitled": 54432,
    "votes_cast": 16207,
    "is_over": False,
    "points": [
        {"at": "2027-03-05T10:00:00Z", "votes_cast": 15944, "turnout_percent": "29.29"},
        {"at": "2027-03-05T11:00:00Z", "votes_cast": 16120, "turnout_percent": "29.61"},
    ],
}


class PointOut(BaseModel):
    """The votes cast at a full hour."""

    at: Moment
    votes_cast: int
    turnout_percent: str


class CourseOut(BaseModel):
    """The steps of a ballot's turnout. Each is at least as many votes as the ballot's floor."""

    model_config = ConfigDict(json_schema_extra={"example": PAY_OFFER})

    name: str
    opens_at: Moment
    closes_at: Moment
    entitled: int
    votes_cast: int
    is_over: bool
    points: list[PointOut]


class SinceOut(BaseModel):
    """Votes from one moment to another, or to now where `until` is null; null is too few to say."""

    since: Moment
    until: Moment | None
    votes: int | None


class PaceOut(BaseModel):
    """Votes a day: needed to reach the threshold by the close, and cast in the last day."""

    needed: int | None
    now: int | None
    now_since: Moment | None


class ForecastOut(BaseModel):
    """Between which numbers the final count will lie, in four cases of five.

    `earlier_ballots` says of how many it was made; where `simulated` is true, simulated courses
    stand in for those that are too few.
    """

    made_at: Moment
    low: int
    high: int
    low_percent: str
    high_percent: str
    earlier_ballots: int
    simulated: bool


class WantingOut(BaseModel):
    """What is still missing for a forecast: two days, 15 % of the window, 100 votes."""

    time: bool
    share: bool
    votes: bool


class RecordOut(BaseModel):
    """Of how many forecasts of ballots that are over the final count lay inside."""

    ballots: int
    forecasts: int
    held: int


class HistoryOut(BaseModel):
    """The course of a ballot's turnout by the hour, never by the minute, and what follows from it.

    Of `forecast` and `no_forecast` one at most is an object; both are null where a ballot was open
    before forecasts were made.
    """

    ballot: str
    as_at: Moment
    course: CourseOut
    required_votes: int | None
    today: SinceOut
    last_hour: SinceOut
    pace: PaceOut
    forecast: ForecastOut | None
    no_forecast: WantingOut | None
    record: RecordOut
    earlier: list[CourseOut]


def history_out(slug: str, live: LiveCourse) -> HistoryOut:
    """Return the answer as it crosses the wire."""
    forecast = live.forecast if isinstance(live.forecast, Forecast) else None
    wanting = live.forecast if isinstance(live.forecast, Wanting) else None
    return HistoryOut(
        ballot=slug,
        as_at=live.as_at,
        course=course_out(live.course),
        required_votes=live.required_votes,
        today=_since(live.today),
        last_hour=_since(live.last_hour),
        pace=_pace(live.pace),
        forecast=forecast and _forecast(forecast, course=live.course),
        no_forecast=wanting
        and WantingOut(time=wanting.time, share=wanting.share, votes=wanting.votes),
        record=_record(live.record),
        earlier=[course_out(course) for course in live.earlier],
    )


def course_out(course: Course) -> CourseOut:
    """Return one course as it crosses the wire."""
    return CourseOut(
        name=course.name,
        opens_at=course.opens_at,
        closes_at=course.closes_at,
        entitled=course.entitled,
        votes_cast=course.votes_cast,
        is_over=course.is_over,
        points=[
            PointOut(
                at=point.at,
                votes_cast=point.votes_cast,
                turnout_percent=turnout_of(point.votes_cast, course=course),
            )
            for point in course.points
        ],
    )


def _since(since: Since) -> SinceOut:
    return SinceOut(since=since.since, until=since.until, votes=since.votes)


def _pace(pace: Pace) -> PaceOut:
    return PaceOut(needed=pace.needed, now=pace.now, now_since=pace.now_since)


def _record(record: Record) -> RecordOut:
    return RecordOut(ballots=record.ballots, forecasts=record.forecasts, held=record.held)


def _forecast(forecast: Forecast, *, course: Course) -> ForecastOut:
    return ForecastOut(
        made_at=forecast.at.at,
        low=forecast.low,
        high=forecast.high,
        low_percent=turnout_of(forecast.low, course=course),
        high_percent=turnout_of(forecast.high, course=course),
        earlier_ballots=forecast.ballots,
        simulated=forecast.is_simulated,
    )
