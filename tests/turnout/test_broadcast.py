"""One read a second for all streams: what listeners are told, and what never stops the reads."""

import asyncio
import json
import threading
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from app.turnout.broadcast import GREETING, HEARTBEAT, Broadcast, Pace, Topic
from tests.support.answers import statements_of
from tests.support.ballots import add_members, given_ballot
from tests.support.turnout import set_votes

WITHIN = 5  # seconds; a busy machine is slow, a stuck one is stuck for ever
FAST = Pace(read_every=timedelta(milliseconds=20))
ALL = Topic("pay-2026", group_by="branch", branch=None)
LEEDS = Topic("pay-2026", group_by="branch", branch="Leeds")


@pytest.fixture
def ballot(database, settings):
    add_members(database, 8, branch="Leeds")
    add_members(database, 6, branch="York")
    return given_ballot(database, settings, kind="industrial_action")


@asynccontextmanager
async def broadcasting(database, clock, *, pace=FAST):
    broadcast = Broadcast(database, clock=clock, pace=pace)
    await broadcast.start()
    try:
        yield broadcast
    finally:
        await broadcast.stop()


async def heard(stream):
    """Return the next frame, or None at the end of the stream."""
    return await asyncio.wait_for(anext(stream, None), WITHIN)


async def turnout(stream):
    """Return the next turnout, past greeting and heartbeats."""
    while (frame := await heard(stream)) in {GREETING, HEARTBEAT}:
        pass
    assert frame is not None, "the stream ended"
    first, data, *rest = frame.decode().split("\n")
    assert (first, rest) == ("event: turnout", ["", ""])
    return json.loads(data.removeprefix("data: "))


def run(story):
    asyncio.run(story)


async def pause(*, seconds=0.3):
    """Give many reads the time to happen."""
    await asyncio.sleep(seconds)


def test_a_listener_hears_how_turnout_stands_at_once_and_when_it_changes(database, clock, ballot):
    async def story():
        async with broadcasting(database, clock) as broadcast:
            stream = broadcast.listen(ALL)
            assert await heard(stream) == b"retry: 2000\n\n"
            assert (await turnout(stream))["votes_cast"] == 0
            await asyncio.to_thread(set_votes, database, ballot.id, Leeds=3)
            assert (await turnout(stream))["votes_cast"] == 3

    run(story())


def test_nothing_is_sent_while_only_the_time_moves(database, clock, ballot):
    async def story():
        async with broadcasting(database, clock) as broadcast:
            stream = broadcast.listen(ALL)
            await turnout(stream)
            clock.now += timedelta(minutes=1)
            silence = asyncio.ensure_future(anext(stream))
            await pause()
            assert not silence.done()
            await asyncio.to_thread(set_votes, database, ballot.id, Leeds=1)
            frame = await asyncio.wait_for(silence, WITHIN)
            assert b'"votes_cast":1' in frame
            assert b'"as_at":"2026-11-21T12:01:00Z"' in frame

    run(story())


def test_a_branch_hears_of_itself_only(database, clock, ballot):
    async def story():
        async with broadcasting(database, clock) as broadcast:
            stream = broadcast.listen(LEEDS)
            assert (await turnout(stream))["entitled"] == 8
            silence = asyncio.ensure_future(anext(stream))
            await asyncio.to_thread(set_votes, database, ballot.id, York=2)
            await pause()
            assert not silence.done()
            await asyncio.to_thread(set_votes, database, ballot.id, Leeds=2)
            assert b'"votes_cast":2' in await asyncio.wait_for(silence, WITHIN)

    run(story())


def test_everyone_who_watches_the_same_is_handed_the_same_bytes(database, clock, ballot):
    async def story():
        async with broadcasting(database, clock) as broadcast:
            streams = [broadcast.listen(ALL) for _ in range(20)]
            for stream in streams:
                await turnout(stream)
            await asyncio.to_thread(set_votes, database, ballot.id, Leeds=1)
            frames = [await heard(stream) for stream in streams]
            assert len({id(frame) for frame in frames}) == 1

    run(story())


def test_a_hundred_listeners_cost_one_read_a_tick_and_none_costs_none(database, clock, ballot):
    async def story(statements):
        def counters_read():
            return sum("turnout_counter" in each for each in statements)

        slow = Pace(read_every=timedelta(milliseconds=500))
        async with broadcasting(database, clock, pace=slow) as broadcast:
            await pause()
            assert counters_read() == 0
            streams = [broadcast.listen(ALL) for _ in range(100)]
            streams += [broadcast.listen(LEEDS) for _ in range(100)]
            started = asyncio.get_running_loop().time()
            await asyncio.gather(*(turnout(stream) for stream in streams))
            ticks = (asyncio.get_running_loop().time() - started) / 0.5
            # At most one read for each newcomer's topic, beside the ticks.
            assert counters_read() <= ticks + 3

    with statements_of(database) as statements:
        run(story(statements))


def test_a_slow_listener_gets_the_newest_only_and_delays_nobody(database, clock, ballot):
    async def story():
        async with broadcasting(database, clock) as broadcast:
            slow, quick = broadcast.listen(ALL), broadcast.listen(ALL)
            await turnout(slow)
            await turnout(quick)
            for votes in (1, 2, 3):
                await asyncio.to_thread(set_votes, database, ballot.id, Leeds=votes)
                assert (await turnout(quick))["votes_cast"] == votes
            assert (await turnout(slow))["votes_cast"] == 3

    run(story())


def test_a_newcomer_to_a_watched_ballot_hears_the_newest_at_once(database, clock, ballot):
    async def story():
        async with broadcasting(database, clock) as broadcast:
            first = broadcast.listen(ALL)
            await turnout(first)
            await asyncio.to_thread(set_votes, database, ballot.id, Leeds=2)
            assert (await turnout(first))["votes_cast"] == 2
            assert (await turnout(broadcast.listen(ALL)))["votes_cast"] == 2

    run(story())


def test_after_the_close_comes_the_last_number_and_that_it_is_the_last(database, clock, ballot):
    async def story():
        async with broadcasting(database, clock) as broadcast:
            stream = broadcast.listen(ALL)
            await turnout(stream)
            clock.now += timedelta(days=7, seconds=4)
            await asyncio.to_thread(set_votes, database, ballot.id, Leeds=3)
            assert (await turnout(stream))["votes_cast"] == 3
            # Votes that arrived in time may be written until the grace is over.
            clock.now += timedelta(seconds=1)
            frame = await heard(stream)
            assert b'"votes_cast":3' in frame
            assert frame.endswith(b"\n\nevent: closed\ndata:\n\n")
            assert await heard(stream) is None

    run(story())


def test_a_silent_stream_says_that_it_lives(database, clock, ballot):
    async def story():
        pace = Pace(
            read_every=timedelta(milliseconds=20), heartbeat_every=timedelta(milliseconds=100)
        )
        async with broadcasting(database, clock, pace=pace) as broadcast:
            stream = broadcast.listen(ALL)
            await turnout(stream)
            assert await heard(stream) == b"event: beat\ndata:\n\n"
            assert await heard(stream) == b"event: beat\ndata:\n\n"

    run(story())


def test_a_stream_ends_by_itself_so_that_a_browser_must_ask_again(database, clock, ballot):
    async def story():
        pace = Pace(read_every=timedelta(milliseconds=20), ends_after=timedelta(milliseconds=200))
        async with broadcasting(database, clock, pace=pace) as broadcast:
            stream = broadcast.listen(ALL)
            await turnout(stream)
            assert await heard(stream) is None

    run(story())


def test_every_stream_ends_when_the_application_stops(database, clock, ballot):
    async def story():
        async with broadcasting(database, clock) as broadcast:
            streams = [broadcast.listen(ALL), broadcast.listen(LEEDS)]
            for stream in streams:
                await turnout(stream)
        for stream in streams:
            assert await heard(stream) is None
        late = broadcast.listen(ALL)
        assert await heard(late) == GREETING
        assert await heard(late) is None

    run(story())


def test_a_ballot_that_is_not_there_ends_its_own_streams_and_no_others(database, clock, ballot):
    async def story():
        async with broadcasting(database, clock) as broadcast:
            here = broadcast.listen(ALL)
            gone = broadcast.listen(Topic("gone", group_by="branch", branch=None))
            await turnout(here)
            assert await heard(gone) == GREETING
            assert await heard(gone) is None
            await asyncio.to_thread(set_votes, database, ballot.id, Leeds=1)
            assert (await turnout(here))["votes_cast"] == 1

    run(story())


def test_a_database_that_is_away_ends_the_streams_and_the_next_one_is_served(
    database, clock, ballot
):
    is_away = False

    def refuse(*_statement):
        if is_away:
            raise ConnectionError("the database is away")

    event.listen(database.engine, "before_cursor_execute", refuse)

    async def story():
        nonlocal is_away
        async with broadcasting(database, clock) as broadcast:
            stream = broadcast.listen(ALL)
            await turnout(stream)
            is_away = True
            assert await heard(stream) is None
            is_away = False
            assert (await turnout(broadcast.listen(ALL)))["votes_cast"] == 0

    run(story())


def test_a_database_that_does_not_answer_ends_the_streams_too(database, clock, ballot):
    answers = threading.Event()
    answers.set()
    event.listen(database.engine, "before_cursor_execute", lambda *_statement: answers.wait(WITHIN))

    async def story():
        pace = Pace(read_every=timedelta(milliseconds=20), gives_up_after=timedelta(seconds=1))
        async with broadcasting(database, clock, pace=pace) as broadcast:
            stream = broadcast.listen(ALL)
            await turnout(stream)
            answers.clear()
            assert await heard(stream) is None
            answers.set()
            assert (await turnout(broadcast.listen(ALL)))["votes_cast"] == 0

    run(story())


def test_a_browser_that_goes_away_is_forgotten(database, clock, ballot):
    async def story():
        async with broadcasting(database, clock) as broadcast:
            stream = broadcast.listen(ALL)
            await turnout(stream)
            await stream.aclose()
            assert broadcast._channels == {}

    run(story())
