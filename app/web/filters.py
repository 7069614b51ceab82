"""How dates, times and numbers read on a page: London time, plain words, no clock.

Days and times are in the language that is spoken. `plural` is for English pages; a sentence with a
number that is also said in Welsh stands in the catalogue whole.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date

from app.core.language import gettext, locale

LONDON = ZoneInfo("Europe/London")
NOON = 12


def long_time(at: datetime) -> str:
    """Return "Friday 4 December 2026 at 5pm", London time.

    Raises:
        ValueError: the time has no offset, so nobody can say when it is in London.
    """
    local = _in_london(at)
    return gettext("%(day)s at %(hour)s", day=long_day(at), hour=_hour(local))


def short_time(at: datetime) -> str:
    """Return "14:02", London time, for the moment at which figures were read."""
    return f"{_in_london(at):%H:%M}"


def day(value: date) -> str:
    """Return "4 December 2026"; a moment in time counts as its London day."""
    return format_date(_london_day(value), "d MMMM y", locale())


def long_day(value: date) -> str:
    """Return "Friday 4 December 2026"."""
    return format_date(_london_day(value), "EEEE d MMMM y", locale())


def short_day(value: date) -> str:
    """Return "Fri 4 Dec", for tables."""
    return format_date(_london_day(value), "EEE d MMM", locale())


def thousands(count: int) -> str:
    """Return "5,204"."""
    return f"{count:,}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return "1 vote" or "2,341 votes"; `many` is for words that do more than add an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(value: str) -> str:
    """Return "44.98 %" of "44.98", kept on one line.

    Percentages arrive as strings that were rounded by the rules, and are never rounded again.
    """
    return f"{value}\N{NO-BREAK SPACE}%"


def _in_london(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no offset, so its London time is unknown")
    return at.astimezone(LONDON)


def _london_day(value: date) -> date:
    return _in_london(value).date() if isinstance(value, datetime) else value


def _hour(local: datetime) -> str:
    """Say the time as people do; midnight says which end of the day it is."""
    if (local.hour, local.minute) == (0, 0):
        return gettext("midnight (the start of the day)")
    if (local.hour, local.minute) == (NOON, 0):
        return gettext("midday")
    minutes = f":{local:%M}" if local.minute else ""
    half = gettext("am") if local.hour < NOON else gettext("pm")
    return f"{local.hour % NOON or NOON}{minutes}{half}"


FILTERS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (long_time, short_time, day, long_day, short_day, thousands, plural, percent)
}
