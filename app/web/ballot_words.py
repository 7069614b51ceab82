"""How a ballot's state, dates and reasons read on a page. Plain words, no clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.ballots.schemas import ConstituencyIO
from app.core.language import gettext, later, ngettext
from app.cutoffs.service import Countdown
from app.rules.london import london_day

# A state in words, and how its tag looks.
STATES: Mapping[State, tuple[str, str | None]] = {
    State.DRAFT: (later("Draft"), None),
    State.FROZEN: (later("Roll frozen, voting not open yet"), "notice"),
    State.OPEN: (later("Voting is open"), "good"),
    State.CLOSED: (later("Voting is closed, result not declared"), "notice"),
    State.DECLARED: (later("Result declared"), "strong"),
}
CANCELLED: tuple[str, str | None] = (later("Cancelled"), "notice")
# Each kind of ballot by the title of the book that judges it.
KINDS: Mapping[str, str] = {
    "indicative": later("Indicative ballot"),
    "industrial_action": later("Statutory ballot on industrial action"),
    "recognition": later("Statutory ballot on recognition"),
}
# The lists of a constituency: field, heading, and how one of it and many of it are called.
CONSTITUENCY_LISTS = (
    ("categories", later("Membership categories")),
    ("branches", later("Branches")),
    ("regions", later("Regions")),
    ("employers", later("Employers")),
    ("workplaces", later("Workplaces")),
)
EVERYBODY = later("Everybody on the roll")
GROUPINGS = {
    "branch": (later("Branch"), "branches"),
    "region": (later("Region"), "regions"),
    "employer": (later("Employer"), "employers"),
    "workplace": (later("Workplace"), "workplaces"),
}
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def state_words(ballot: Ballot, *, now: datetime) -> tuple[str, str | None]:
    """Return how a ballot stands in words, and how its tag looks."""
    if ballot.cancelled_at is not None:
        return CANCELLED
    return STATES[state_of(ballot, now=now)]


def constituency_rows(constituency: ConstituencyIO) -> list[tuple[str, str]]:
    """Return (list, names) for whom a ballot is put to."""
    rows = [
        (gettext(heading), ", ".join(names))
        for field, heading in CONSTITUENCY_LISTS
        if (names := getattr(constituency, field))
    ]
    return rows or [(gettext("Who is balloted"), gettext(EVERYBODY))]


def time_left(until: datetime, *, now: datetime) -> str:
    """Return how long is left, in the two largest units: "6 days and 3 hours"."""
    left = max(until - now, timedelta())
    days, hours = left // DAY, left % DAY // HOUR
    minutes = left % HOUR // MINUTE
    if days:
        return _and(_days(days), _hours(hours) if hours else None)
    if hours:
        return _and(_hours(hours), _minutes(minutes) if minutes else None)
    return _minutes(minutes) if minutes else gettext("less than a minute")


def cut_off_countdown(countdown: Countdown, *, now: datetime) -> str:
    """Say how far away the cut-off is: "12 days left", "today is the last day"."""
    if countdown.passed:
        ago = (london_day(now) - countdown.day).days
        return gettext("passed %(days)s ago", days=_days(ago))
    if countdown.days_left == 0:
        return gettext("today is the last day")
    return gettext("%(days)s left", days=_days(countdown.days_left))


def units_counted(one: str, number: int) -> str:
    """Return "5 branches" for `one` "branch", and so on: what a ballot is broken down by."""
    return {
        "branch": ngettext("%(num)s branch", "%(num)s branches", number),
        "region": ngettext("%(num)s region", "%(num)s regions", number),
        "employer": ngettext("%(num)s employer", "%(num)s employers", number),
        "workplace": ngettext("%(num)s workplace", "%(num)s workplaces", number),
    }[one]


def _and(first: str, second: str | None) -> str:
    return gettext("%(first)s and %(second)s", first=first, second=second) if second else first


def _days(number: int) -> str:
    return ngettext("%(num)s day", "%(num)s days", number)


def _hours(number: int) -> str:
    return ngettext("%(num)s hour", "%(num)s hours", number)


def _minutes(number: int) -> str:
    return ngettext("%(num)s minute", "%(num)s minutes", number)
