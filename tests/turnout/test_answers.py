"""Turnout answers made from figures: thresholds, percentages, gaps, and what a branch sees."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.books import NOTHING_COMMENCED
from app.turnout.figures import turnout_from
from app.turnout.yardstick import yardstick_of
from tests.support.ballots import given_token
from tests.support.turnout import (
    OPENED_UNDER_THE_OLD_YARDSTICK,
    branches,
    cell,
    figures,
    unsaved_ballot,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HALF_BY_STATUTE = (
    "50 % of those entitled "
    "(Trade Union and Labour Relations (Consolidation) Act 1992 s.226(2)(a)(iia))"
)
NO_THRESHOLD = "No turnout threshold: the rules for a ballot opened on 21 November 2026 set none"


def answer(cells, votes, *, group_by="branch", branch=None, **facts):
    return turnout_from(figures(cells, votes, **facts), group_by=group_by, branch=branch)


def group(found, name):
    return next(each for each in found.groups if each.name == name)


def test_an_answer_says_where_the_ballot_and_each_branch_stand():
    found = answer(branches(101, 50), {1: 40, 2: 25})
    assert found.model_dump(mode="json") == {
        "ballot": "pay-2026",
        "as_at": "2026-11-21T12:00:00Z",
        "entitled": 151,
        "roll": {"frozen": 151, "supplements": 0, "exclusions": 0},
        "votes_cast": 65,
        "turnout_percent": "43.05",
        "threshold": {
            "required_votes": 76,
            "votes_needed": 11,
            "met": False,
            "label": HALF_BY_STATUTE,
        },
        "statute": None,
        "reachable": {
            "entitled": 151,
            "votes_cast": 65,
            "turnout_percent": "43.05",
            "withheld": False,
        },
        "stepped_at": None,
        "groups": [
            {
                "name": "Branch 1",
                "entitled": 101,
                "votes_cast": 40,
                "turnout_percent": "39.60",
                "votes_needed": 11,
                "statute_votes_needed": None,
                "withheld": False,
                "stepped_at": None,
                "reachable": {
                    "entitled": 101,
                    "votes_cast": 40,
                    "turnout_percent": "39.60",
                    "withheld": False,
                },
            },
            {
                "name": "Branch 2",
                "entitled": 50,
                "votes_cast": 25,
                "turnout_percent": "50.00",
                "votes_needed": 0,
                "statute_votes_needed": None,
                "withheld": False,
                "stepped_at": None,
                "reachable": {
                    "entitled": 50,
                    "votes_cast": 25,
                    "turnout_percent": "50.00",
                    "withheld": False,
                },
            },
        ],
    }


@pytest.mark.parametrize(
    ("cast", "needed", "met"),
    [
        pytest.param(499, 1, False, id="one short of half"),
        pytest.param(500, 0, True, id="exactly half"),
        pytest.param(501, 0, True, id="one over"),
    ],
)
def test_half_of_those_entitled_is_enough(cast, needed, met):
    threshold = answer(branches(1000), {1: cast}).threshold
    assert (threshold.required_votes, threshold.votes_needed, threshold.met) == (500, needed, met)


def test_a_turnout_short_of_the_threshold_never_shows_as_reaching_it():
    # 12,499 of 25,000 is 49.996 %.
    found = answer(branches(25_000), {1: 12_499})
    assert found.turnout_percent == "49.99"
    assert found.groups[0].turnout_percent == "49.99"


def test_an_indicative_turnout_short_of_what_a_statute_needs_never_shows_as_reaching_it():
    found = answer(branches(25_000), {1: 12_499}, kind="indicative")
    assert found.turnout_percent == "49.99"


def test_an_indicative_ballot_since_april_2026_has_no_threshold_and_names_the_statutory_one():
    found = answer(branches(100, 50), {1: 30}, kind="indicative")
    assert found.threshold.model_dump() == {
        "required_votes": None,
        "votes_needed": 0,
        "met": None,
        "label": NO_THRESHOLD,
    }
    assert found.statute is not None
    assert found.statute.model_dump() == {
        "required_votes": 75,
        "votes_needed": 45,
        "met": False,
        "label": HALF_BY_STATUTE,
    }
    first = group(found, "Branch 1")
    assert (first.votes_needed, first.statute_votes_needed) == (0, 20)


def test_an_indicative_ballot_before_april_2026_is_held_to_the_unions_own_yardstick():
    found = answer(
        branches(100), {1: 30}, kind="indicative", opens_at=OPENED_UNDER_THE_OLD_YARDSTICK
    )
    assert found.threshold.model_dump() == {
        "required_votes": 50,
        "votes_needed": 20,
        "met": False,
        "label": "50 % of those entitled (the union's own yardstick, not law)",
    }


@pytest.mark.parametrize(
    ("opens_at", "required"),
    [
        pytest.param(datetime(2017, 2, 28, 23, 59, tzinfo=UTC), None, id="the day before"),
        pytest.param(datetime(2017, 3, 1, 0, 0, tzinfo=UTC), 50, id="the day"),
        pytest.param(datetime(2026, 4, 6, 9, 0, tzinfo=UTC), 50, id="after April 2026 still"),
    ],
)
def test_a_statutory_ballot_is_held_to_the_rules_of_the_day_it_opened(opens_at, required):
    threshold = answer(branches(100), {1: 30}, opens_at=opens_at).threshold
    assert threshold.required_votes == required


def test_the_opening_day_is_a_day_in_london():
    # 5 April 2026, 23:30 UTC, is 6 April in London: the yardstick of 50 % is gone.
    late = datetime(2026, 4, 5, 23, 30, tzinfo=UTC)
    before = datetime(2026, 4, 5, 22, 30, tzinfo=UTC)
    assert (
        answer(branches(9), {}, kind="indicative", opens_at=late).threshold.required_votes is None
    )
    assert answer(branches(9), {}, kind="indicative", opens_at=before).threshold.required_votes == 5


def test_a_recognition_ballot_has_no_turnout_threshold():
    found = answer(branches(100), {1: 30}, kind="recognition")
    assert (found.threshold.required_votes, found.threshold.met) == (None, None)
    assert found.statute is None


def test_a_ballot_from_before_the_first_rule_is_held_to_none_and_says_so():
    ballot = unsaved_ballot(opens_at=datetime(1990, 1, 1, tzinfo=UTC))
    yardstick = yardstick_of(ballot, commenced=NOTHING_COMMENCED)
    assert yardstick.standing(entitled=10, votes_cast=3).required_votes is None
    assert "begins with ballots opened" in yardstick.label


def test_votes_of_cells_that_share_a_group_are_added_up():
    cells = (
        cell(1, 10, branch="Leeds", workplace="Office"),
        cell(2, 20, branch="Leeds", workplace="Court"),
        cell(3, 30, branch="York", workplace="Office"),
    )
    votes = {1: 1, 2: 2, 3: 4}
    by_branch = answer(cells, votes)
    by_workplace = answer(cells, votes, group_by="workplace")
    assert [(each.name, each.votes_cast) for each in by_branch.groups] == [
        ("Leeds", 3),
        ("York", 4),
    ]
    assert [(each.name, each.entitled, each.votes_cast) for each in by_workplace.groups] == [
        ("Court", 20, 2),
        ("Office", 40, 5),
    ]


def test_no_grouping_gives_no_groups():
    assert answer(branches(10, 20), {1: 3}, group_by=None).groups == []


def test_withheld_groups_show_how_many_are_entitled_and_nothing_else():
    found = answer(branches(4, 60, 9), {1: 4, 2: 30, 3: 2})
    assert found.votes_cast == 36
    assert [each.name for each in found.groups if each.withheld] == ["Branch 1", "Branch 3"]
    for each in found.groups:
        if each.withheld:
            assert each.entitled > 0
            assert each.votes_cast is None
            assert each.turnout_percent is None
            assert each.votes_needed is None
            assert each.statute_votes_needed is None


def test_a_ballot_below_the_floor_keeps_its_total():
    found = answer(branches(3), {1: 2})
    assert (found.votes_cast, found.groups[0].withheld) == (2, True)


def test_a_branch_sees_itself_alone():
    cells = (
        cell(1, 40, branch="Leeds", workplace="Office"),
        cell(2, 20, branch="Leeds", workplace="Court"),
        cell(3, 30, branch="York", workplace="Office"),
    )
    found = answer(cells, {1: 10, 2: 5, 3: 9}, group_by="workplace", branch="Leeds")
    assert (found.entitled, found.votes_cast, found.threshold.required_votes) == (60, 15, 30)
    assert [(each.name, each.votes_cast) for each in found.groups] == [("Court", 5), ("Office", 10)]


def test_a_branch_is_found_by_any_spelling_of_its_code():
    cells = (cell(1, 40, branch="Leeds"), cell(2, 40, branch="York"))
    assert answer(cells, {1: 10}, branch=" LEEDS").votes_cast == 10


def test_a_branch_that_headquarters_does_not_see_does_not_see_itself():
    found = answer(branches(4, 60, 9), {1: 4, 2: 30, 3: 2}, branch="Branch 3")
    assert found.entitled == 9
    assert (found.votes_cast, found.turnout_percent) == (None, None)
    assert found.threshold.required_votes == 5
    assert (found.threshold.votes_needed, found.threshold.met) == (None, None)
    assert [each.withheld for each in found.groups] == [True]


def test_a_withheld_branch_sees_no_workplace_either():
    cells = (
        cell(1, 3, branch="Leeds"),
        cell(2, 6, branch="York", workplace="Office"),
        cell(3, 7, branch="York", workplace="Court"),
        cell(4, 70, branch="Hull"),
    )
    found = answer(cells, {2: 3, 3: 3}, group_by="workplace", branch="York")
    assert [each.withheld for each in found.groups] == [True, True]


def test_a_branch_sees_no_small_part_of_a_workplace_that_is_large_elsewhere():
    cells = (
        cell(1, 40, branch="Leeds", workplace="Office"),
        cell(2, 3, branch="Leeds", workplace="Court"),
        cell(3, 8, branch="Leeds", workplace="Hostel"),
        cell(4, 90, branch="York", workplace="Court"),
    )
    found = answer(cells, {1: 20, 2: 2, 3: 4}, group_by="workplace", branch="Leeds")
    assert {each.name for each in found.groups if each.withheld} == {"Court", "Hostel"}
    assert found.votes_cast == 26


def test_a_branch_sees_no_group_that_headquarters_does_not_see():
    # Headquarters does not see the Office, because Leeds less its Office would be three people.
    cells = (
        cell(1, 97, branch="Leeds", workplace="Office"),
        cell(2, 3, branch="Leeds", workplace="Court"),
        cell(3, 80, branch="York", workplace="Court"),
        cell(4, 80, branch="York", workplace="Hostel"),
    )
    at_hq = answer(cells, {}, group_by="workplace")
    hidden = {each.name for each in at_hq.groups if each.withheld}
    in_york = answer(cells, {}, group_by="workplace", branch="York")
    assert hidden == {"Office", "Court"}
    assert {each.name for each in in_york.groups if each.withheld} == {"Court"}


def test_a_branch_with_nobody_entitled_sees_noughts():
    found = answer(branches(40, 60), {1: 3}, branch="Whitby")
    assert (found.entitled, found.votes_cast, found.turnout_percent) == (0, 0, "0.00")
    assert found.groups == []
    assert found.threshold.model_dump() == {
        "required_votes": None,
        "votes_needed": 0,
        "met": None,
        "label": "Nobody here is entitled to vote in this ballot, so there is nothing to reach",
    }


sizes = st.lists(st.integers(1, 60), min_size=1, max_size=10)


@given(sizes, st.data())
def test_no_withheld_number_is_the_total_less_what_is_shown(sizes, data):
    cells = branches(*sizes)
    votes = {each.id: data.draw(st.integers(0, each.entitled)) for each in cells}
    found = answer(cells, votes)
    withheld = [each for each in found.groups if each.withheld]
    shown = sum(each.votes_cast for each in found.groups if each.votes_cast is not None)
    # What is left is about at least `floor` people in at least two groups, or about everyone.
    if withheld and len(cells) > 1:
        assert len(withheld) > 1
        assert sum(each.entitled for each in withheld) >= min(5, found.entitled)
    assert found.votes_cast == sum(votes.values())
    assert shown == sum(votes[each.id] for each in cells) - sum(
        votes[each.id] for each in cells if each.branch in {hidden.name for hidden in withheld}
    )


@given(sizes, st.data())
def test_the_gaps_do_not_depend_on_the_votes(sizes, data):
    cells = branches(*sizes)
    votes = {each.id: data.draw(st.integers(0, each.entitled)) for each in cells}
    gaps = [each.withheld for each in answer(cells, votes).groups]
    assert gaps == [each.withheld for each in answer(cells, {}).groups]


@given(sizes, st.data())
def test_a_branch_and_headquarters_say_the_same_of_it(sizes, data):
    cells = branches(*sizes)
    votes = {each.id: data.draw(st.integers(0, each.entitled)) for each in cells}
    for at_hq in answer(cells, votes).groups:
        own = answer(cells, votes, branch=at_hq.name)
        assert own.groups == [at_hq]
        assert own.votes_cast == at_hq.votes_cast
        assert own.threshold.votes_needed == at_hq.votes_needed


def test_an_address_with_a_nul_is_like_any_other_unknown_one(client, database, settings):
    token = given_token(database, settings)
    for address in ("%00/turnout", "%00/turnout/stream", "%00/cut-off", "%00/timetable"):
        assert client.get(f"/api/v1/ballots/{address}", token=token).status_code == 404
