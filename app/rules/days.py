"""Days in words, the same on every machine whatever its locale."""

from datetime import date

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
