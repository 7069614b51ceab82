"""Turnout of those who can be reached, checked against somebody who subtracts it from turnout."""

from dataclasses import replace
from itertools import combinations, count

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from app.turnout.figures import turnout_from
from app.turnout.reach import ReachShown, reach_cells_of, reach_shown, whole_of
from app.turnout.withholding import GROUPINGS, Group, withheld_groups
from tests.support.subtraction import can_be_worked_out, reduced
from tests.support.turnout import cell, figures

FLOOR = 5


def roll(*places):
    """A split roll of (branch, workplace, reachable, not reachable)."""
    numbers = count(1)
    return tuple(
        replace(cell(next(numbers), size, branch=branch, workplace=workplace), reachable=kind)
        for branch, workplace, *sizes in places
        for kind, size in zip((True, False), sizes, strict=True)
        if size
    )


@pytest.mark.parametrize(
    ("places", "total", "shown"),
    [
        pytest.param(
            [("Leeds", "", 60, 20), ("York", "", 40, 9)], True, {"Leeds", "York"}, id="all large"
        ),
        pytest.param(
            [("Leeds", "", 60, 5), ("York", "", 40, 9)],
            True,
            {"Leeds", "York"},
            id="exactly the floor is shown",
        ),
        pytest.param(
            [("Leeds", "", 60, 4), ("York", "", 40, 9), ("Hull", "", 30, 8)],
            True,
            {"York"},
            id="four who cannot be reached take the smallest other branch along",
        ),
        pytest.param(
            [("Leeds", "", 60, 4), ("York", "", 40, 9)],
            True,
            set(),
            id="of two branches neither is shown, and the total is",
        ),
        pytest.param([("Leeds", "", 60, 4)], False, set(), id="four in the whole ballot"),
        pytest.param([("Leeds", "", 4, 60)], False, set(), id="only four can be reached"),
        pytest.param(
            [("Leeds", "", 60, 3), ("York", "", 40, 2), ("Hull", "", 30, 8)],
            True,
            {"Hull"},
            id="two small groups together are the floor",
        ),
        pytest.param(
            [("Leeds", "", 60, 0), ("York", "", 40, 9)],
            True,
            {"Leeds", "York"},
            id="everybody can be reached: the number says nothing new",
        ),
        pytest.param(
            [("Leeds", "", 0, 60), ("York", "", 40, 9)],
            True,
            {"Leeds", "York"},
            id="nobody can be reached",
        ),
        pytest.param(
            [("Leeds", "Office", 97, 0), ("Leeds", "Court", 3, 10), ("York", "Court", 90, 60)],
            True,
            set(),
            id="a workplace that can all be reached leaves three by subtraction",
        ),
        pytest.param(
            [("Scilly", "", 3, 0), ("Lundy", "", 0, 4), ("Leeds", "", 60, 20)],
            True,
            set(),
            id="two withheld branches of one kind each are not told apart by the total",
        ),
        pytest.param([], True, set(), id="nobody at all"),
    ],
)
def test_it_is_shown_where_nobody_can_be_singled_out(places, total, shown):
    assert reach_shown(roll(*places), floor=FLOOR) == ReachShown(total, branches=frozenset(shown))


kinds = st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(any)
split_rolls = st.dictionaries(
    st.tuples(st.sampled_from("ABC"), st.sampled_from("xy"), st.sampled_from("NS")),
    kinds,
    min_size=1,
    max_size=5,
).map(
    lambda places: tuple(
        replace(
            cell(number, size, branch=branch, workplace=workplace, region=region),
            reachable=reachable,
        )
        for number, ((branch, workplace, region), reachable, size) in enumerate(
            (
                (place, kind, size)
                for place, sizes in places.items()
                for kind, size in zip((True, False), sizes, strict=True)
                if size
            ),
            1,
        )
    )
)


def numbers_of_turnout(cells):
    withheld = withheld_groups(whole_of(cells).cells, floor=FLOOR)
    groups = {Group(each, name=one.group(each)) for one in cells for each in GROUPINGS}
    shown = [[int(one.group(by) == name) for one in cells] for by, name in groups - withheld]
    return [[1] * len(cells), *shown]


def numbers_of_reach(cells):
    shown = reach_shown(cells, floor=FLOOR)
    rows = [
        [int(bool(one.reachable) and one.branch == branch) for one in cells]
        for branch in sorted(shown.branches)
    ]
    return rows + ([[int(bool(one.reachable)) for one in cells]] if shown.total else [])


@given(split_rolls)
def test_reach_adds_nothing_about_fewer_than_floor_people(cells):
    before = reduced(numbers_of_turnout(cells))
    after = reduced(numbers_of_turnout(cells) + numbers_of_reach(cells))
    event(f"numbers that say something new: {len(after) - len(before)}")
    for size in range(1, len(cells) + 1):
        for chosen in combinations(range(len(cells)), size):
            if sum(cells[place].entitled for place in chosen) >= FLOOR:
                continue
            row = [int(place in chosen) for place in range(len(cells))]
            assert can_be_worked_out(row, before) or not can_be_worked_out(row, after), chosen


@given(split_rolls)
def test_turnout_itself_is_withheld_as_if_nobody_had_asked_who_can_be_reached(cells):
    whole = whole_of(cells).cells
    assert sum(each.entitled for each in whole) == sum(each.entitled for each in cells)
    places = {(each.branch, each.region, each.workplace) for each in cells}
    assert len(whole) == len(places)
    answer = turnout_from(figures(cells, {}), group_by="branch", branch=None)
    same = turnout_from(figures(whole, {}), group_by="branch", branch=None)
    assert [(each.name, each.withheld) for each in answer.groups] == [
        (each.name, each.withheld) for each in same.groups
    ]


def test_turnout_of_all_stands_beside_turnout_of_those_reached():
    # One union's consultative ballot read 41 % of members and 53 % of those reached.
    cells = roll(("Leeds", "", 700, 200), ("York", "", 60, 40))
    votes = {1: 380, 2: 2, 3: 28, 4: 0}
    answer = turnout_from(figures(cells, votes), group_by="branch", branch=None)
    assert (answer.votes_cast, answer.turnout_percent) == (410, "41.00")
    reached = answer.reachable
    assert (reached.entitled, reached.votes_cast, reached.turnout_percent) == (760, 408, "53.68")
    assert [each.reachable.turnout_percent for each in answer.groups] == ["54.29", "46.67"]
    own = turnout_from(figures(cells, votes), group_by=None, branch="york")
    assert (own.reachable.entitled, own.reachable.votes_cast) == (60, 28)


def test_a_branch_officer_sees_no_more_of_it_than_headquarters():
    cells = roll(("Leeds", "", 60, 4), ("York", "", 40, 9), ("Hull", "", 30, 8))
    answers = figures(cells, {1: 30, 2: 1})
    groups = turnout_from(answers, group_by="branch", branch=None).groups
    by_hq = {each.name: each.reachable for each in groups}
    assert {name: each.withheld for name, each in by_hq.items()} == {
        "Leeds": True,
        "Hull": True,
        "York": False,
    }
    for name, seen in by_hq.items():
        own = turnout_from(answers, group_by="branch", branch=name)
        assert own.reachable == seen
        assert own.groups[0].reachable == seen


def test_only_branches_carry_it():
    answer = turnout_from(
        figures(roll(("Leeds", "", 60, 9)), {}), group_by="workplace", branch=None
    )
    assert [each.reachable for each in answer.groups] == [None]


def test_a_roll_that_never_asked_shows_nothing():
    cells = (replace(cell(1, 60), reachable=None), cell(2, 50))
    assert reach_cells_of(cells, floor=FLOOR) is None
    answer = turnout_from(figures(cells, {}), group_by="branch", branch=None)
    assert answer.reachable is None
