"""Quiet hours: when no reminder leaves, by the clock on a wall in London."""

from datetime import datetime, time, timedelta

from app.rules.london import LONDON

QuietHours = tuple[time, time]


def is_quiet(at: datetime, *, hours: QuietHours | None) -> bool:
    """Say whether a moment lies in the quiet hours, which may run over midnight."""
    if hours is None:
        return False
    begin, end = hours
    clock = at.astimezone(LONDON).time()
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def after_quiet(at: datetime, *, hours: QuietHours | None) -> datetime:
    """Return the moment itself, or the end of the quiet hours that it lies in.

    On a day when the clocks change the hours are those on the wall.
    """
    if hours is None or not is_quiet(at, hours=hours):
        return at
    local = at.astimezone(LONDON)
    day = local.date() if local.time() < hours[1] else local.date() + timedelta(days=1)
    return datetime.combine(day, hours[1], tzinfo=LONDON).astimezone(at.tzinfo)
