"""Units are judged by the rules of the London day on which their ballot opened, if it has any."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, given_token, move_window
from tests.support.votes import cast


@pytest.mark.parametrize(
    ("opens_at", "tests"),
    [
        pytest.param(
            datetime(2026, 4, 5, 22, 59, tzinfo=UTC),
            ["turnout", "support", "majority"],
            id="the last minute of 5 April in London",
        ),
        pytest.param(
            datetime(2026, 4, 5, 23, 30, tzinfo=UTC),
            ["majority"],
            id="half past midnight on 6 April in London, still 5 April in UTC",
        ),
    ],
)
def test_a_unit_is_judged_by_the_london_day_of_the_opening(
    client, database, settings, clock, opens_at, tests
):
    add_members(database, 6)
    ballot = given_ballot(database, settings, disaggregate_by="branch")
    cast(database, ballot, ["reject"] * 4)
    move_window(database, ballot.id, opens_at=opens_at)
    clock.now = NOW + timedelta(days=8)
    hq = given_token(database, settings)
    result = client.get("/api/v1/ballots/pay-2026/result", token=hq).json()
    [unit] = result["questions"][0]["units"]
    assert [each["test"] for each in unit["tests"]] == tests


def test_a_ballot_that_is_not_disaggregated_has_no_units(client, database, settings, clock):
    add_members(database, 6)
    cast(database, given_ballot(database, settings), ["reject"] * 4)
    clock.now = NOW + timedelta(days=8)
    hq = given_token(database, settings)
    [question] = client.get("/api/v1/ballots/pay-2026/result", token=hq).json()["questions"]
    assert (question["units"], question["unit_totals"]) == (None, None)
