"""The course of turnout as a drawing and a table. It draws what may be shown, and no more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.core.spoken_times import short_day, short_time
from app.rules.london import london_day, start_of
from app.turnout.course import DAY, HOUR, Course, Point, turnout_of
from app.turnout.forecast import Forecast
from app.turnout.live_course import LiveCourse
from app.web.filters import percent as with_sign
from app.web.filters import plural

# The drawing: its lines are in a square of this many units that is stretched to the page's width.
UNITS = 1000
HEIGHT = 300  # pixels of the square
ROOM_ABOVE, ROOM_BELOW = 22, 26
WHOLE = 100
# Per cent between two lines of the grid, and the least that the drawing reaches up to.
GRID, LEAST_TOP = 10, 20
# More days than these do not stand beside each other on a phone.
MOST_TICKS = 5
# Nearer to the left or right than this share a label would be cut off.
EDGE = 0.06
MOST_POINTS = 150


@dataclass(frozen=True, slots=True)
class Mark:
    """A label of an axis: where it stands, in per cent from the left or pixels from the top."""

    place: float
    text: str


@dataclass(frozen=True, slots=True)
class EarlierLine:
    """An earlier ballot: its line, and its turnout by now and in the end."""

    name: str
    points: str
    by_now: str
    final: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """How turnout stood at the last step of a day, and where earlier ballots stood by then."""

    day: date
    votes_cast: int
    turnout: str
    earlier: str


@dataclass(frozen=True, slots=True)
class CourseChart:
    """The drawing and the same as a table.

    Attributes:
        height: of the drawing, in pixels.
        top, bottom: where the square begins and ends, in pixels from the top.
        grid: lines across, each with its label.
        ticks: days along the bottom.
        threshold: where the threshold runs, and what it is.
        earlier: the newest first.
        own: the ballot's own line.
        newest: the place of its last step: per cent from the left, pixels from the top.
        band: the outline of the forecast.
        sentence: what the drawing shows.
        rows: by day, the newest first.
    """

    height: int
    top: int
    bottom: int
    grid: Sequence[Mark]
    ticks: Sequence[Mark]
    threshold: Mark | None
    earlier: Sequence[EarlierLine]
    own: str
    newest: tuple[float, float] | None
    band: str | None
    sentence: str
    rows: Sequence[DayRow]


def chart_of(live: LiveCourse) -> CourseChart | None:
    """Draw the course of a ballot; None before it has a step."""
    course = live.course
    if course.newest is None or not course.entitled:
        return None
    scale = _Scale(_top_of(live))
    here = course.share_at(course.newest.at)
    return CourseChart(
        height=ROOM_ABOVE + HEIGHT + ROOM_BELOW,
        top=ROOM_ABOVE,
        bottom=ROOM_ABOVE + HEIGHT,
        # The lines begin at nought, where a label would be in their way.
        grid=[
            Mark(scale.pixels(level / WHOLE), text=f"{level} %" if level else "")
            for level in scale.levels
        ],
        ticks=list(_ticks(course)),
        threshold=_threshold(live, scale),
        earlier=[
            EarlierLine(
                each.name,
                points=scale.line(each, each.line),
                by_now=_percent(round(each.votes_at(here)), each),
                final=_percent(each.votes_cast, each),
            )
            for each in live.earlier
        ],
        own=scale.line(course, course.line),
        newest=(
            round(WHOLE * here, 2),
            scale.pixels(course.newest.votes_cast / course.entitled),
        ),
        band=_band(live, scale),
        sentence=_sentence(course),
        rows=list(_rows(live)),
    )


class _Scale:
    """From a share of those entitled to a place in the drawing."""

    def __init__(self, top: int) -> None:
        self._top = top / WHOLE
        # Not so many lines that their labels touch.
        step = GRID if top <= 6 * GRID else 2 * GRID
        self.levels = range(0, top + 1, step)

    def pixels(self, turnout: float) -> float:
        return round(ROOM_ABOVE + HEIGHT * (1 - turnout / self._top), 1)

    def point(self, share: float, turnout: float) -> str:
        return f"{round(UNITS * share)},{round(UNITS * (1 - turnout / self._top))}"

    def line(self, course: Course, points: Sequence[Point]) -> str:
        """Return a line through so many of the points that nobody misses the others."""
        apart = 1 / MOST_POINTS
        drawn: list[tuple[float, str]] = []
        for point in points:
            share = course.share_at(point.at)
            if not drawn or point is points[-1] or share - drawn[-1][0] >= apart:
                drawn.append((share, self.point(share, point.votes_cast / course.entitled)))
        return " ".join(place for _, place in drawn)


def _top_of(live: LiveCourse) -> int:
    """Return the per cent that the drawing reaches up to: over all that is drawn."""
    course = live.course
    highest = [course.votes_cast, live.required_votes or 0]
    if isinstance(live.forecast, Forecast):
        highest.append(live.forecast.high)
    shares = [each / course.entitled for each in highest]
    shares += [each.votes_cast / each.entitled for each in live.earlier]
    top = (int(WHOLE * max(shares)) // GRID + 1) * GRID
    return min(max(top, LEAST_TOP), WHOLE)


def _ticks(course: Course) -> Iterator[Mark]:
    """Yield midnights in London, so few that their labels stay apart."""
    first, last = london_day(course.opens_at), london_day(course.closes_at)
    days = (last - first).days
    every = max(-(-days // MOST_TICKS), 1)
    for number in range(1, days + 1, every):
        day = first + number * DAY
        share = course.share_at(start_of(day))
        if EDGE < share < 1 - EDGE:
            yield Mark(round(WHOLE * share, 2), short_day(day))


def _threshold(live: LiveCourse, scale: _Scale) -> Mark | None:
    if live.required_votes is None:
        return None
    share = live.required_votes / live.course.entitled
    return Mark(scale.pixels(share), f"{live.required_votes:,} votes needed")


def _band(live: LiveCourse, scale: _Scale) -> str | None:
    forecast, course = live.forecast, live.course
    if not isinstance(forecast, Forecast) or course.is_over:
        return None
    here, entitled = forecast.at, course.entitled
    corners = [
        (course.share_at(here.at), here.votes_cast),
        (1.0, forecast.high),
        (1.0, forecast.low),
    ]
    return " ".join(scale.point(share, votes / entitled) for share, votes in corners)


def _sentence(course: Course) -> str:
    newest = course.newest
    if newest is None:
        return ""
    votes = f"{plural(newest.votes_cast, 'vote')} ({_percent(newest.votes_cast, course)})"
    return f"By {moment(newest.at)} there were {votes}."


def _rows(live: LiveCourse) -> Iterator[DayRow]:
    course = live.course
    last_of_day = {london_day(point.at - HOUR): point for point in course.points}
    for day, point in reversed(last_of_day.items()):
        share = course.share_at(point.at)
        others = sorted(each.votes_at(share) / each.entitled for each in live.earlier)
        yield DayRow(
            day,
            votes_cast=point.votes_cast,
            turnout=_percent(point.votes_cast, course),
            earlier=_range(others),
        )


def _range(shares: Sequence[float]) -> str:
    if not shares:
        return ""
    # Rounded down: what is short of half never shows as half.
    low, high = int(WHOLE * shares[0]), int(WHOLE * shares[-1])
    return with_sign(str(low) if low == high else f"{low} to {high}")


def _percent(votes: int, course: Course) -> str:
    return with_sign(turnout_of(votes, course=course))


def moment(at: datetime) -> str:
    """Return "14:00 on Fri 4 Dec", London time."""
    return f"{short_time(at)} on {short_day(at)}"
