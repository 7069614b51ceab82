"""How an invented day goes: when members vote, by London's clocks. Pure."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

from app.rules.london import LONDON

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# The share of a day's busiest hour in which members vote, from midnight on: breakfast, the dinner
# break and the evening, and almost nobody at night.
BUSY = (
    *(0.06, 0.03, 0.02, 0.02, 0.03, 0.08, 0.22, 0.48, 0.70, 0.66, 0.62, 0.70),
    *(1.00, 0.92, 0.62, 0.55, 0.60, 0.72, 0.86, 0.94, 0.90, 0.70, 0.42, 0.18),
)
WEEKEND = 0.6
SATURDAY = 5
# How votes fade after the opening, and how a reminder brings them back: in days, and so much more.
FADES = 3.0
STEADY = 0.35
REMINDED_EVERY = 4 * DAY
REMINDER_FADES = 0.6
REMINDER_LIFT = 1.2


def busy_at(hour: float) -> float:
    """Return how busy a moment of the day is, as a share of the busiest hour.

    Args:
        hour: hours since midnight, with their fraction; after 24 the day begins anew.
    """
    before = math.floor(hour)
    part = hour - before
    return (1 - part) * BUSY[before % 24] + part * BUSY[(before + 1) % 24]


def hours_between(opens_at: datetime, until: datetime) -> Iterator[tuple[datetime, float]]:
    """Yield the end of each hour of a ballot up to a moment, and the weight of votes in it."""
    end = opens_at + HOUR
    while end <= until:
        began = (end - HOUR).astimezone(LONDON)
        weight = busy_at(began.hour + 0.5) * _eagerness(end - opens_at)
        yield end, weight * (WEEKEND if began.weekday() >= SATURDAY else 1)
        end += HOUR


def _eagerness(since_opening: timedelta) -> float:
    days = since_opening / DAY
    eager = STEADY + math.exp(-days / FADES)
    since_reminder = since_opening % REMINDED_EVERY / DAY
    if since_opening >= REMINDED_EVERY:
        eager += STEADY * REMINDER_LIFT * math.exp(-since_reminder / REMINDER_FADES)
    return eager
