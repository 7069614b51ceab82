"""What each may see of a frozen roll, attacked by all of them together."""

from itertools import combinations
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from app.ballots.schemas import Grouping
from app.turnout.frozen_roll import FrozenRoll
from tests.support.subtraction import can_be_worked_out, reduced
from tests.support.turnout import cell

FLOOR = 5

places = st.sampled_from(["a", "b"])
rolls = st.lists(
    st.tuples(st.sampled_from("ABC"), places, places, places, st.integers(1, 30)),
    min_size=1,
    max_size=7,
    unique_by=lambda row: row[:4],
).map(
    lambda rows: tuple(
        cell(number, size, branch=branch, region=region, employer=employer, workplace=workplace)
        for number, (branch, region, employer, workplace, size) in enumerate(rows, 1)
    )
)


def parts_of(cells, branches):
    """The views of some officers: of headquarters for None, else of a branch."""
    roll = FrozenRoll(cells, floor=FLOOR)
    groupings = get_args(Grouping)
    return [roll.part(group_by=name, branch=each) for each in branches for name in groupings]


def numbers_shown(cells, branches):
    rows = []
    for part in parts_of(cells, branches):
        sets = [] if part.hidden else [part.cell_ids]
        sets += [group.cell_ids for group in part.groups if not group.withheld]
        rows += [[int(each.id in ids) for each in cells] for ids in sets]
    return reduced(rows)


def all_branches(cells):
    return sorted({each.branch for each in cells})


@given(rolls)
def test_all_roles_together_learn_no_more_about_few_people_than_headquarters_alone(cells):
    together = numbers_shown(cells, [None, *all_branches(cells)])
    alone = numbers_shown(cells, [None])
    for count in range(1, len(cells)):
        for chosen in combinations(cells, count):
            row = [int(each in chosen) for each in cells]
            if sum(each.entitled for each in chosen) < FLOOR and can_be_worked_out(row, together):
                assert can_be_worked_out(row, alone), [each.id for each in chosen]


@given(rolls)
def test_no_row_with_few_entitled_is_shown_to_anybody(cells):
    for part in parts_of(cells, [None, *all_branches(cells)]):
        for group in part.groups:
            assert group.withheld or group.entitled >= FLOOR


def test_headquarters_and_leeds_together_do_not_learn_of_three_people_in_york():
    # Invented: the office's total less its people in Leeds would be three.
    cells = (
        cell(1, 30, branch="Leeds", workplace="Office"),
        cell(2, 20, branch="Leeds", workplace="Court"),
        cell(3, 3, branch="York", workplace="Office"),
        cell(4, 40, branch="York", workplace="Prison"),
    )
    roll = FrozenRoll(cells, floor=FLOOR)
    shown = {
        branch: [
            group.name
            for group in roll.part(group_by="workplace", branch=branch).groups
            if not group.withheld
        ]
        for branch in (None, "Leeds", "York")
    }
    assert not {"Office"} <= set(shown[None]) & set(shown["Leeds"])
    assert "Office" not in shown["York"]


def test_pieces_of_a_shared_workplace_are_shown_where_all_of_them_are_large():
    cells = (
        cell(1, 40, branch="Leeds", workplace="Office"),
        cell(2, 20, branch="Leeds", workplace="Court"),
        cell(3, 30, branch="York", workplace="Office"),
    )
    part = FrozenRoll(cells, floor=FLOOR).part(group_by="workplace", branch="Leeds")
    assert [(group.name, group.entitled, group.withheld) for group in part.groups] == [
        ("Court", 20, False),
        ("Office", 40, False),
    ]
