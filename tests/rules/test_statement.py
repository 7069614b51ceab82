"""What must be told of a result, line by line, on both sides of each change."""

from datetime import date

import pytest

from app.rules.books import ERA_2025_S68, period_in_force, periods
from app.rules.statement import Line

VOTES = ["votes_cast", "supporting", "opposing", "spoiled"]
# Invented: no day had been appointed when these rules were written.
S68_DAY = date(2027, 1, 4)


@pytest.mark.parametrize(
    ("opened_on", "lines"),
    [
        pytest.param(date(2017, 2, 28), VOTES, id="before the 2016 Act"),
        pytest.param(
            date(2017, 3, 1),
            ["entitled", *VOTES, "turnout_reached", "support_reached"],
            id="the 2016 Act",
        ),
        pytest.param(
            date(2026, 2, 17),
            ["entitled", *VOTES, "turnout_reached", "support_reached"],
            id="the last day of the 40 % line",
        ),
        pytest.param(
            date(2026, 2, 18), ["entitled", *VOTES, "turnout_reached"], id="the 40 % line is gone"
        ),
        pytest.param(
            date(2026, 2, 19), ["entitled", *VOTES, "turnout_reached"], id="and stays gone"
        ),
        pytest.param(
            date(2027, 1, 3), ["entitled", *VOTES, "turnout_reached"], id="the day before s.68"
        ),
        pytest.param(S68_DAY, VOTES, id="s.68 drops those entitled and the 50 % line"),
        pytest.param(date(2027, 1, 5), VOTES, id="the day after"),
    ],
)
def test_the_lines_are_those_of_the_opening_day(opened_on, lines):
    period = period_in_force(
        "industrial-action", opened_on=opened_on, commenced={ERA_2025_S68: S68_DAY}
    )
    assert [str(line) for line in period.statement.lines] == lines


@pytest.mark.parametrize("period", periods("industrial-action"), ids=lambda each: each.label)
def test_a_line_on_a_threshold_stands_only_beside_a_test_with_it(period):
    lines = period.statement.lines
    assert (Line.TURNOUT_REACHED in lines) is (period.turnout is not None)
    assert (Line.SUPPORT_REACHED in lines) is (period.support is not None)
    assert "1992 s.231" in period.statement.source


@pytest.mark.parametrize("book", ["recognition", "indicative"])
def test_section_231_is_about_industrial_action_alone(book):
    assert [period.statement for period in periods(book)] == [None] * len(periods(book))
