"""What the live room says of the course of turnout, in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.spoken_times import short_time
from app.rules.london import london_day
from app.turnout.course import DAY, Since, turnout_of
from app.turnout.forecast import (
    ENOUGH_BALLOTS,
    LEAST_SHARE,
    LEAST_TIME,
    LEAST_VOTES,
    Forecast,
    Wanting,
)
from app.turnout.history import Record
from app.turnout.live_course import LiveCourse
from app.web.filters import percent as with_sign
from app.web.filters import plural
from app.web.turnout_course import moment

TOO_FEW = "too few to say"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the page with the words beside it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class CourseWords:
    """Figures for beside the turnout, and the paragraphs under the heading of the forecast.

    Attributes:
        forecast: the interval in one sentence; None where there is none.
        notes: what it rests on, or why there is none, and how earlier ones came out.
    """

    figures: Sequence[Figure]
    forecast: str | None
    notes: Sequence[str]


def words_of(live: LiveCourse) -> CourseWords:
    """Put a course into words; of a ballot that is over only how its forecasts came out."""
    found = live.forecast
    if live.course.is_over:
        return CourseWords(figures=(), forecast=None, notes=[_record(live.record)])
    return CourseWords(
        figures=[_today(live), *_last_hour(live), *_pace(live)],
        forecast=_interval(live, found) if isinstance(found, Forecast) else None,
        notes=[
            _basis(found) if isinstance(found, Forecast) else _why_none(found),
            _record(live.record),
        ],
    )


def _today(live: LiveCourse) -> Figure:
    since = live.today.since
    if london_day(since) == london_day(live.as_at):
        label = "Votes today"
    else:
        label = f"Votes since {moment(since)}"
    return Figure(label, value=_number(live.today))


def _last_hour(live: LiveCourse) -> list[Figure]:
    since = live.last_hour
    if since.until is None or since.since < live.course.opens_at:
        return []
    hour = f"{short_time(since.since)} to {short_time(since.until)}"
    return [Figure(f"Votes from {hour}", value=_number(since))]


def _number(since: Since) -> str:
    return TOO_FEW if since.votes is None else f"{since.votes:,}"


def _pace(live: LiveCourse) -> list[Figure]:
    pace, figures = live.pace, []
    if pace.needed is not None:
        in_a_day = live.course.closes_at - live.as_at >= DAY
        label = "Votes needed a day" if in_a_day else "Votes needed by the close"
        figures.append(Figure(label, value=f"{pace.needed:,}"))
    if pace.now is not None:
        figures.append(Figure("Votes a day now", value=f"{pace.now:,}"))
    return figures


def _interval(live: LiveCourse, found: Forecast) -> str:
    low = with_sign(turnout_of(found.low, course=live.course))
    high = with_sign(turnout_of(found.high, course=live.course))
    return (
        f"In four cases of five the final count lies between {found.low:,} and "
        f"{plural(found.high, 'vote')}: a turnout of {low} to {high}."
    )


def _basis(found: Forecast) -> str:
    made = f"Made at {moment(found.at.at)}"
    if not found.is_simulated:
        return f"{made} from how {found.ballots} earlier ballots went on from the same point."
    stand_in = f"because a forecast needs {ENOUGH_BALLOTS} earlier ballots to go by"
    if found.ballots:
        return f"{made} from {found.ballots} earlier ballots and simulated ones, {stand_in}."
    return f"{made} from simulated ballots and no real ones, {stand_in}."


def _why_none(found: Wanting | None) -> str:
    if found is None:
        return "No forecast yet: the next one is made at a full hour."
    needs = (
        (found.time, f"{LEAST_TIME.days} days of voting"),
        (found.share, f"{LEAST_SHARE:.0%}".replace("%", " %") + " of the time that voting is open"),
        (found.votes, f"{LEAST_VOTES} votes"),
    )
    missing = [words for is_missing, words in needs if is_missing]
    return f"No forecast yet. It waits for {_listed(missing)}."


def _listed(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _record(record: Record) -> str:
    if not record.forecasts:
        return "No forecast has been put to the test here yet."
    return (
        f"Record: the final count lay inside {record.held} of "
        f"{plural(record.forecasts, 'daily forecast')} in {plural(record.ballots, 'ballot')}."
    )
