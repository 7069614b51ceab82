"""The ballot box at its limits: a crowd too large, a database that takes nothing, many writers."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import text

import app.voting.box
import app.voting.postgres_box
import app.voting.sqlite_box
from app.core.database import SQLITE_PRAGMAS
from app.voting.box import open_box
from app.voting.seal import box_totals
from app.voting.votes import Outcome, Vote
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot
from tests.support.votes import sealed_vote

CROWD = 20


@pytest.fixture
def ballot(database, settings):
    add_members(database, CROWD)
    return given_ballot(database, settings)


def votes_of(ballot):
    return [
        sealed_vote(ballot, code, answers='{"offer":"reject"}', receipt=number)
        for number, code in ballot.codes.items()
    ]


def cast_all(url, votes, *, boxes=1):
    """Cast votes at the same moment, dealt out over so many boxes; count the outcomes."""

    async def together():
        opened = [open_box(url) for _ in range(boxes)]
        casts = [opened[n % boxes].cast(vote) for n, vote in enumerate(votes)]
        outcomes = await asyncio.gather(*casts)
        for box in opened:
            await box.close()
        return Counter(outcomes)

    return asyncio.run(together())


def totals(database, ballot):
    with database.reading() as session:
        return box_totals(session, ballot.id)


def test_whoever_would_wait_too_long_is_told_at_once_and_not_counted(
    database, database_url, ballot, monkeypatch
):
    monkeypatch.setattr(app.voting.box, "MOST_WAITING", 5)
    outcomes = cast_all(database_url, votes_of(ballot))
    assert outcomes == {Outcome.COUNTED: 5, Outcome.NOT_TAKEN: CROWD - 5}
    assert totals(database, ballot) == (5, 5, 5)
    monkeypatch.undo()
    assert Outcome.NOT_TAKEN not in cast_all(database_url, votes_of(ballot))
    assert totals(database, ballot) == (CROWD, CROWD, CROWD)


def test_a_crowd_larger_than_a_batch_takes_several(database, database_url, ballot, monkeypatch):
    monkeypatch.setattr(app.voting.box, "LARGEST_BATCH", 3)
    assert cast_all(database_url, votes_of(ballot)) == {Outcome.COUNTED: CROWD}
    assert totals(database, ballot) == (CROWD, CROWD, CROWD)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////no/such/folder/muster.sqlite3",
        "postgresql+psycopg://postgres@/muster?host=/no/such/folder",
    ],
)
def test_a_database_that_is_not_there_takes_nothing(url):
    facts = {"sealed": b"s", "receipt_digest": b"r", "found_by": (b"r",), "arrived_at": NOW}
    vote = Vote(1, code_digest=b"c", **facts)
    assert cast_all(url, [vote] * 3) == {Outcome.NOT_TAKEN: 3}


def test_a_locked_database_is_not_asked_vote_by_vote(database, ballot, monkeypatch, said):
    """Each try lasts until the lock is given up: 512 of them in a row would last half an hour."""
    hurried = (*SQLITE_PRAGMAS, "PRAGMA busy_timeout = 50")
    monkeypatch.setattr(app.voting.sqlite_box, "SQLITE_PRAGMAS", hurried)
    monkeypatch.setattr(app.voting.postgres_box, "OPTIONS", "-c lock_timeout=50")
    with database.writing() as session:
        session.execute(text("UPDATE ballot SET title = title"))
        outcomes = cast_all(database.url, votes_of(ballot))
    assert outcomes == {Outcome.NOT_TAKEN: CROWD}
    # What the driver said, and not that the box told it on.
    kind = "OperationalError" if database.is_sqlite else "LockNotAvailable"
    assert said("batch_not_taken", "vote_not_taken") == [
        {"event": "batch_not_taken", "level": "warning", "size": CROWD, "kind": kind}
    ]
    assert cast_all(database.url, votes_of(ballot)) == {Outcome.COUNTED: CROWD}


def test_writers_count_in_rows_of_their_own_while_there_are_numbers(
    database, database_url, ballot, monkeypatch
):
    monkeypatch.setattr(app.voting.postgres_box, "MOST_WRITERS", 2)
    assert cast_all(database_url, votes_of(ballot), boxes=4) == {Outcome.COUNTED: CROWD}
    assert totals(database, ballot) == (CROWD, CROWD, CROWD)
    with database.reading() as session:
        writers = session.execute(text("SELECT DISTINCT writer FROM turnout_counter")).scalars()
        assert set(writers) == ({0} if database.is_sqlite else {0, 1})


def test_a_fault_of_our_own_leaves_nobody_waiting(database_url, ballot, monkeypatch):
    def broken(outcomes, *, seconds):
        raise RuntimeError("a fault put in by a test")

    monkeypatch.setattr(app.voting.box, "_count", broken)
    assert cast_all(database_url, votes_of(ballot)) == {Outcome.NOT_TAKEN: CROWD}
    monkeypatch.undo()
    # They were stored all the same, and whoever sends again is told so.
    assert cast_all(database_url, votes_of(ballot)) == {Outcome.COUNTED_BEFORE: CROWD}
