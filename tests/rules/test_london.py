"""Days are days in London, and a window is open from its first instant up to its last."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.days import in_words
from app.rules.london import LONDON, EmptyWindow, NaiveTime, Window, end_of, london_day, start_of

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


@pytest.mark.parametrize(
    ("opens_on", "closes_on", "hours"),
    [
        pytest.param(date(2026, 3, 28), date(2026, 3, 29), 47, id="clocks go forward"),
        pytest.param(date(2026, 10, 24), date(2026, 10, 25), 49, id="clocks go back"),
    ],
)
def test_a_window_over_a_clock_change_opens_and_closes_at_london_midnights(
    opens_on, closes_on, hours
):
    window = Window(opens_at=start_of(opens_on), closes_at=end_of(closes_on))
    assert window.closes_at - window.opens_at == timedelta(hours=hours)
    assert not window.is_open(window.opens_at - INSTANT)
    assert window.is_open(window.opens_at)
    assert window.is_open(window.closes_at - INSTANT)
    assert not window.is_open(window.closes_at)


def test_the_hour_that_comes_twice_is_two_hours():
    first = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON)
    second = datetime(2026, 10, 25, 1, 15, tzinfo=LONDON, fold=1)
    window = Window(opens_at=first, closes_at=second)
    assert window.closes_at - window.opens_at == timedelta(minutes=45)
    assert window.is_open(datetime(2026, 10, 25, 1, 45, tzinfo=LONDON))
    assert not window.is_open(second)


def test_a_window_is_kept_in_utc():
    window = Window(
        opens_at=datetime(2026, 7, 1, 9, tzinfo=LONDON),
        closes_at=datetime(2026, 7, 2, 9, tzinfo=LONDON),
    )
    assert (window.opens_at.tzinfo, window.opens_at.hour) == (UTC, 8)
    assert (window.closes_at.tzinfo, window.closes_at.hour) == (UTC, 8)


@pytest.mark.parametrize("length", [timedelta(0), -INSTANT])
def test_a_window_that_never_opens_is_refused(length):
    opens_at = datetime(2026, 7, 1, tzinfo=UTC)
    with pytest.raises(EmptyWindow, match="must close after it opens"):
        Window(opens_at=opens_at, closes_at=opens_at + length)


def test_the_shortest_window_holds_one_instant():
    opens_at = datetime(2026, 7, 1, tzinfo=UTC)
    assert Window(opens_at=opens_at, closes_at=opens_at + INSTANT).is_open(opens_at)


def test_a_time_without_a_zone_is_refused_everywhere():
    naive = datetime(2026, 7, 1, 12)  # noqa: DTZ001
    aware = datetime(2026, 7, 1, 12, tzinfo=UTC)
    window = Window(opens_at=aware, closes_at=aware + timedelta(days=1))
    for refused in (
        lambda: london_day(naive),
        lambda: Window(opens_at=naive, closes_at=aware),
        lambda: Window(opens_at=aware, closes_at=naive),
        lambda: window.is_open(naive),
    ):
        with pytest.raises(NaiveTime, match="2026-07-01T12:00:00 does not say in which zone"):
            refused()


@pytest.mark.parametrize(
    ("day", "words"),
    [(date(2026, 1, 1), "1 January 2026"), (date(2026, 12, 31), "31 December 2026")],
)
def test_a_day_in_words_has_no_leading_nought(day, words):
    assert in_words(day) == words
