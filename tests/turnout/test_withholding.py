"""Which groups are withheld, checked against the arithmetic of somebody who would subtract."""

from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.turnout.withholding import GROUPINGS, Group, withheld_groups
from tests.support.subtraction import can_be_worked_out, reduced
from tests.support.turnout import branches, cell

FLOOR = 5


def withheld_names(cells, grouping="branch", *, floor=FLOOR):
    withheld = withheld_groups(cells, floor=floor)
    return {group.name for group in withheld if group.grouping == grouping}


@pytest.mark.parametrize(
    ("sizes", "withheld"),
    [
        pytest.param((50, 60, 70), set(), id="all at or over the floor: none withheld"),
        pytest.param((5, 60), set(), id="exactly the floor is shown"),
        pytest.param((4, 60, 9, 70), {1, 3}, id="one small: the next smallest goes with it"),
        pytest.param((3, 2, 60), {1, 2}, id="two small ones together reach the floor"),
        pytest.param((2, 2, 60, 9), {1, 2, 4}, id="two small ones short of it take a third along"),
        pytest.param((4, 60), {1, 2}, id="of two branches both are withheld"),
        pytest.param((3,), {1}, id="a lone small branch is withheld, the total is not a group"),
        pytest.param((60,), set(), id="a lone large branch is shown"),
        pytest.param((1, 1), {1, 2}, id="a ballot below the floor shows no branch"),
        pytest.param((), set(), id="nobody at all"),
    ],
)
def test_small_branches_and_what_covers_them_are_withheld(sizes, withheld):
    assert withheld_names(branches(*sizes)) == {f"Branch {number}" for number in withheld}


def test_a_small_branch_is_covered_by_one_of_its_own_region():
    # Invented: the smallest other branch is in the South, but the North's total is shown.
    cells = (
        cell(1, 3, region="North"),
        cell(2, 40, region="North"),
        cell(3, 80, region="North"),
        cell(4, 9, region="South"),
        cell(5, 30, region="South"),
    )
    assert withheld_names(cells) == {"Branch 1", "Branch 2"}
    assert withheld_names(cells, "region") == set()


def test_a_small_branch_alone_in_its_region_hides_two_regions():
    cells = (
        cell(1, 3, region="Islands"),
        cell(2, 40, region="North"),
        cell(3, 80, region="North"),
        cell(4, 9, region="South"),
        cell(5, 30, region="South"),
    )
    assert withheld_names(cells, "region") == {"Islands", "South"}
    assert withheld_names(cells) == {"Branch 1", "Branch 4"}


def test_a_small_workplace_hides_another_workplace_and_no_branch():
    cells = (
        cell(1, 3, branch="Leeds", workplace="Court"),
        cell(2, 60, branch="Leeds", workplace="Office"),
        cell(3, 9, branch="York", workplace="Prison"),
        cell(4, 50, branch="York", workplace="Hostel"),
    )
    assert withheld_names(cells, "workplace") == {"Court", "Office"}
    assert withheld_names(cells, "branch") == set()


def test_what_a_branch_leaves_when_its_own_workplace_is_taken_away_is_covered():
    # Leeds less its Office leaves three people, whose workplace is a large one elsewhere.
    cells = (
        cell(1, 97, branch="Leeds", workplace="Office"),
        cell(2, 3, branch="Leeds", workplace="Prison"),
        cell(3, 80, branch="York", workplace="Prison"),
    )
    assert withheld_names(cells, "workplace") == {"Office", "Prison"}
    assert withheld_names(cells, "branch") == set()


def test_crossing_groups_that_nobody_could_subtract_are_shown():
    # Invented: every workplace is spread over both branches, none inside the other.
    cells = (
        cell(1, 2, branch="Leeds", workplace="Office"),
        cell(2, 40, branch="Leeds", workplace="Prison"),
        cell(3, 40, branch="York", workplace="Office"),
        cell(4, 2, branch="York", workplace="Prison"),
    )
    assert withheld_groups(cells, floor=FLOOR) == frozenset()


def test_the_same_roll_gives_the_same_gaps_in_whatever_order_it_is_read():
    cells = branches(4, 60, 9, 9, 70)
    assert withheld_groups(cells[::-1], floor=FLOOR) == withheld_groups(cells, floor=FLOOR)


places = st.sampled_from(["a", "b", "c"])
rolls = st.lists(
    st.tuples(st.sampled_from("ABCD"), places, places, places, st.integers(1, 30)),
    min_size=1,
    max_size=7,
    unique_by=lambda row: row[:4],
).map(
    lambda rows: tuple(
        cell(number, size, branch=branch, region=region, employer=employer, workplace=workplace)
        for number, (branch, region, employer, workplace, size) in enumerate(rows, 1)
    )
)


def groups_in(cells):
    return {Group(grouping, name=each.group(grouping)) for each in cells for grouping in GROUPINGS}


def indicator(cells, group):
    return [int(each.group(group.grouping) == group.name) for each in cells]


def size(cells, group):
    return sum(each.entitled for each in cells if each.group(group.grouping) == group.name)


def published(cells, withheld):
    """What somebody at headquarters may read: the total, and every group that is shown."""
    shown = [indicator(cells, group) for group in groups_in(cells) - withheld]
    return reduced([[1] * len(cells), *shown])


@given(rolls)
def test_no_withheld_group_can_be_worked_out_from_the_total_and_all_groups_shown(cells):
    withheld = withheld_groups(cells, floor=FLOOR)
    known = published(cells, withheld)
    for group in withheld:
        row = indicator(cells, group)
        everyone = all(row)
        assert everyone or not can_be_worked_out(row, known), group


@given(rolls)
def test_what_can_be_worked_out_about_anyone_of_a_small_group_is_about_floor_people(cells):
    withheld = withheld_groups(cells, floor=FLOOR)
    known = published(cells, withheld)
    small = {group for group in groups_in(cells) if size(cells, group) < FLOOR}
    exposed = {
        number
        for number, each in enumerate(cells)
        if any(each.group(group.grouping) == group.name for group in small)
    }
    for count in range(1, len(cells)):
        for chosen in combinations(range(len(cells)), count):
            few = sum(cells[number].entitled for number in chosen) < FLOOR
            if few and exposed.intersection(chosen):
                row = [int(number in chosen) for number in range(len(cells))]
                assert not can_be_worked_out(row, known), chosen


@given(rolls)
def test_every_group_below_the_floor_is_withheld(cells):
    withheld = withheld_groups(cells, floor=FLOOR)
    assert {group for group in groups_in(cells) if size(cells, group) < FLOOR} <= withheld


@given(st.lists(st.integers(1, 200), min_size=2, max_size=12))
def test_a_table_never_has_a_single_gap_nor_gaps_of_fewer_than_the_floor(sizes):
    cells = branches(*sizes)
    withheld = [each for each in cells if each.branch in withheld_names(cells)]
    assume(withheld)
    assert len(withheld) > 1
    assert sum(each.entitled for each in withheld) >= min(FLOOR, sum(sizes))


def test_a_roll_of_many_branches_and_workplaces_is_decided_in_good_time():
    # Invented: 400 branches of 30 workplaces, one of them small. Bounded by the work, not a clock:
    # every tie is looked for within its own branch, so this ends; over all cells it would not.
    cells = tuple(
        cell(
            branch * 30 + place,
            3 if place == 0 else 20 + place,
            branch=f"B{branch}",
            region=f"R{branch % 9}",
            workplace=f"W{branch}-{place}",
        )
        for branch in range(400)
        for place in range(30)
    )
    assert withheld_names(cells, "workplace") == {
        f"W{branch}-{place}" for branch in range(400) for place in (0, 1)
    }
    assert withheld_names(cells, "branch") == set()
