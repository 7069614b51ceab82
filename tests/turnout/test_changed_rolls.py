"""A change of the roll moves turnout like a vote: in shared answers, on pages, in the stream."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

import pytest

from app.main import create_app
from app.turnout.broadcast import Broadcast, Pace, Topic
from app.voting.counters import turnout_version
from tests.conftest import NOW
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.changes import SLUG, exclude, supplement
from tests.support.client import AppClient, MovableClock
from tests.support.desks import given_desk, words
from tests.support.turnout import set_votes

TURNOUT = f"/api/v1/ballots/{SLUG}/turnout"
QUICK = Pace(read_every=timedelta(milliseconds=50))


@pytest.fixture
def ballot(database, settings):
    add_members(database, 20)
    return given_ballot(database, settings)


def version(database, slug=SLUG):
    with database.reading() as session:
        return turnout_version(session, slug)


def test_votes_and_changes_of_the_roll_each_make_another_version(database, ballot):
    seen = [version(database)]
    set_votes(database, ballot.id, Leeds=3)
    seen.append(version(database))
    exclude(database, "LEE0001")
    seen.append(version(database))
    assert len(set(seen)) == 3
    assert version(database) == seen[-1]
    assert version(database, "no-such-ballot") == version(database, "nul\0") == (0, None)


def test_a_shared_answer_is_made_anew_when_the_roll_changes(database, settings, ballot):
    settings = settings.model_copy(update={"turnout_age": timedelta(minutes=5)})
    token = given_token(database, settings)
    with AppClient(create_app(settings, clock=MovableClock(NOW))) as client:
        hq = given_desk(client, database, "anna")
        assert client.get(TURNOUT, token=token).json()["entitled"] == 20
        assert "0 of 20 have voted" in words(hq.page(f"/hq/ballots/{SLUG}/turnout").main)
        exclude(database, "LEE0001")
        assert client.get(TURNOUT, token=token).json()["entitled"] == 19
        said = words(hq.page(f"/hq/ballots/{SLUG}/turnout").main)
    assert "0 of 19 have voted" in said
    assert "20 when the roll was frozen, 0 added by supplement, 1 taken off" in said


def test_the_stream_tells_of_a_latecomer_without_a_vote(database, clock, ballot):
    add_members(database, 1, branch="Hull")

    async def watch():
        broadcast = Broadcast(database, clock=clock, pace=QUICK)
        await broadcast.start()
        try:
            async with aclosing(broadcast.listen(Topic(SLUG, None, None))) as frames:
                await anext(frames)
                first = await asyncio.wait_for(anext(frames), 10)
                await asyncio.to_thread(supplement, database)
                return first, await asyncio.wait_for(anext(frames), 10)
        finally:
            await broadcast.stop()

    first, second = asyncio.run(watch())
    assert b'"entitled":20' in first
    assert b'"entitled":21' in second
    assert b'"roll":{"frozen":20,"supplements":1,"exclusions":0}' in second
