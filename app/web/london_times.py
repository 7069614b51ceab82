"""Read a day and a time as people type them, London time, and say what is wrong with them."""

import re
from datetime import UTC, date, datetime, time

from app.core.language import gettext
from app.rules.days import in_words
from app.rules.london import LONDON

EARLIEST, LATEST = 2000, 2100  # years; outside them somebody mistyped
TIME = re.compile(r"(\d{1,2})[:.](\d{2})")


class Unreadable(ValueError):
    """Refused because it is no day or time; the message says what to type instead."""


def read_day(typed: str) -> date:
    """Read a day as a date field sends it, 2026-12-04, or as people write it, 04/12/2026.

    Raises:
        Unreadable: it is no day, or a year nobody means.
    """
    typed = typed.strip()
    if not typed:
        raise Unreadable(gettext("Enter a day."))
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = datetime.strptime(typed, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        if EARLIEST <= day.year < LATEST:
            return day
        raise Unreadable(gettext("Check the year: %(year)s is too far away.", year=day.year))
    raise Unreadable(gettext("Enter a day that exists, such as 04/12/2026."))


def read_moment(day_typed: str, time_typed: str) -> datetime:
    """Read a London day and time and return the moment, in UTC.

    Raises:
        Unreadable: the day or the time is none, or the clocks change then: the time does not
            exist, or comes twice.
    """
    day = read_day(day_typed)
    found = TIME.fullmatch(time_typed.strip())
    if found is None:
        raise Unreadable("Enter a time on the 24-hour clock, such as 17:00.")
    try:
        wanted = time(int(found[1]), int(found[2]))
    except ValueError:
        raise Unreadable("Enter a time between 00:00 and 23:59.") from None
    first = datetime.combine(day, wanted, tzinfo=LONDON)
    moment = first.astimezone(UTC)
    if moment.astimezone(LONDON).replace(tzinfo=None) != first.replace(tzinfo=None):
        raise Unreadable(
            f"There is no {wanted:%H:%M} on {in_words(day)}: the clocks go forward. "
            "Choose another time."
        )
    if first.replace(fold=1).astimezone(UTC) != moment:
        raise Unreadable(
            f"{wanted:%H:%M} comes twice on {in_words(day)}: the clocks go back. "
            "Choose another time."
        )
    return moment
