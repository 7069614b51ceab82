"""One read a second feeds every open turnout stream of this process (docs/decisions/0005).

A frame is built and encoded once for all who watch the same thing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from operator import attrgetter

import anyio
import anyio.to_thread
import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.ballots.lifecycle import count_from
from app.ballots.schemas import Grouping
from app.ballots.service import get_ballot
from app.core.clock import Clock
from app.core.database import Database
from app.core.errors import DomainError
from app.core.metrics import STREAMS
from app.turnout.figures import read_figures, turnout_from
from app.turnout.schemas import TurnoutOut
from app.turnout.shutdown import before_shutdown

# A browser that loses the stream comes back after this many milliseconds.
GREETING = b"retry: 2000\n\n"
# An event rather than a comment: a page that hears none for long knows that the line is dead.
HEARTBEAT = b"event: beat\ndata:\n\n"
# After this the numbers never move again, and a page stops asking.
CLOSED = b"event: closed\ndata:\n\n"
# How long after the close a vote that arrived in time may still be written, unless set.
CLOSE_GRACE = timedelta(seconds=5)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Topic:
    """What somebody watches: a ballot, how it is grouped, and one branch or (None) all."""

    slug: str
    group_by: Grouping | None
    branch: str | None


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, and for how long."""

    # A vote shows within two seconds: one for the box's batch and the read, one for this.
    read_every: timedelta = timedelta(seconds=1)
    # Proxies drop a connection that stays silent, often after 30 seconds.
    heartbeat_every: timedelta = timedelta(seconds=15)
    # Whoever's session was revoked sees no more after this: a browser must come back and ask.
    ends_after: timedelta = timedelta(minutes=5)
    # A database that does not answer in this time is away.
    gives_up_after: timedelta = timedelta(seconds=5)


@dataclass(slots=True, eq=False)
class _Listener:
    """One open stream. Keeps the newest frame only, so that a slow reader delays nobody."""

    until: float
    pending: bytes | None = None
    ended: bool = False
    _stir: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, frame: bytes) -> None:
        self.pending = frame
        self._stir.set()

    def end(self, *, last: bytes | None = None) -> None:
        self.pending = last
        self.ended = True
        self._stir.set()

    async def next(self) -> bytes | None:
        """Wait for a frame; None when the stream is over and the last frame was taken."""
        await self._stir.wait()
        if not self.ended:
            self._stir.clear()
        frame, self.pending = self.pending, None
        return frame


@dataclass(slots=True)
class _Channel:
    """Everyone who watches one topic, and what they were last told."""

    listeners: set[_Listener] = field(default_factory=set)
    told: TurnoutOut | None = None
    newest: bytes | None = None

    def tell(self, answer: TurnoutOut, *, frame: bytes) -> None:
        """Hand a frame to everyone if it says anything new; a newcomer gets the newest anyway."""
        self.newest = frame
        if self.told is None or self.told != answer.model_copy(update={"as_at": self.told.as_at}):
            self.told = answer
            for listener in self.listeners:
                listener.offer(frame)

    def end(self, *, last: bytes | None = None) -> None:
        for listener in self.listeners:
            listener.end(last=last)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one topic was answered, and whether it can never change again."""

    answer: TurnoutOut
    frame: bytes
    is_final: bool


class Broadcast:
    """The streams of one process. Start it and stop it with the application.

    Args:
        database: where the counters are.
        clock: what tells the time.
        close_grace: how long after the close a vote that arrived in time may still be written.
        pace: how often, and for how long.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        close_grace: timedelta = CLOSE_GRACE,
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._close_grace = close_grace
        self._pace = pace or Pace()
        self._channels: dict[Topic, _Channel] = {}
        self._stopping = False

    async def start(self) -> None:
        """Begin to read, once somebody listens."""
        self._wanted = asyncio.Event()
        self._heart_beat_at = asyncio.get_running_loop().time()
        # One thread of its own: neither can it be starved, nor can reads that hang pile up.
        self._one_read = anyio.CapacityLimiter(1)
        self._undo = before_shutdown(self._stop_streams)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End every stream, finish the read that is under way, and read no more."""
        self._stop_streams()
        self._undo()
        self._wanted.set()
        await self._task
        with anyio.move_on_after(self._pace.gives_up_after.total_seconds()):
            # A read that was given up may still hold a connection.
            async with self._one_read:
                pass

    async def listen(self, topic: Topic) -> AsyncIterator[bytes]:
        """Yield the frames of one stream: how turnout stands at once, then whenever it changes."""
        yield GREETING
        if self._stopping:
            return
        loop = asyncio.get_running_loop()
        listener = _Listener(until=loop.time() + self._pace.ends_after.total_seconds())
        channel = self._channels.setdefault(topic, _Channel())
        channel.listeners.add(listener)
        if channel.newest is not None:
            listener.offer(channel.newest)
        else:
            self._wanted.set()
        STREAMS.inc()
        try:
            while (frame := await listener.next()) is not None:
                yield frame
        finally:
            STREAMS.dec()
            self._leave(topic, listener=listener)

    def _leave(self, topic: Topic, *, listener: _Listener) -> None:
        channel = self._channels.get(topic)
        if channel is not None:
            channel.listeners.discard(listener)
            if not channel.listeners:
                del self._channels[topic]

    def _stop_streams(self) -> None:
        self._stopping = True
        self._end(list(self._channels))

    async def _run(self) -> None:
        while not self._stopping:
            if self._channels:
                await self._read_and_tell()
                self._end_the_old()
                self._beat()
            await self._rest()

    async def _rest(self) -> None:
        """Wait for the next second, or for somebody who watches what nobody watched before."""
        pause = self._pace.read_every.total_seconds() if self._channels else None
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), pause)
        self._wanted.clear()

    async def _read_and_tell(self) -> None:
        asked = list(self._channels)
        try:
            with anyio.fail_after(self._pace.gives_up_after.total_seconds()):
                read = await anyio.to_thread.run_sync(
                    self._read, asked, abandon_on_cancel=True, limiter=self._one_read
                )
        except Exception as failure:
            # Whatever failed, the next second tries again. The streams end rather than stand
            # still: a browser then says that it lost the line.
            expected = isinstance(failure, SQLAlchemyError | OSError)
            log.warning("turnout_not_read", error=type(failure).__name__, exc_info=not expected)
            self._end(asked)
            return
        self._end(topic for topic in asked if topic not in read)
        for topic, reading in read.items():
            if topic not in self._channels:
                continue
            if reading.is_final:
                self._end([topic], last=reading.frame + CLOSED)
            else:
                self._channels[topic].tell(reading.answer, frame=reading.frame)

    def _read(self, topics: list[Topic]) -> dict[Topic, _Reading]:
        """Read each ballot once and answer everything asked of it. Runs in a thread."""
        now = self._clock()
        answers = {}
        by_ballot: Callable[[Topic], str] = attrgetter("slug")
        with self._database.reading() as session:
            for slug, topics_of_ballot in groupby(sorted(topics, key=by_ballot), by_ballot):
                # A ballot that is gone ends its own streams and nobody else's.
                with suppress(DomainError, OverflowError):
                    ballot = get_ballot(session, slug)
                    figures = read_figures(session, ballot, now=now)
                    is_final = ballot.cancelled_at is not None or (
                        now >= count_from(ballot, grace=self._close_grace)
                    )
                    for topic in topics_of_ballot:
                        answer = turnout_from(figures, group_by=topic.group_by, branch=topic.branch)
                        answers[topic] = _Reading(answer, _frame(answer), is_final=is_final)
        return answers

    def _end(self, topics: Iterable[Topic], *, last: bytes | None = None) -> None:
        for topic in topics:
            channel = self._channels.pop(topic, None)
            if channel is not None:
                channel.end(last=last)

    def _end_the_old(self) -> None:
        now = asyncio.get_running_loop().time()
        for channel in self._channels.values():
            for listener in channel.listeners:
                if listener.until <= now:
                    listener.end()

    def _beat(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._heart_beat_at < self._pace.heartbeat_every.total_seconds():
            return
        self._heart_beat_at = now
        for channel in self._channels.values():
            for listener in channel.listeners:
                if listener.pending is None:
                    listener.offer(HEARTBEAT)


def _frame(answer: TurnoutOut) -> bytes:
    return f"event: turnout\ndata: {answer.model_dump_json()}\n\n".encode()
