"""Each full hour is kept once, whichever process comes first, in no step under the floor."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from app.ballots.service import create_ballot
from app.turnout.keeper import HourKeeper, keep_hour
from app.turnout.models import TurnoutHour
from tests.conftest import NOW
from tests.support.ballots import HQ, add_members, ballot_in, given_ballot, move_window
from tests.support.client import MovableClock
from tests.support.courses import keep_total
from tests.support.turnout import set_votes

# The ballot opened at eleven.
NOON = NOW
HOUR = timedelta(hours=1)


@pytest.fixture
def ballot(database, settings):
    add_members(database, 40)
    return given_ballot(database, settings)


def kept(database):
    with database.reading() as session:
        rows = session.exec(select(TurnoutHour).order_by(TurnoutHour.hour))
        return [((row.hour - NOON) / HOUR, row.votes_cast) for row in rows]


def wait_for_rows(database, number):
    until = time.monotonic() + 10
    while len(kept(database)) < number and time.monotonic() < until:
        time.sleep(0.01)


def test_the_total_at_a_full_hour_is_kept(database, ballot):
    assert keep_total(database, ballot.id, 7, now=NOON + timedelta(seconds=3)) == 1
    assert kept(database) == [(0, 7)]


def test_the_counters_of_every_process_are_added_up(database, ballot):
    set_votes(database, ballot.id, writer=1, Leeds=4)
    set_votes(database, ballot.id, writer=2, Leeds=5)
    keep_hour(database, now=NOON)
    assert kept(database) == [(0, 9)]


def test_an_hour_in_which_fewer_than_the_floor_voted_leaves_no_row(database, ballot):
    for hour, total in enumerate((7, 11, 12, 12, 17)):
        keep_total(database, ballot.id, total, now=NOON + hour * HOUR)
    assert kept(database) == [(0, 7), (2, 12), (4, 17)]


def test_an_hour_is_kept_once(database, ballot):
    assert keep_total(database, ballot.id, 7, now=NOON) == 1
    assert keep_total(database, ballot.id, 30, now=NOON + timedelta(minutes=4)) == 0
    assert kept(database) == [(0, 7)]


def test_of_several_processes_at_once_one_keeps_it(database, ballot):
    set_votes(database, ballot.id, Leeds=9)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: keep_hour(database, now=NOON), range(8)))
    assert sum(found) == 1
    assert kept(database) == [(0, 9)]


@pytest.mark.parametrize(
    ("late", "is_kept"),
    [
        pytest.param(timedelta(minutes=5), True, id="five minutes later"),
        pytest.param(timedelta(minutes=5, seconds=1), False, id="more"),
    ],
)
def test_a_total_that_is_read_too_late_is_not_the_hours(database, ballot, late, is_kept):
    keep_total(database, ballot.id, 9, now=NOON + late)
    assert bool(kept(database)) is is_kept


@pytest.mark.parametrize(
    ("moments", "is_kept"),
    [
        pytest.param({"opens_at": NOON, "closes_at": NOON + HOUR}, False, id="at its opening"),
        pytest.param({"closes_at": NOON}, False, id="at its close"),
        pytest.param({"closes_at": NOON + timedelta(minutes=1)}, True, id="just before its close"),
    ],
)
def test_hours_inside_the_window_are_kept(database, settings, moments, is_kept):
    add_members(database, 40)
    ballot = given_ballot(database, settings)
    move_window(database, ballot.id, **moments)
    keep_total(database, ballot.id, 9, now=NOON)
    assert bool(kept(database)) is is_kept


def test_a_draft_is_left_alone(database, settings):
    add_members(database, 40)
    with database.writing() as session:
        create_ballot(session, ballot_in(), staff=HQ, now=NOON)
    assert keep_hour(database, now=NOON) == 0


def test_while_the_application_runs_each_hour_is_kept(database, ballot):
    clock = MovableClock(NOON)

    async def run():
        keeper = HourKeeper(database, clock=clock, longest_sleep=timedelta(milliseconds=5))
        await keeper.start()
        for hour in (0, 1):
            clock.now = NOON + hour * HOUR
            await asyncio.to_thread(wait_for_rows, database, hour + 1)
            set_votes(database, ballot.id, Leeds=9 + 9 * (hour + 1))
        await keeper.stop()

    set_votes(database, ballot.id, Leeds=9)
    asyncio.run(asyncio.wait_for(run(), 20))
    assert kept(database) == [(0, 9), (1, 18)]


def test_a_database_that_is_away_for_a_moment_costs_no_hour(database, ballot, monkeypatch):
    tries = []

    def fails_once(database, *, now):
        tries.append(now)
        if len(tries) == 1:
            raise OperationalError("", None, Exception())
        return keep_hour(database, now=now)

    async def run():
        keeper = HourKeeper(
            database, clock=MovableClock(NOON), longest_sleep=timedelta(milliseconds=5)
        )
        await keeper.start()
        await asyncio.to_thread(wait_for_rows, database, 1)
        await keeper.stop()

    monkeypatch.setattr("app.turnout.keeper.keep_hour", fails_once)
    set_votes(database, ballot.id, Leeds=9)
    asyncio.run(asyncio.wait_for(run(), 20))
    assert kept(database) == [(0, 9)]
