"""In summer a London day begins at 23:00 UTC: the cut-off is held to that day."""

from datetime import UTC, datetime

import pytest

from tests.support.ballots import add_members, given_ballot

CUT_OFF = "/api/v1/ballots/pay-2026/cut-off"


@pytest.fixture(autouse=True)
def ballot(database, settings):
    """Its cut-off is half past midnight on 11 July in London, and on 10 July in UTC."""
    add_members(database, 1)
    return given_ballot(
        database,
        settings,
        cut_off_at=datetime(2027, 7, 10, 23, 30, tzinfo=UTC),
        opens_at=datetime(2027, 7, 20, 8, 0, tzinfo=UTC),
        closes_at=datetime(2027, 8, 1, 11, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("on", "in_time", "days_left"),
    [("2027-07-10", True, 1), ("2027-07-11", True, 0), ("2027-07-12", False, 0)],
)
def test_its_london_day_is_in_time_to_its_end(client, on, in_time, days_left):
    answer = client.get(CUT_OFF, params={"on": on}).json()
    assert (answer["joins_in_time"], answer["days_left"]) == (in_time, days_left)


@pytest.mark.parametrize(("hour", "in_time"), [(22, True), (23, False)])
def test_today_is_the_day_in_london(client, clock, hour, in_time):
    clock.now = datetime(2027, 7, 11, hour, 30, tzinfo=UTC)
    assert client.get(CUT_OFF).json()["joins_in_time"] is in_time
