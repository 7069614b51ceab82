"""Of the dates of a cancelled ballot, those to come never come, and those that came stay."""

from datetime import date, datetime

import pytest

from app.cutoffs.cancelled import without_those_to_come
from app.cutoffs.events import Diary
from app.rules.london import LONDON
from tests.support.turnout import unsaved_ballot

DIARY = Diary(nation=None)
NEVER = ["Never: this ballot was cancelled."]


def at(hour, minute=0):
    return datetime(2026, 12, 7, hour, minute, tzinfo=LONDON)


def judged(event, *, cancelled_at):
    ballot = unsaved_ballot()
    ballot.cancelled_at = cancelled_at
    [found] = without_those_to_come([event], ballot=ballot)
    return found


@pytest.mark.parametrize(
    ("moment", "never"),
    [(at(11, 59), False), (at(12), False), (at(12, 1), True)],
    ids=["before", "as it was cancelled", "after"],
)
def test_a_moment_after_the_cancellation_never_comes(moment, never):
    event = DIARY.moment("closes", title="Voting closes", at=moment, note="A note.")
    found = judged(event, cancelled_at=at(12))
    assert (found.cancelled, found.problems) == (never, NEVER if never else [])


@pytest.mark.parametrize(
    ("day", "never"),
    [(date(2026, 12, 6), False), (date(2026, 12, 7), False), (date(2026, 12, 8), True)],
    ids=["the day before", "the day itself had begun", "the day after"],
)
def test_a_day_that_had_not_begun_at_the_cancellation_never_comes(day, never):
    event = DIARY.own_day("announced", title="Ballot announced", day=day, note="A note.")
    found = judged(event, cancelled_at=at(12))
    assert (found.cancelled, found.problems) == (never, NEVER if never else [])


def test_the_dates_of_a_ballot_that_goes_on_are_as_they_were():
    event = DIARY.moment("closes", title="Voting closes", at=at(12), note="A note.")
    assert judged(event, cancelled_at=None) == event
