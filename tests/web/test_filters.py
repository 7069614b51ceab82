"""How dates, times and numbers read."""

from datetime import UTC, date, datetime

import pytest

from app.web import filters


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
    assert filters.long_time(at) == words


def test_a_time_without_an_offset_is_refused():
    with pytest.raises(ValueError, match="no offset"):
        filters.long_time(datetime(2026, 12, 4, 17))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    "value", [date(2026, 7, 1), datetime(2026, 6, 30, 23, 30, tzinfo=UTC)], ids=["day", "moment"]
)
def test_a_moment_counts_as_its_london_day(value):
    assert filters.day(value) == "1 July 2026"
    assert filters.long_day(value) == "Wednesday 1 July 2026"
    assert filters.short_day(value) == "Wed 1 Jul"


def test_figures_carry_the_moment_when_they_were_read():
    assert filters.short_time(datetime(2026, 7, 1, 13, 2, tzinfo=UTC)) == "14:02"


def test_numbers_read_as_people_write_them():
    assert filters.thousands(5204) == "5,204"
    assert filters.plural(1, "vote") == "1 vote"
    assert filters.plural(2341, "vote") == "2,341 votes"
    assert filters.plural(0, "branch", "branches") == "0 branches"


def test_a_percentage_is_shown_as_the_rules_rounded_it():
    assert filters.percent("49.99") == "49.99\N{NO-BREAK SPACE}%"
