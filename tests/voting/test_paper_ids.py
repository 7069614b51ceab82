"""What a paper is called says nothing of when it came: no sequence, no time, no writer."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from sqlmodel import select

from app.voting.box import open_box
from app.voting.models import BallotPaper
from app.voting.votes import Outcome
from tests.support.ballots import add_members, given_ballot
from tests.support.votes import sealed_vote

VOTES = 20


def ids_in_the_order_of_arrival(database, ballot):
    """Members vote one after the other; after each, the paper that is new."""
    known, arrived = set(), []

    async def one_by_one():
        box = open_box(database.url)
        for number, code in ballot.codes.items():
            vote = sealed_vote(ballot, code, answers='{"offer":"reject"}', receipt=number)
            assert await box.cast(vote) is Outcome.COUNTED
            with database.reading() as session:
                [new] = set(session.exec(select(BallotPaper.id))) - known
            known.add(new)
            arrived.append(new)
        await box.close()

    asyncio.run(one_by_one())
    return arrived


def test_the_id_of_a_paper_says_nothing_of_when_it_came(database, settings):
    """By chance it would look as if it did once in 10^18 runs."""
    add_members(database, VOTES)
    ids = ids_in_the_order_of_arrival(database, given_ballot(database, settings))
    assert ids not in (sorted(ids), sorted(ids, reverse=True))


def test_ids_of_papers_have_nothing_in_common(database, settings):
    """Any two share their first, or their last, four bytes once in ten million runs."""
    add_members(database, VOTES)
    ids = ids_in_the_order_of_arrival(database, given_ballot(database, settings))
    assert len({each[:4] for each in ids}) == VOTES
    assert len({each[-4:] for each in ids}) == VOTES


def test_each_paper_of_a_batch_has_sixteen_bytes_of_its_own(database, settings):
    add_members(database, 2 * VOTES)
    ballot = given_ballot(database, settings)

    async def all_at_once():
        box = open_box(database.url)
        votes = [
            sealed_vote(ballot, code, answers='{"offer":"reject"}', receipt=number)
            for number, code in ballot.codes.items()
        ]
        assert set(await asyncio.gather(*map(box.cast, votes))) == {Outcome.COUNTED}
        await box.close()

    asyncio.run(all_at_once())
    with database.reading() as session:
        ids = session.exec(select(BallotPaper.id)).all()
    assert {len(each) for each in ids} == {16}
    assert len({each[:4] for each in ids}) == len({each[-4:] for each in ids}) == 2 * VOTES


@pytest.mark.parametrize("table", ["roll_mark", "ballot_paper"])
def test_sqlite_numbers_neither_marks_nor_papers_as_they_come(sqlite, table):
    path = sqlite.create_migrated().removeprefix("sqlite:///")
    with (
        closing(sqlite3.connect(path)) as connection,
        pytest.raises(sqlite3.OperationalError, match="no such column: rowid"),
    ):
        connection.execute(f"SELECT rowid FROM {table}")
