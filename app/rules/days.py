"""Days in words, the same on every machine whatever its locale; and spans of days as Acts count."""

import calendar
from datetime import date, timedelta

# Not strftime: it speaks the machine's language.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS_IN_A_YEAR = 12

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def in_words(day: date) -> str:
    """Return a day as people write it: `6 April 2026`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def weekday(day: date) -> str:
    """Return the name of a day's weekday."""
    return WEEKDAYS[day.weekday()]


def last_day_of_months(months: int, *, beginning_with: date) -> date:
    """Return the last day of a "period of so many months beginning with" a day.

    The first day is part of the period, so it ends on the day before the day of the same number:
    12 months beginning with 27 February 2026 end with 26 February 2027. Where the last month is
    too short to have that day, the period ends with the month: six months beginning with
    31 August end with the last day of February. It never reaches the day of the same number.

    Args:
        months: calendar months, at least one.
        beginning_with: the first day of the period.

    Raises:
        ValueError: fewer than one month.

    Source:
        Interpretation Act 1978 Sch. 1: a month is a calendar month; and the corresponding date
        rule of Dodds v Walker [1981] 1 WLR 1027.
    """
    if months < 1:
        raise ValueError(f"a period of {months} months has no last day")
    before = beginning_with.month - 1 + months
    year = beginning_with.year + before // MONTHS_IN_A_YEAR
    month = before % MONTHS_IN_A_YEAR + 1
    if beginning_with.day == 1:
        return date(year, month, 1) - timedelta(days=1)
    longest = calendar.monthrange(year, month)[1]
    return date(year, month, min(beginning_with.day - 1, longest))


def last_day_of_weeks(weeks: int, *, beginning_with: date) -> date:
    """Return the last day of a "period of so many weeks beginning with" a day, itself included.

    Four weeks beginning with a Friday end with a Thursday.
    """
    return beginning_with + timedelta(weeks=weeks, days=-1)
