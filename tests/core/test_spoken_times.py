"""How days and times read to people."""

from datetime import UTC, date, datetime

import pytest

from app.core import spoken_times


@pytest.mark.parametrize(
    ("at", "words"),
    [
        pytest.param(datetime(2026, 12, 4, 17, tzinfo=UTC), "Friday 4 December 2026 at 5pm"),
        pytest.param(datetime(2026, 12, 4, 9, 5, tzinfo=UTC), "Friday 4 December 2026 at 9:05am"),
        pytest.param(
            datetime(2026, 7, 1, 11, tzinfo=UTC), "Wednesday 1 July 2026 at midday", id="summer"
        ),
        pytest.param(
            datetime(2026, 6, 30, 23, tzinfo=UTC),
            "Wednesday 1 July 2026 at midnight (the start of the day)",
            id="a summer midnight is on the next London day",
        ),
        pytest.param(datetime(2026, 1, 1, 0, 30, tzinfo=UTC), "Thursday 1 January 2026 at 12:30am"),
    ],
)
def test_a_time_is_said_in_london(at, words):
    assert spoken_times.long_time(at) == words


def test_a_time_without_an_offset_is_refused():
    with pytest.raises(ValueError, match="no offset"):
        spoken_times.long_time(datetime(2026, 12, 4, 17))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    "value", [date(2026, 7, 1), datetime(2026, 6, 30, 23, 30, tzinfo=UTC)], ids=["day", "moment"]
)
def test_a_moment_counts_as_its_london_day(value):
    assert spoken_times.day(value) == "1 July 2026"
    assert spoken_times.long_day(value) == "Wednesday 1 July 2026"
    assert spoken_times.short_day(value) == "Wed 1 Jul"


def test_figures_carry_the_moment_when_they_were_read():
    assert spoken_times.short_time(datetime(2026, 7, 1, 13, 2, tzinfo=UTC)) == "14:02"
