"""Days and times as people type them, London time, clock changes included."""

from datetime import UTC, date, datetime

import pytest

from app.web.london_times import Unreadable, read_day, read_moment


@pytest.mark.parametrize(
    ("day", "time", "moment"),
    [
        pytest.param("2026-12-04", "17:00", datetime(2026, 12, 4, 17, tzinfo=UTC), id="winter"),
        pytest.param("2027-06-04", "17:00", datetime(2027, 6, 4, 16, tzinfo=UTC), id="summer"),
        pytest.param(
            "04/12/2026", "9.30", datetime(2026, 12, 4, 9, 30, tzinfo=UTC), id="as written"
        ),
        pytest.param("2027-06-04", "00:00", datetime(2027, 6, 3, 23, tzinfo=UTC), id="midnight"),
        # The clocks go forward on 28 March 2027 at 1:00 and back on 25 October 2026 at 2:00.
        pytest.param("2027-03-28", "00:59", datetime(2027, 3, 28, 0, 59, tzinfo=UTC), id="before"),
        pytest.param("2027-03-28", "02:00", datetime(2027, 3, 28, 1, tzinfo=UTC), id="after"),
        pytest.param("2026-10-25", "00:59", datetime(2026, 10, 24, 23, 59, tzinfo=UTC), id="first"),
        pytest.param("2026-10-25", "02:00", datetime(2026, 10, 25, 2, tzinfo=UTC), id="then"),
    ],
)
def test_a_london_time_is_one_moment(day, time, moment):
    assert read_moment(day, time) == moment


@pytest.mark.parametrize(
    ("day", "time", "said"),
    [
        ("2027-03-28", "01:00", "There is no 01:00 on 28 March 2027: the clocks go forward."),
        ("2027-03-28", "01:59", "There is no 01:59"),
        ("2026-10-25", "01:00", "01:00 comes twice on 25 October 2026: the clocks go back."),
        ("2026-10-25", "01:59", "01:59 comes twice"),
        ("2026-12-04", "24:00", "Enter a time between 00:00 and 23:59."),
        ("2026-12-04", "5pm", "Enter a time on the 24-hour clock"),
        ("2026-12-04", "", "Enter a time on the 24-hour clock"),
        ("", "17:00", "Enter a day."),
        ("soon", "17:00", "Enter a day that exists"),
        ("29/02/2027", "17:00", "Enter a day that exists"),
    ],
)
def test_what_is_no_moment_is_told_why(day, time, said):
    with pytest.raises(Unreadable, match=said.replace(".", r"\.")):
        read_moment(day, time)


@pytest.mark.parametrize("typed", ["1926-12-04", "04/12/0026", "2126-12-04"])
def test_a_year_nobody_means_is_questioned(typed):
    with pytest.raises(Unreadable, match="Check the year"):
        read_day(typed)


def test_years_that_somebody_may_mean_have_a_first_and_a_last():
    assert read_day(" 2000-01-01 ") == date(2000, 1, 1)
    assert read_day("31/12/2099") == date(2099, 12, 31)
