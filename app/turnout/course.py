"""The course of a ballot's turnout: what is shown of it, votes of late, and the pace. Pure.

A number at a full hour is a step. Between any two numbers that are shown beside each other lie no
fewer votes than the ballot's floor, so that nobody's vote is alone in a step (decision 43).
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from app.rules.london import london_day, start_of
from app.rules.percent import percent

HALF = Fraction(1, 2)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# A course with a longer gap, as a share of its window, says too little to compare with.
LONGEST_GAP = 1 / 8


@dataclass(frozen=True, slots=True)
class Point:
    """How many votes had been cast at a moment."""

    at: datetime
    votes_cast: int


@dataclass(frozen=True)
class Course:
    """One ballot's turnout from its opening on, as far as it may be shown.

    Attributes:
        name: what people call the ballot.
        points: the steps, in order of time; the opening with no votes is not among them.
        votes_cast: now, or in the end.
        is_over: whether that is the final number.
    """

    name: str
    opens_at: datetime
    closes_at: datetime
    entitled: int
    points: tuple[Point, ...]
    votes_cast: int
    is_over: bool

    @property
    def window(self) -> timedelta:
        """How long the ballot is open."""
        return self.closes_at - self.opens_at

    @cached_property
    def line(self) -> tuple[Point, ...]:
        """The steps with the opening, and with the close where the ballot is over."""
        opening = Point(self.opens_at, votes_cast=0)
        close = (Point(self.closes_at, votes_cast=self.votes_cast),) if self.is_over else ()
        return (opening, *self.points, *close)

    @property
    def newest(self) -> Point | None:
        """The last step; None before there is one."""
        return self.points[-1] if self.points else None

    @cached_property
    def is_comparable(self) -> bool:
        """Whether the ballot is over and its course is known without a long gap."""
        if not self.is_over or not self.entitled:
            return False
        shares = [self.share_at(point.at) for point in self.line]
        return all(after - before <= LONGEST_GAP for before, after in pairwise(shares))

    def share_at(self, at: datetime) -> float:
        """Return how much of the window is over at a moment, from 0 to 1."""
        return min(max((at - self.opens_at) / self.window, 0.0), 1.0)

    def votes_at(self, share: float) -> float:
        """Return the votes cast when a share of the window was over, between two steps in line.

        After the last step of a ballot that still runs it returns that step's votes.
        """
        at = self.opens_at + share * self.window
        place = bisect_left(self.line, at, key=lambda point: point.at)
        if place in {0, len(self.line)}:
            return float(self.line[place and -1].votes_cast)
        before, after = self.line[place - 1], self.line[place]
        part = (at - before.at) / (after.at - before.at)
        return before.votes_cast + part * (after.votes_cast - before.votes_cast)


@dataclass(frozen=True, slots=True)
class Since:
    """Votes since a moment that people think in, or None where they are too few to be shown.

    Attributes:
        since: the moment, which is earlier than the one asked for where no step falls on that.
        until: the end; None for now.
        votes: at least the floor, or None.
    """

    since: datetime
    until: datetime | None
    votes: int | None


@dataclass(frozen=True, slots=True)
class Pace:
    """Votes a day: what it takes to reach the threshold by the close, and what there are now.

    Attributes:
        needed: in a day, rounded up, or in all that is left where that is less than a day; None
            where there is no threshold, or it is met, or voting is over.
        now: over the last day or a little more, rounded down; None in a ballot's first day.
        now_since: from when `now` is reckoned.
    """

    needed: int | None
    now: int | None
    now_since: datetime | None


def turnout_of(votes_cast: int, *, course: Course) -> str:
    """Return turnout for showing: one vote short of half never shows as half."""
    return percent(votes_cast, whole=course.entitled, threshold=HALF)


def full_hour(at: datetime) -> datetime:
    """Return the last full hour at a moment, in UTC: in London it is a full hour too."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def steps_of(kept: Iterable[Point], *, votes_cast: int, floor: int) -> tuple[Point, ...]:
    """Return the points that may be shown beside each other and beside a total.

    Hours are put together until `floor` votes have come. A step is shown only once `floor` votes
    have come after it, or the total less the step would be about fewer.

    Args:
        kept: totals at full hours, in order of time.
        votes_cast: the total that is shown with them.
        floor: the fewest votes of a step.
    """
    steps: list[Point] = []
    before = 0
    for point in kept:
        if point.votes_cast - before >= floor and votes_cast - point.votes_cast >= floor:
            steps.append(point)
            before = point.votes_cast
    return tuple(steps)


def votes_today(course: Course, *, floor: int, now: datetime) -> Since:
    """Return the votes since midnight in London, or since the step before it.

    At night too few vote for a step at midnight: the votes since the last one before are given
    with its moment, because a number since midnight would give away those in between.
    """
    midnight = max(start_of(london_day(now)), course.opens_at)
    base = _last_at(course, midnight)
    gained = course.votes_cast - base.votes_cast
    return Since(base.at, until=None, votes=gained if gained >= floor else None)


def votes_last_hour(course: Course, *, now: datetime) -> Since:
    """Return the votes of the last full hour; None where it is no step of its own."""
    until = min(full_hour(now), course.closes_at)
    since = until - HOUR
    ends = [point for point in course.points if point.at == until]
    begins = [point for point in course.line if point.at == since]
    if not (ends and begins):
        return Since(since, until=until, votes=None)
    return Since(since, until=until, votes=ends[0].votes_cast - begins[0].votes_cast)


def pace_of(course: Course, *, required_votes: int | None, now: datetime) -> Pace:
    """Return the pace that is needed and the pace there is, in votes a day.

    Args:
        course: of a ballot whose voting has begun.
        required_votes: how many must vote; None without a threshold.
        now: the moment of which it speaks.
    """
    left = course.closes_at - now
    short = 0 if required_votes is None else required_votes - course.votes_cast
    needed = -(-short * DAY // max(left, DAY)) if short > 0 and left > timedelta() else None
    base, until = _last_at(course, now - DAY), min(now, course.closes_at)
    if until - base.at < DAY:
        return Pace(needed, now=None, now_since=None)
    gained = course.votes_cast - base.votes_cast
    return Pace(needed, now=gained * DAY // (until - base.at), now_since=base.at)


def comparable(courses: Sequence[Course]) -> tuple[Course, ...]:
    """Return those that can be compared with, the newest first."""
    found = [course for course in courses if course.is_comparable]
    return tuple(sorted(found, key=lambda course: course.closes_at, reverse=True))


def _last_at(course: Course, at: datetime) -> Point:
    """Return the last point of the line at or before a moment; the opening where there is none."""
    return max(
        (point for point in course.line if point.at <= at),
        key=lambda point: point.at,
        default=course.line[0],
    )
