"""Days as the law sees them: a day is a day in London."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


class NaiveTime(ValueError):
    """Refused because a time without an offset does not say which instant it means."""


def london_day(at: datetime) -> date:
    """Return the day in London at an instant.

    In summer the London day begins at 23:00 UTC of the day before.

    Args:
        at: an aware time, in any zone.

    Raises:
        NaiveTime: `at` carries no offset.

    Source:
        Interpretation Act 1978 s.9 and Summer Time Act 1972 s.3: time in an Act is Greenwich mean
        time, and summer time while that is in force.
    """
    return _in_utc(at).astimezone(LONDON).date()


def start_of(day: date) -> datetime:
    """Return the instant at which a London day begins, in UTC."""
    return datetime.combine(day, time(), tzinfo=LONDON).astimezone(UTC)


def end_of(day: date) -> datetime:
    """Return the instant at which a London day is over, in UTC.

    It is the first instant of the next day and no longer part of this one. A day on which the
    clocks change has 23 or 25 hours.
    """
    return start_of(day + timedelta(days=1))


def _in_utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise NaiveTime(
            f"{at.isoformat()} does not say in which zone it is: give a time with its offset."
        )
    return at.astimezone(UTC)
