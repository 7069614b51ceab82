"""Invented courses of turnout, for a forecast before a union has ballots of its own to go by. Pure.

Nobody's real ballot: shapes that ballots are known to take, drawn at random from wide ranges. An
early rush that fades, votes by post that take days to come back, quiet weekends, reminders that
lift a few days, a rush before the close, and chance from day to day.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random

from app.turnout.course import DAY, Course, Point

# Four steps a day are enough to forecast by.
STEP = timedelta(hours=6)
# From midnight on: how much of a day's votes come in each quarter.
QUARTERS = (0.04, 0.38, 0.38, 0.20)
SATURDAY = 5
FAMILY = 399
FAMILY_SEED = 20_261_122
SOME_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
# Above this many expected votes their chance is as good as normal.
MANY = 50.0


@dataclass(frozen=True, slots=True)
class Habits:
    """How a union's members vote.

    Attributes:
        turnout: what part of those entitled votes in the end.
        entitled: how many may.
        days: for how long a ballot is open.
        fades: in what share of the window the early rush falls to a third.
        steady: what stays of it to the end.
        delay: days until what was sent by post begins to come back; 0 on the web.
        weekend: how a Saturday or Sunday compares with a weekday.
        reminders: how often members are reminded.
        lift: how much a reminder adds to its day.
        rush: how much the last days add.
        chance: how much one day differs from the next for no known reason.
    """

    turnout: float
    entitled: int
    days: float
    fades: float
    steady: float
    delay: float
    weekend: float
    reminders: int
    lift: float
    rush: float
    chance: float


def draw_habits(random: Random) -> Habits:
    """Draw the habits of some union, as different as unions are."""
    return Habits(
        turnout=random.uniform(0.15, 0.75),
        entitled=round(math.exp(random.uniform(math.log(1_500), math.log(200_000)))),
        days=math.exp(random.uniform(math.log(7), math.log(42))),
        fades=random.uniform(0.06, 0.6),
        steady=random.uniform(0.05, 0.5),
        delay=random.choice((0.0, 0.0, 1.0, 3.0)),
        weekend=random.uniform(0.3, 1.0),
        reminders=random.randint(0, 4),
        lift=random.uniform(0.3, 2.5),
        rush=math.exp(random.uniform(math.log(0.1), math.log(8.0))),
        chance=random.uniform(0.1, 0.35),
    )


def another(habits: Habits, *, random: Random) -> Habits:
    """Return the habits of one more ballot of the same union: alike, and never the same."""

    def near(value: float, spread: float) -> float:
        return value * math.exp(random.gauss(0, spread))

    odds = near(habits.turnout / (1 - habits.turnout), 0.35)
    return replace(
        habits,
        turnout=odds / (1 + odds),
        entitled=max(round(near(habits.entitled, 0.2)), 500),
        days=near(habits.days, 0.15),
        fades=near(habits.fades, 0.25),
        steady=near(habits.steady, 0.3),
        weekend=min(near(habits.weekend, 0.15), 1.0),
        reminders=max(habits.reminders + random.choice((-1, 0, 0, 1)), 0),
        lift=near(habits.lift, 0.4),
        rush=near(habits.rush, 0.5),
    )


def draw_course(random: Random, *, habits: Habits, name: str = "Simulated") -> Course:
    """Draw the course of one ballot of members with these habits, from its opening to its end."""
    days = max(round(habits.days), 5)
    opens_at = SOME_MONDAY + random.randrange(7) * DAY + random.choice((9, 12)) * timedelta(hours=1)
    closes_at = opens_at + timedelta(days=days, hours=random.choice((0, 3, 8)))
    moments = list(_steps(opens_at, closes_at))
    weights = _weights(random, habits=habits, moments=moments, days=days)
    wanted = habits.turnout * habits.entitled / sum(weights)
    points, cast = [], 0
    for moment, weight in zip(moments, weights, strict=True):
        cast = min(cast + _chance(random, wanted * weight), habits.entitled)
        points.append(Point(min(moment, closes_at), votes_cast=cast))
    return Course(
        name,
        opens_at=opens_at,
        closes_at=closes_at,
        entitled=habits.entitled,
        points=tuple(points[:-1]),
        votes_cast=cast,
        is_over=True,
    )


@lru_cache(maxsize=1)
def simulated_family() -> tuple[Course, ...]:
    """Return the built-in courses, always the same, each of another union."""
    random = Random(FAMILY_SEED)  # noqa: S311 - invented on purpose
    habits = (another(draw_habits(random), random=random) for _ in range(FAMILY))
    return tuple(draw_course(random, habits=each) for each in habits)


def _steps(opens_at: datetime, closes_at: datetime) -> Iterator[datetime]:
    """Yield the ends of the quarters of days, the last one at the close or later."""
    at = opens_at.replace(hour=opens_at.hour // 6 * 6)
    while at < closes_at:
        at += STEP
        yield at


def _weights(random: Random, *, habits: Habits, moments: list[datetime], days: int) -> list[float]:
    """Return how many votes come in each step, in no unit."""
    reminded = [random.uniform(0.15, 0.95) * days for _ in range(habits.reminders)]
    of_the_day = [random.gammavariate(habits.chance**-2, habits.chance**2) for _ in range(days + 3)]
    weights = []
    for moment in moments:
        day = max((moment - STEP / 2 - moments[0]) / DAY, 0.0)
        weight = habits.steady + math.exp(-day / (habits.fades * days))
        if habits.delay:
            weight *= 1 - math.exp(-((day / habits.delay) ** 2))
        lift = sum(math.exp(-(day - at)) for at in reminded if day >= at)
        rush = math.exp(-max(days - day, 0.0) / 1.5)
        weight += (habits.steady + 0.3) * (habits.lift * lift + habits.rush * rush)
        began = moment - STEP
        if began.weekday() >= SATURDAY:
            weight *= habits.weekend
        weights.append(weight * QUARTERS[began.hour // 6] * of_the_day[int(day)])
    return weights


def _chance(random: Random, expected: float) -> int:
    """Draw how many come where so many are expected (Poisson)."""
    if expected > MANY:
        return max(round(random.gauss(expected, math.sqrt(expected))), 0)
    limit, product, drawn = math.exp(-expected), random.random(), 0
    while product > limit:
        product *= random.random()
        drawn += 1
    return drawn
