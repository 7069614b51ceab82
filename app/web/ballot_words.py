"""How a ballot's state, dates and reasons read on a page. Plain words, no clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.ballots.lifecycle import State
from app.ballots.schemas import ConstituencyIO
from app.cutoffs.service import Countdown
from app.rules.books import BOOK_OF_KIND, BOOKS
from app.rules.entitlement import Reason
from app.rules.london import london_day
from app.web.filters import plural

# A state in words, and how its tag looks.
STATES: Mapping[State, tuple[str, str | None]] = {
    State.DRAFT: ("Draft", None),
    State.FROZEN: ("Roll frozen, voting not open yet", "notice"),
    State.OPEN: ("Voting is open", "good"),
    State.CLOSED: ("Voting is closed, result not declared", "notice"),
    State.DECLARED: ("Result declared", "strong"),
}
# Each kind of ballot by the title of the book that judges it.
KINDS: Mapping[str, str] = {kind: BOOKS[book].title for kind, book in BOOK_OF_KIND.items()}
REASONS: Mapping[str, str] = {
    Reason.NOT_A_VOTING_CATEGORY: "Their membership category does not vote in this ballot",
    Reason.JOINED_AFTER_CUT_OFF: "Joined after the cut-off",
    Reason.LEFT: "Left the union before voting opens",
    Reason.IN_ARREARS: "Subscription in arrears",
    Reason.OUTSIDE_CONSTITUENCY: "In a branch, region, employer or workplace not balloted",
}
# The lists of a constituency: field, heading, and how one of it and many of it are called.
CONSTITUENCY_LISTS = (
    ("categories", "Membership categories"),
    ("branches", "Branches"),
    ("regions", "Regions"),
    ("employers", "Employers"),
    ("workplaces", "Workplaces"),
)
EVERYBODY = "Everybody on the roll"
GROUPINGS = {
    "branch": ("Branch", "branches"),
    "region": ("Region", "regions"),
    "employer": ("Employer", "employers"),
    "workplace": ("Workplace", "workplaces"),
}
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def constituency_rows(constituency: ConstituencyIO) -> list[tuple[str, str]]:
    """Return (list, names) for whom a ballot is put to."""
    rows = [
        (heading, ", ".join(names))
        for field, heading in CONSTITUENCY_LISTS
        if (names := getattr(constituency, field))
    ]
    return rows or [("Who is balloted", EVERYBODY)]


def time_left(until: datetime, *, now: datetime) -> str:
    """Return how long is left, in the two largest units: "6 days and 3 hours"."""
    left = max(until - now, timedelta())
    days, hours = left // DAY, left % DAY // HOUR
    minutes = left % HOUR // MINUTE
    if days:
        return plural(days, "day") + (f" and {plural(hours, 'hour')}" if hours else "")
    if hours:
        return plural(hours, "hour") + (f" and {plural(minutes, 'minute')}" if minutes else "")
    return plural(minutes, "minute") if minutes else "less than a minute"


def cut_off_countdown(countdown: Countdown, *, now: datetime) -> str:
    """Say how far away the cut-off is: "12 days left", "today is the last day"."""
    if countdown.passed:
        ago = (london_day(now) - countdown.day).days
        return f"passed {plural(ago, 'day')} ago"
    if countdown.days_left == 0:
        return "today is the last day"
    return f"{plural(countdown.days_left, 'day')} left"
