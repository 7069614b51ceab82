"""The freeze asks for days in London, where in summer a day begins at 23:00 UTC."""

from datetime import UTC, date, datetime

import pytest

from tests.support.ballots import add_members, given_ballot

# Both are after midnight in London, and on the day before in UTC.
CUT_OFF = datetime(2027, 7, 10, 23, 30, tzinfo=UTC)
OPENS = datetime(2027, 7, 20, 23, 30, tzinfo=UTC)
SUMMER = {
    "cut_off_at": CUT_OFF,
    "opens_at": OPENS,
    "closes_at": datetime(2027, 8, 1, 11, 0, tzinfo=UTC),
}


def on_the_roll(database, settings, **facts):
    """Whether a member with these facts is on the frozen roll, beside somebody who is."""
    add_members(database, 1, branch="York")
    add_members(database, 1, branch="Leeds", **facts)
    return "LEE0001" in given_ballot(database, settings, **SUMMER).codes


@pytest.mark.parametrize(
    ("joined_on", "in_time"), [(date(2027, 7, 11), True), (date(2027, 7, 12), False)]
)
def test_whoever_joins_on_the_london_day_of_the_cut_off_is_frozen_in(
    database, settings, joined_on, in_time
):
    assert on_the_roll(database, settings, joined_on=joined_on) is in_time


@pytest.mark.parametrize(
    ("left_on", "stays"), [(date(2027, 7, 21), False), (date(2027, 7, 22), True)]
)
def test_whoever_leaves_on_the_london_day_of_the_opening_is_not(database, settings, left_on, stays):
    assert on_the_roll(database, settings, left_on=left_on) is stays
