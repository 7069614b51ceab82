"""Where a branch stands among those that are shown."""

import pytest

from app.turnout.figures import turnout_from
from app.turnout.standing import Standing, standing_of
from tests.support.turnout import branches, figures


def standing(branch, sizes, votes):
    cells = branches(*sizes)
    whole = turnout_from(figures(cells, dict(enumerate(votes, 1))), group_by="branch", branch=None)
    return standing_of(branch, whole)


@pytest.mark.parametrize(
    ("branch", "rank", "next_up"),
    [("Branch 1", 3, 11), ("Branch 2", 1, None), ("Branch 3", 2, 9), ("branch 2 ", 1, None)],
)
def test_branches_are_ranked_by_turnout(branch, rank, next_up):
    # Invented: 30 of 100, 25 of 50, 41 of 100.
    found = standing(branch, (100, 50, 100), (30, 25, 41))
    assert found == Standing(rank, branches=3, votes_for_a_point=3, next_up=next_up)


def test_two_with_the_same_turnout_share_a_rank():
    assert standing("Branch 2", (100, 50, 70), (40, 20, 60)).rank == 2
    assert standing("Branch 1", (100, 50, 70), (40, 20, 60)).rank == 2


def test_a_branch_that_is_withheld_has_no_rank_and_moves_no_other():
    # Branch 1 is under the floor, and takes Branch 3 along.
    before = standing("Branch 2", (4, 60, 9, 70), (0, 30, 0, 20))
    after = standing("Branch 2", (4, 60, 9, 70), (4, 30, 9, 20))
    assert before == after == Standing(1, branches=2, votes_for_a_point=2, next_up=None)
    assert standing("Branch 1", (4, 60, 9, 70), (4, 30, 9, 20)).rank is None


def test_a_branch_that_nobody_knows_has_no_rank():
    assert standing("Whitby", (60, 70), (30, 20)).rank is None
