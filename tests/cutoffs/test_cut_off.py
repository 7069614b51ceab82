"""The cut-off: the day before, the day, the day after, and both clock changes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.ballots.service import create_ballot
from app.cutoffs.service import countdown
from tests.conftest import NOW
from tests.support.ballots import HQ, add_members, ballot_in, given_ballot, given_token
from tests.support.turnout import unsaved_ballot

CUT_OFF = "/api/v1/ballots/pay-2026/cut-off"


@pytest.fixture
def ballot(database, settings):
    add_members(database, 6)
    return given_ballot(
        database,
        settings,
        cut_off_at=datetime(2026, 11, 27, 17, 0, tzinfo=UTC),
        opens_at=datetime(2026, 11, 30, 9, 0, tzinfo=UTC),
        closes_at=datetime(2026, 12, 14, 9, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("on", "in_time", "days_left"),
    [
        pytest.param("2026-11-21", True, 6, id="six days before"),
        pytest.param("2026-11-26", True, 1, id="the day before"),
        pytest.param("2026-11-27", True, 0, id="the day itself, to its end"),
        pytest.param("2026-11-28", False, 0, id="the day after"),
    ],
)
def test_who_joins_on_or_before_the_day_is_in_time(client, ballot, on, in_time, days_left):
    response = client.get(CUT_OFF, params={"on": on})
    assert response.status_code == 200
    assert response.json() == {
        "cut_off_at": "2026-11-27T17:00:00Z",
        "joins_in_time": in_time,
        "days_left": days_left,
    }


def test_without_a_day_it_is_today_in_london(client, clock, ballot):
    assert client.get(CUT_OFF).json()["days_left"] == 6
    clock.now = datetime(2026, 11, 27, 23, 59, tzinfo=UTC)
    assert client.get(CUT_OFF).json()["joins_in_time"] is True
    clock.now = datetime(2026, 11, 28, 0, 0, tzinfo=UTC)
    assert client.get(CUT_OFF).json()["joins_in_time"] is False


def test_a_day_that_is_none_is_refused_with_a_sentence(client, ballot):
    response = client.get(CUT_OFF, params={"on": "31 November"})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_a_draft_is_hidden_from_the_public_and_shown_to_staff(client, database, settings):
    with database.writing() as session:
        create_ballot(session, ballot_in(), staff=HQ, now=NOW)
    token = given_token(database, settings)
    for path in ("cut-off", "timetable", "timetable.ics"):
        address = f"/api/v1/ballots/pay-2026/{path}"
        assert client.get(address).status_code == 404
        assert client.get(address, token=token).status_code == 200


def counting_down(cut_off_at, *, now):
    ballot = unsaved_ballot()
    ballot.cut_off_at = cut_off_at
    return countdown(ballot, now=now)


def test_the_countdown_runs_to_the_end_of_the_london_day():
    cut_off_at = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    last_moment = datetime(2026, 11, 28, tzinfo=UTC)
    left = counting_down(cut_off_at, now=NOW)
    assert (left.day, left.days_left, left.hours_left) == (date(2026, 11, 27), 6, 6 * 24 + 12)
    assert left.cut_off_at == cut_off_at
    assert not left.passed
    almost = counting_down(cut_off_at, now=last_moment - timedelta(seconds=1))
    assert (almost.days_left, almost.hours_left, almost.passed) == (0, 0, False)
    over = counting_down(cut_off_at, now=last_moment)
    assert (over.days_left, over.hours_left, over.passed) == (0, 0, True)
    long_over = counting_down(cut_off_at, now=last_moment + timedelta(days=9))
    assert (long_over.days_left, long_over.hours_left, long_over.passed) == (0, 0, True)


@pytest.mark.parametrize(
    ("cut_off_at", "now", "hours_left"),
    [
        # Clocks go forward on 29 March 2026: the day has 23 hours.
        pytest.param(
            datetime(2026, 3, 29, 12, 0, tzinfo=UTC),
            datetime(2026, 3, 29, 0, 0, tzinfo=UTC),
            23,
            id="the short day in spring",
        ),
        # Clocks go back on 25 October 2026: the day begins at 23:00 UTC and has 25 hours.
        pytest.param(
            datetime(2026, 10, 25, 12, 0, tzinfo=UTC),
            datetime(2026, 10, 24, 23, 0, tzinfo=UTC),
            25,
            id="the long day in autumn",
        ),
    ],
)
def test_hours_left_are_hours_that_pass(cut_off_at, now, hours_left):
    left = counting_down(cut_off_at, now=now)
    assert (left.hours_left, left.days_left) == (hours_left, 0)
