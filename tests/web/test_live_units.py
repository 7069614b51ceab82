"""Where the next votes are: what is winnable, in which order, and what stays unsaid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.turnout.figures import turnout_from
from app.turnout.schemas import DenominatorOut, GroupOut, ReachOut, ThresholdOut, TurnoutOut
from app.web.live_units import (
    direction_of,
    first_to_win,
    in_order,
    nearest_to_line,
    next_sort,
    unit_rows,
    waiting_in,
    winnable_in,
)
from tests.support.turnout import OPENED, branches, figures

NOBODY_ASKED = ThresholdOut(required_votes=None, votes_needed=0, met=None, label="")


def unit(entitled, votes, *, name="Leeds", reach=None, needed=0):
    """A unit; `reach` is how many can be reached and how many of them have voted."""
    return GroupOut(
        name=name,
        entitled=entitled,
        votes_cast=votes,
        turnout_percent=None if votes is None else f"{100 * votes / entitled:.2f}",
        votes_needed=None if votes is None else needed,
        statute_votes_needed=None,
        withheld=votes is None,
        reachable=reach
        and ReachOut(
            entitled=reach[0],
            votes_cast=reach[1],
            turnout_percent=None,
            withheld=reach[1] is None,
        ),
    )


def whole(entitled, votes, *units):
    return TurnoutOut(
        ballot="pay-2026",
        as_at=OPENED,
        entitled=entitled,
        roll=DenominatorOut(frozen=entitled, supplements=0, exclusions=0),
        votes_cast=votes,
        turnout_percent=None,
        threshold=NOBODY_ASKED,
        statute=None,
        groups=list(units),
    )


@pytest.mark.parametrize(
    ("entitled", "votes", "winnable"),
    [
        pytest.param(100, 20, 20, id="the others stand at 40 %, so 20 more would come here"),
        pytest.param(100, 40, 0, id="where the others stand nobody lags"),
        pytest.param(100, 70, 0, id="nor above them"),
        pytest.param(99, 20, 19, id="a part of a vote is none: 39.6 less 20"),
    ],
)
def test_winnable_are_the_votes_that_would_come_at_the_turnout_of_the_others(
    entitled, votes, winnable
):
    # All the others: 1,000 entitled of whom 400 have voted.
    assert winnable_in(unit(entitled, votes), whole=whole(1000 + entitled, 400 + votes)) == winnable


def test_no_more_are_winnable_than_can_be_reached():
    all_else = whole(1100, 420)
    assert winnable_in(unit(100, 20, reach=(30, 18)), whole=all_else) == 12
    assert winnable_in(unit(100, 20, reach=(30, None)), whole=all_else) == 20


def test_a_ballot_of_one_unit_has_no_others():
    assert winnable_in(unit(100, 20), whole=whole(100, 20)) == 0


def test_what_is_withheld_says_nothing_of_who_waits():
    withheld = unit(100, None, reach=(90, None))
    assert waiting_in(withheld) is None
    assert winnable_in(withheld, whole=whole(1100, 420)) is None


@pytest.mark.parametrize(
    ("reach", "waiting"),
    [
        pytest.param(None, 80, id="nobody asked who can be reached: all who have not voted"),
        pytest.param((90, 15), 75, id="those who can be reached"),
        pytest.param((90, None), 80, id="withheld: at most all who have not voted"),
        pytest.param((60, None), 60, id="withheld: at most all who can be reached"),
    ],
)
def test_who_waits_is_counted_as_exactly_as_may_be_shown(reach, waiting):
    found = unit(100, 20, reach=reach)
    assert waiting_in(found) == waiting
    [row] = unit_rows(whole(1100, 420, found), floor=5, by_own=True)
    assert row.waits_exactly is (reach is None or reach[1] is not None)


@given(
    sizes=st.lists(st.integers(1, 60), min_size=2, max_size=8),
    data=st.data(),
)
def test_nobody_is_winnable_everywhere_at_once_and_never_more_than_wait(sizes, data):
    votes = {place: data.draw(st.integers(0, size)) for place, size in enumerate(sizes, 1)}
    turnout = turnout_from(figures(branches(*sizes), votes), group_by="branch", branch=None)
    rows = unit_rows(turnout, floor=5, by_own=True)
    shown = [row for row in rows if row.votes is not None]
    assert all(0 <= row.winnable <= row.waiting for row in shown)
    assert all(row.winnable is None and row.waiting is None for row in rows if row.why_withheld)
    # Somebody stands at the top, and has nothing to catch up with.
    if len(shown) == len(rows):
        assert any(row.winnable == 0 for row in shown)


@pytest.fixture
def rows():
    units = [
        unit(100, 10, name="Bath", needed=40),
        unit(50, 45, name="Hull"),
        unit(400, 120, name="Leeds", needed=80),
        unit(4, None, name="Scilly"),
        unit(100, 49, name="York", needed=1),
    ]
    return unit_rows(whole(1000, 400, *units), floor=5, by_own=True)


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", "Bath Hull Leeds Scilly York"),
        ("-name", "York Scilly Leeds Hull Bath"),
        ("winnable", "Leeds Bath York Hull Scilly"),
        ("turnout", "Bath Leeds York Hull Scilly"),
        ("-turnout", "Hull York Leeds Bath Scilly"),
        ("needed", "Leeds Bath York Hull Scilly"),
        ("-needed", "Hull York Bath Leeds Scilly"),
        ("waiting", "Leeds Bath York Hull Scilly"),
        ("entitled", "Leeds Bath York Hull Scilly"),
        ("voted", "Leeds York Hull Bath Scilly"),
    ],
)
def test_rows_stand_in_the_order_asked_for_and_what_is_withheld_comes_last(rows, sort, names):
    assert [row.name for row in in_order(rows, sort=sort)] == names.split()


def test_a_row_keeps_its_key_wherever_it_stands(rows):
    keys = {row.name: row.key for row in in_order(rows, sort="-turnout")}
    assert keys == {row.name: row.key for row in rows}
    assert len(set(keys.values())) == 5


def test_a_heading_leads_to_its_own_order_and_then_the_other_way():
    assert next_sort("needed", sort="name") == "needed"
    assert next_sort("needed", sort="needed") == "-needed"
    assert next_sort("needed", sort="-needed") == "needed"
    assert direction_of("needed") == {"needed": "descending"}
    assert direction_of("-needed") == {"needed": "ascending"}
    assert direction_of("turnout") == {"turnout": "ascending"}


def test_nearest_to_the_line_are_those_who_lack_least_and_not_those_who_are_there(rows):
    assert [row.name for row in nearest_to_line(rows)] == ["York", "Bath", "Leeds"]


def test_organisers_are_sent_where_votes_are_winnable_and_nowhere_else(rows):
    assert [(row.name, row.winnable) for row in first_to_win(rows)] == [("Leeds", 66), ("Bath", 33)]
