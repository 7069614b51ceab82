"""Read what people type into a form."""

from contextlib import suppress
from datetime import date, datetime

DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y")


def typed_day(typed: str) -> date | None:
    """Return a day typed as 2026-04-06 or 06/04/2026, or None."""
    for form in DAY_FORMATS:
        with suppress(ValueError):
            return datetime.strptime(typed, form).date()  # noqa: DTZ007 - a day has no zone
    return None
