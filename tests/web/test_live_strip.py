"""Dots along the line: none stands on another, none moves without need."""

import pytest

from app.turnout.figures import turnout_from
from app.web.live_strip import AXIS, strip_of
from app.web.live_units import unit_rows
from app.web.turnout_words import Line
from tests.support.turnout import branches, figures

HALF = Line("50", label="50 % needed")


def a_strip(*votes, line=HALF):
    """Branches of 100 each, with so many votes."""
    counted = dict(enumerate(votes, 1))
    turnout = turnout_from(
        figures(branches(*[100] * len(votes)), counted), group_by="branch", branch=None
    )
    return strip_of(unit_rows(turnout, floor=5, by_own=True), line=line, many="branches")


def test_each_dot_stands_at_its_turnout_and_says_whose_it_is():
    strip = a_strip(20, 30, 40, 50, 60)
    assert [(dot.name, dot.percent, dot.met) for dot in strip.dots] == [
        ("Branch 1", "20.00", False),
        ("Branch 2", "30.00", False),
        ("Branch 3", "40.00", False),
        ("Branch 4", "50.00", True),
        ("Branch 5", "60.00", True),
    ]
    assert len({dot.y for dot in strip.dots}) == 1
    assert strip.sentence == "2 of the 5 branches shown stand at 50 % or more."


def test_dots_of_about_the_same_turnout_are_stacked_but_never_across_the_line():
    strip = a_strip(48, 49, 49, 50, 51, 100)
    heights = [float(dot.y) for dot in strip.dots]
    assert heights[0] > heights[1] > heights[2]
    assert heights[3] > heights[4]
    assert heights[0] == heights[3] == heights[5]
    assert max(heights) < AXIS


def test_many_dots_stay_inside_the_drawing():
    strip = a_strip(*[30] * 80)
    heights = [float(dot.y) for dot in strip.dots]
    assert 1 < min(heights) < max(heights) < AXIS


@pytest.mark.parametrize(
    ("votes", "line"),
    [
        pytest.param((10, 20, 30, 40), HALF, id="so few that the table says it all"),
        pytest.param((10, 20, 30, 40, 50), None, id="no line to stand against"),
    ],
)
def test_there_is_no_strip_where_it_would_show_nothing(votes, line):
    assert a_strip(*votes, line=line) is None
