"""A forecast of the final turnout that knows what it does not know. Pure.

What earlier ballots still gained from this share of their window on, measured in log-odds, is
what this one may gain. Of those gains the middle 80 % give the interval: if this ballot is one
more of the same kind, it holds the final count four times in five, whatever the gains look like
(conformal prediction: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005;
docs/turnout.md says it without the words).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from app.turnout.course import DAY, Course, Point
from app.turnout.simulated import simulated_family

# One in five final counts may lie outside, one in ten on either side.
OUTSIDE = 0.2
# Fewer than these say too little even beside simulated ones.
LEAST_BALLOTS = 3
# With fewer, the outermost gains are not far enough out for four in five: (n - 1) / (n + 1).
ENOUGH_BALLOTS = 9
# The evidence without which there is no forecast.
LEAST_TIME = timedelta(days=2)
LEAST_SHARE = 0.15
LEAST_VOTES = 100
# How many of the simulated courses are asked: those whose windows are the most alike.
ALIKE = 133
# The finest difference in the share of a window that the simulated courses are asked about.
SHARES = 200


@dataclass(frozen=True, slots=True)
class Forecast:
    """Between which numbers the final count will lie, in four cases of five.

    Attributes:
        at: the step that it was made from.
        ballots: how many earlier ballots it was made from; none where there are fewer than three.
    """

    at: Point
    low: int
    high: int
    ballots: int

    @property
    def is_simulated(self) -> bool:
        """Whether simulated courses stand in for earlier ballots that there are too few of."""
        return self.ballots < ENOUGH_BALLOTS


@dataclass(frozen=True, slots=True)
class Wanting:
    """What is still missing for a forecast; not all of it is there."""

    time: bool
    share: bool
    votes: bool


def evidence_for(course: Course, *, at: Point) -> Wanting | None:
    """Return what is missing for a forecast from a step; None where nothing is."""
    wanting = Wanting(
        time=at.at - course.opens_at < LEAST_TIME,
        share=course.share_at(at.at) < LEAST_SHARE,
        votes=at.votes_cast < LEAST_VOTES,
    )
    return wanting if wanting.time or wanting.share or wanting.votes else None


def forecast_of(course: Course, *, at: Point, earlier: Sequence[Course]) -> Forecast | Wanting:
    """Forecast the final count of a ballot from one step of its course.

    Nine earlier ballots or more speak for themselves. With fewer than three, simulated courses
    speak alone; from three on, each earlier ballot takes a ninth of the say from them.

    Args:
        course: of the ballot.
        at: the step.
        earlier: ballots that were over when that step was taken; those whose course is not known
            well enough, or that had no hundred votes in the end, are left out.
    """
    wanting = evidence_for(course, at=at)
    if wanting is not None:
        return wanting
    share = course.share_at(at.at)
    own = sorted(
        _gain(each, share=share)
        for each in earlier
        if each.is_comparable and each.votes_cast >= LEAST_VOTES
    )
    if len(own) < LEAST_BALLOTS:
        own = []
    low, high = (
        _interval(own)
        if len(own) >= ENOUGH_BALLOTS
        else _helped_out(own, course=course, share=share)
    )
    here = _log_odds(at.votes_cast, entitled=course.entitled)
    return Forecast(
        at,
        low=max(math.floor(_votes(here + low, entitled=course.entitled)), at.votes_cast),
        high=min(
            max(math.ceil(_votes(here + high, entitled=course.entitled)), at.votes_cast),
            course.entitled,
        ),
        ballots=len(own),
    )


def _gain(course: Course, *, share: float) -> float:
    """Return what a ballot gained from a share of its window to its end, in log-odds."""
    end = _log_odds(course.votes_cast, entitled=course.entitled)
    return end - _log_odds(course.votes_at(share), entitled=course.entitled)


def _interval(gains: Sequence[float]) -> tuple[float, float]:
    """Return the ends between which the next gain lies in four cases of five.

    The next one is as likely to fall in any of the gaps between those there are, so the ends are
    those at 10 % and 90 % of the gaps; between two gains in line.
    """
    place = OUTSIDE / 2 * (len(gains) + 1) - 1
    whole = math.floor(place)
    part = place - whole
    if part == 0:
        return gains[whole], gains[-1 - whole]
    low = gains[whole] + part * (gains[whole + 1] - gains[whole])
    high = gains[-1 - whole] - part * (gains[-1 - whole] - gains[-2 - whole])
    return low, high


def _helped_out(gains: Sequence[float], *, course: Course, share: float) -> tuple[float, float]:
    low, high = _simulated_interval(round(share * SHARES), days=round(course.window / DAY))
    if not gains:
        return low, high
    own = len(gains) / ENOUGH_BALLOTS
    return low + own * (gains[0] - low), high + own * (gains[-1] - high)


@lru_cache(maxsize=2 * SHARES)
def _simulated_interval(place: int, *, days: int) -> tuple[float, float]:
    window = days * DAY
    alike = sorted(simulated_family(), key=lambda course: abs(math.log(course.window / window)))
    return _interval(sorted(_gain(course, share=place / SHARES) for course in alike[:ALIKE]))


def _log_odds(votes: float, *, entitled: int) -> float:
    # Half a vote on either side, so that none and all have odds too (Haldane and Anscombe).
    return math.log((votes + 0.5) / (entitled - votes + 0.5))


def _votes(log_odds: float, *, entitled: int) -> float:
    return (entitled + 1) / (1 + math.exp(-log_odds)) - 0.5
