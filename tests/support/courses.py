"""Courses of invented ballots."""

from datetime import UTC, datetime, timedelta

from app.core.database import Database
from app.turnout.course import Course, Point, steps_of
from app.turnout.keeper import keep_hour
from tests.support.turnout import set_votes

OPENED_AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
# A course as a table, with its final count in the last row.
CSV = """name,opens_at,closes_at,entitled,at,votes_cast
Pay 2025,2025-03-03T09:00:00Z,2025-03-10T12:00:00+00:00,900,2025-03-04T09:00:00Z,120
Pay 2025,2025-03-03T09:00:00Z,2025-03-10T12:00:00+00:00,900,2025-03-07T09:00:00Z,310
Pay 2025,2025-03-03T09:00:00Z,2025-03-10T12:00:00+00:00,900,2025-03-10T12:00:00Z,402
"""


def at_hour(hours: float) -> datetime:
    """The moment so many hours after the opening, which was on a Monday at nine in London."""
    return OPENED_AT + timedelta(hours=hours)


def course(
    *totals: tuple[float, int],
    days: float = 10,
    entitled: int = 5000,
    votes_cast: int | None = None,
    is_over: bool = False,
    floor: int = 5,
    name: str = "Pay offer 2026",
) -> Course:
    """A course through totals so many hours after the opening, as far as it may be shown."""
    points = [Point(at_hour(hours), votes_cast=votes) for hours, votes in totals]
    shown = max((votes for _, votes in totals), default=0) + floor
    total = shown if votes_cast is None else votes_cast
    return Course(
        name,
        opens_at=OPENED_AT,
        closes_at=at_hour(24 * days),
        entitled=entitled,
        points=steps_of(points, votes_cast=total, floor=floor),
        votes_cast=total,
        is_over=is_over,
    )


def keep_total(database: Database, ballot_id: int, total: int, *, now: datetime) -> int:
    """Let one branch's counter stand at a total, and keep the hour."""
    set_votes(database, ballot_id, Leeds=total)
    return keep_hour(database, now=now)
