"""When a message leaves that nobody may put a vote down to: a random moment, and never at night.

Quiet hours are by the clock on a wall in London.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.rules.london import LONDON

QuietHours = tuple[time, time]
# A reminder that arrives just before the close helps nobody and clogs the line to help.
LAST_MOMENT = timedelta(minutes=10)


@dataclass(frozen=True)
class Span:
    """Between which moments messages leave, each at one of its own."""

    begins_at: datetime
    ends_at: datetime

    def random_moment(self, *, hours: QuietHours | None = None) -> datetime:
        """Return a moment of the span; one in quiet hours is spread anew after them."""
        milliseconds = int((self.ends_at - self.begins_at) / timedelta(milliseconds=1))
        after = timedelta(milliseconds=secrets.randbelow(max(milliseconds, 1)))
        moment = self.begins_at + after
        later = after_quiet(moment, hours=hours)
        return moment if later == moment else later + after


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
