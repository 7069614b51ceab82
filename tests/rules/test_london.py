"""Days are days in London."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.days import in_words
from app.rules.london import NaiveTime, end_of, london_day, start_of
from tests.support.time_zones import machine_in

INSTANT = timedelta(microseconds=1)
SPRING_FORWARD = date(2026, 3, 29)
FALL_BACK = date(2026, 10, 25)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        pytest.param(datetime(2026, 1, 1, 23, 59, tzinfo=UTC), date(2026, 1, 1), id="winter"),
        pytest.param(datetime(2026, 1, 2, 0, 0, tzinfo=UTC), date(2026, 1, 2), id="midnight"),
        pytest.param(
            datetime(2026, 7, 1, 22, 59, tzinfo=UTC), date(2026, 7, 1), id="late on a summer day"
        ),
        pytest.param(
            datetime(2026, 7, 1, 23, 0, tzinfo=UTC), date(2026, 7, 2), id="already tomorrow"
        ),
    ],
)
def test_a_day_in_law_is_the_day_in_london(at, day):
    assert london_day(at) == day


@pytest.mark.parametrize(
    ("day", "starts", "ends"),
    [
        pytest.param(
            date(2026, 3, 28), "2026-03-28T00:00+00:00", "2026-03-29T00:00+00:00", id="day before"
        ),
        pytest.param(
            SPRING_FORWARD, "2026-03-29T00:00+00:00", "2026-03-29T23:00+00:00", id="23 hours"
        ),
        pytest.param(
            date(2026, 3, 30), "2026-03-29T23:00+00:00", "2026-03-30T23:00+00:00", id="summer"
        ),
        pytest.param(
            date(2026, 10, 24), "2026-10-23T23:00+00:00", "2026-10-24T23:00+00:00", id="last summer"
        ),
        pytest.param(FALL_BACK, "2026-10-24T23:00+00:00", "2026-10-26T00:00+00:00", id="25 hours"),
        pytest.param(
            date(2026, 10, 26), "2026-10-26T00:00+00:00", "2026-10-27T00:00+00:00", id="winter"
        ),
    ],
)
def test_a_london_day_starts_and_ends_at_its_own_midnights(day, starts, ends):
    assert start_of(day).isoformat(timespec="minutes") == starts
    assert end_of(day).isoformat(timespec="minutes") == ends


@given(day=st.dates(date(1972, 1, 1), date(2100, 1, 1)))
def test_a_day_holds_its_first_instant_and_not_its_end(day):
    assert london_day(start_of(day)) == day
    assert london_day(end_of(day) - INSTANT) == day
    assert london_day(end_of(day)) == day + timedelta(days=1)
    assert london_day(start_of(day) - INSTANT) == day - timedelta(days=1)


def test_a_time_without_a_zone_is_refused():
    naive = datetime(2026, 7, 1, 12)  # noqa: DTZ001
    with pytest.raises(NaiveTime, match="2026-07-01T12:00:00 does not say in which zone"):
        london_day(naive)


@pytest.mark.parametrize(
    ("day", "words"),
    [(date(2026, 1, 1), "1 January 2026"), (date(2026, 12, 31), "31 December 2026")],
)
def test_a_day_in_words_has_no_leading_nought(day, words):
    assert in_words(day) == words


@pytest.fixture
def in_tokyo():
    with machine_in("Asia/Tokyo"):
        yield


def test_instants_are_held_in_utc_wherever_the_machine_stands(in_tokyo):
    assert start_of(FALL_BACK).isoformat() == "2026-10-24T23:00:00+00:00"
    assert end_of(FALL_BACK).isoformat() == "2026-10-26T00:00:00+00:00"
    assert london_day(start_of(FALL_BACK)) == FALL_BACK
