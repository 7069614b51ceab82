"""Small groups in steps: watched as closely as anybody can, they tell of nobody's vote."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ballots.service import get_ballot
from app.turnout.figures import turnout_from
from app.turnout.frozen_roll import SMALL
from app.turnout.keeper import HourKeeper
from app.turnout.steps import Step, last_boundary, step_of, take_steps
from app.turnout.withholding import GROUPINGS
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, given_token, move_window
from tests.support.client import MovableClock
from tests.support.turnout import branches, cell, figures, set_votes

FLOOR = 5
OPENING = datetime(2026, 11, 20, 9, tzinfo=UTC)


def answer(cells, votes, *, step=None, group_by="branch", branch=None):
    found = figures(cells, votes, floor=FLOOR, in_steps=True, step=step or Step(OPENING, votes={}))
    return turnout_from(found, group_by=group_by, branch=branch)


def shown(found):
    return {group.name: (group.votes_cast, group.stepped_at) for group in found.groups}


def test_a_small_group_stands_as_at_the_last_step_rounded_down_and_the_total_as_it_is():
    cells, noon = branches(12, 15, 100), OPENING + timedelta(hours=3)
    found = answer(cells, {1: 9, 2: 15, 3: 50}, step=Step(noon, votes={1: 8, 2: 14}))
    assert shown(found) == {"Branch 1": (5, noon), "Branch 2": (10, noon), "Branch 3": (50, None)}
    assert found.votes_cast == 74


def test_before_the_first_step_a_small_group_stands_as_at_the_opening():
    assert shown(answer(branches(12, 15, 100), {1: 9}))["Branch 1"] == (0, OPENING)


def test_one_small_group_takes_another_along_so_that_it_cannot_be_subtracted():
    found = shown(answer(branches(12, 30, 100), {1: 1, 2: 1, 3: 1}))
    assert found == {"Branch 1": (0, OPENING), "Branch 2": (0, OPENING), "Branch 3": (1, None)}


def test_after_the_close_small_groups_are_final_and_still_rounded():
    found = turnout_from(
        figures(branches(12, 15), {1: 12, 2: 14}, floor=FLOOR, in_steps=True),
        group_by="branch",
        branch=None,
    )
    assert [group.votes_cast for group in found.groups] == [10, 10]


def test_a_ballot_that_does_not_ask_for_steps_shows_every_group_as_it_stands():
    found = turnout_from(figures(branches(12, 15), {1: 9}), group_by="branch", branch=None)
    assert shown(found) == {"Branch 1": (9, None), "Branch 2": (0, None)}


def test_a_branch_officer_sees_their_small_branch_as_headquarters_does():
    cells = branches(12, 15, 100)
    found = answer(cells, {1: 9, 3: 2}, step=Step(OPENING, votes={1: 7}), branch="Branch 1")
    assert (found.votes_cast, found.stepped_at) == (5, OPENING)
    assert found.threshold.votes_needed == 1


places = st.sampled_from(["a", "b", "c"])
rolls = st.lists(
    st.tuples(st.sampled_from("ABCD"), places, places, places, st.integers(1, 60)),
    min_size=1,
    max_size=8,
    unique_by=lambda row: row[:4],
).map(
    lambda rows: tuple(
        cell(number, size, branch=branch, region=region, employer=employer, workplace=workplace)
        for number, (branch, region, employer, workplace, size) in enumerate(rows, 1)
    )
)


def everything_shown(cells, votes, *, step):
    """Whatever headquarters and every branch officer together can read at one moment."""
    found = figures(cells, votes, floor=FLOOR, in_steps=True, step=step)
    askers = [None, *sorted({each.branch for each in cells})]
    return [
        turnout_from(found, group_by=group_by, branch=branch).model_dump()
        for branch in askers
        for group_by in (None, *GROUPINGS)
    ]


def one_more(votes, number):
    return votes | {number: votes.get(number, 0) + 1}


def is_of_a_small_group(cells, each):
    return any(
        sum(other.entitled for other in cells if other.group(name) == each.group(name))
        < SMALL * FLOOR
        for name in GROUPINGS
    )


@given(rolls, st.data())
def test_a_vote_from_a_small_group_could_always_have_come_from_many_others(cells, data):
    before = {each.id: data.draw(st.integers(0, each.entitled - 1)) for each in cells}
    step = Step(OPENING, votes={number: cast // 2 for number, cast in before.items()})
    for each in filter(lambda each: is_of_a_small_group(cells, each), cells):
        seen = everything_shown(cells, one_more(before, each.id), step=step)
        alike = [
            other.entitled
            for other in cells
            if everything_shown(cells, one_more(before, other.id), step=step) == seen
        ]
        assert sum(alike) >= SMALL * FLOOR or len(alike) == len(cells)


@pytest.mark.parametrize(
    ("at", "boundary"),
    [
        ("2026-11-22T12:00:00+00:00", "2026-11-22T12:00:00+00:00"),
        ("2026-11-22T11:59:59+00:00", "2026-11-22T06:00:00+00:00"),
        ("2026-07-01T23:30:00+00:00", "2026-07-01T23:00:00+00:00"),
        ("2026-07-01T22:59:00+00:00", "2026-07-01T17:00:00+00:00"),
        ("2026-10-25T05:59:00+00:00", "2026-10-24T23:00:00+00:00"),
    ],
)
def test_steps_are_taken_at_midnight_six_noon_and_six_in_london(at, boundary):
    assert last_boundary(datetime.fromisoformat(at)) == datetime.fromisoformat(boundary)


@pytest.fixture
def ballot(database, settings):
    add_members(database, 60)
    found = given_ballot(database, settings, small_in_steps=True)
    move_window(database, found.id, opens_at=NOW - timedelta(days=2))
    return found


def step(database, ballot):
    with database.reading() as session:
        return step_of(session, get_ballot(session, ballot.slug))


def test_a_step_is_taken_once_between_two_boundaries_and_only_when_many_have_voted(
    database, ballot
):
    set_votes(database, ballot.id, Leeds=19)
    assert take_steps(database, now=NOW) == 0
    set_votes(database, ballot.id, Leeds=20)
    assert take_steps(database, now=NOW) == 1
    set_votes(database, ballot.id, Leeds=45)
    assert take_steps(database, now=NOW + timedelta(minutes=5)) == 0
    assert sum(step(database, ballot).votes.values()) == 20
    assert step(database, ballot).taken_at == NOW
    later = NOW + timedelta(hours=6)
    assert take_steps(database, now=later) == 1
    assert sum(step(database, ballot).votes.values()) == 45
    set_votes(database, ballot.id, Leeds=50)
    assert take_steps(database, now=later + timedelta(hours=6)) == 0
    assert step(database, ballot).taken_at == later


def test_no_step_is_taken_of_a_closed_ballot(database, ballot):
    set_votes(database, ballot.id, Leeds=40)
    assert take_steps(database, now=NOW + timedelta(days=8)) == 0


def wait_for_a_step(database, ballot):
    until = time.monotonic() + 10
    while time.monotonic() < until and not step(database, ballot).votes:
        time.sleep(0.02)


def test_while_the_application_runs_steps_are_taken(database, ballot):
    async def run():
        keeper = HourKeeper(
            database, clock=MovableClock(NOW), longest_sleep=timedelta(milliseconds=5)
        )
        await keeper.start()
        await asyncio.to_thread(wait_for_a_step, database, ballot)
        await keeper.stop()

    set_votes(database, ballot.id, Leeds=20)
    asyncio.run(run())
    assert step(database, ballot).taken_at == NOW


def test_headquarters_and_the_stream_are_shown_small_groups_in_steps(
    client, database, settings, clock
):
    add_members(database, 100, branch="Leeds")
    add_members(database, 12, branch="York")
    add_members(database, 9, branch="Hull")
    small = given_ballot(database, settings, small_in_steps=True)
    set_votes(database, small.id, Leeds=50, York=11, Hull=1)
    token = given_token(database, settings)
    address = f"/api/v1/ballots/{small.slug}/turnout"
    groups = client.get(address, token=token).json()["groups"]
    assert [(each["name"], each["votes_cast"]) for each in groups] == [
        ("Hull", 0),
        ("Leeds", 50),
        ("York", 0),
    ]
    take_steps(database, now=clock.now)
    groups = client.get(address, token=token).json()["groups"]
    assert [each["votes_cast"] for each in groups] == [0, 50, 10]
    assert client.get(f"/api/v1/ballots/{small.slug}").json()["small_in_steps"] is True
