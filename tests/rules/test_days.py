"""Days in words, and the last day of a period that begins with a day."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.rules.days import in_words, last_day_of_months, last_day_of_weeks, weekday

DAYS = st.dates(date(2000, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    ("months", "begins", "ends"),
    [
        # Worked example of law/rules.md: a mandate of a ballot dated 27 February 2026.
        pytest.param(12, date(2026, 2, 27), date(2027, 2, 26), id="worked example"),
        pytest.param(6, date(2026, 3, 1), date(2026, 8, 31), id="first of a month"),
        pytest.param(6, date(2025, 9, 1), date(2026, 2, 28), id="ends with February"),
        pytest.param(6, date(2027, 9, 1), date(2028, 2, 29), id="ends with a leap February"),
        pytest.param(6, date(2025, 8, 29), date(2026, 2, 28), id="29 August, to the 28th"),
        pytest.param(6, date(2025, 8, 30), date(2026, 2, 28), id="30 August, no 29 February"),
        pytest.param(6, date(2025, 8, 31), date(2026, 2, 28), id="31 August, no 30 February"),
        pytest.param(6, date(2027, 8, 30), date(2028, 2, 29), id="30 August before a leap year"),
        pytest.param(6, date(2027, 8, 31), date(2028, 2, 29), id="31 August before a leap year"),
        pytest.param(12, date(2027, 2, 28), date(2028, 2, 27), id="28 February into a leap year"),
        pytest.param(12, date(2028, 2, 29), date(2029, 2, 28), id="leap day"),
        pytest.param(12, date(2028, 3, 1), date(2029, 2, 28), id="day after a leap day"),
        pytest.param(12, date(2027, 3, 1), date(2028, 2, 29), id="1 March before a leap day"),
        pytest.param(12, date(2026, 12, 31), date(2027, 12, 30), id="last day of the year"),
        pytest.param(12, date(2027, 1, 1), date(2027, 12, 31), id="a calendar year"),
        pytest.param(9, date(2026, 1, 31), date(2026, 10, 30), id="to a month of 31 days"),
        pytest.param(9, date(2026, 5, 31), date(2027, 2, 28), id="nine months to February"),
        pytest.param(1, date(2026, 12, 15), date(2027, 1, 14), id="over the year"),
    ],
)
def test_a_period_of_months_ends_the_day_before_the_day_of_the_same_number(months, begins, ends):
    assert last_day_of_months(months, beginning_with=begins) == ends


@given(DAYS, st.integers(1, 24))
def test_the_next_period_begins_where_the_last_one_ended(begins, months):
    # From the 29th to the 31st a month may be too short, and the periods no longer meet.
    assume(begins.day <= 28)
    ends = last_day_of_months(months, beginning_with=begins)
    following = ends + timedelta(days=1)
    assert following.day == begins.day
    assert (following.year * 12 + following.month) - (begins.year * 12 + begins.month) == months


@given(DAYS, st.integers(1, 24))
def test_a_later_beginning_never_ends_sooner(begins, months):
    ends = last_day_of_months(months, beginning_with=begins)
    assert ends <= last_day_of_months(months, beginning_with=begins + timedelta(days=1))


def test_a_period_of_no_months_is_refused():
    with pytest.raises(ValueError, match="a period of 0 months has no last day"):
        last_day_of_months(0, beginning_with=date(2026, 1, 1))


def test_four_weeks_beginning_with_a_friday_end_with_a_thursday():
    ends = last_day_of_weeks(4, beginning_with=date(2026, 11, 20))
    assert (weekday(ends), in_words(ends)) == ("Thursday", "17 December 2026")
