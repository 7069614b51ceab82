"""How days and times read to people, on pages and in mail: London time, plain words, no clock.

They are said in the language that is spoken.
"""

from datetime import date, datetime

from babel.dates import format_date

from app.core.language import day_words, gettext, locale
from app.rules.london import LONDON

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
    return day_words(_london_day(value))


def long_day(value: date) -> str:
    """Return "Friday 4 December 2026"."""
    return format_date(_london_day(value), "EEEE d MMMM y", locale())


def short_day(value: date) -> str:
    """Return "Fri 4 Dec", for tables."""
    return format_date(_london_day(value), "EEE d MMM", locale())


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
