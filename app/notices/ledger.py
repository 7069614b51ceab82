"""The worker's one hand on the outbox: what its connections ask and report goes in one commit.

While one commit runs the next gathers, as in the ballot box, so that the database is asked a few
times a second rather than several times a message.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeVar

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.core.clock import Clock
from app.core.database import DATABASE_AWAY, Database, cause_of
from app.notices.in_hand import InHand, take_in_hand
from app.notices.line import Answer, Fate
from app.notices.outbox import Settled, release, settle, switch_of

PAUSE_WHEN_AWAY = 1.0  # seconds
MOST_CLASHES = 5
NOT_WRITTEN = "Muster could not write this message; its log says where it failed."
W = TypeVar("W")
Write = Callable[[Session, Sequence[InHand], datetime], Mapping[int, W]]
log = structlog.get_logger()


class LedgerEnded(RuntimeError):
    """Refused because what becomes of messages can no longer be written down."""


class Ledger(Generic[W]):
    """Takes messages in hand and settles them, for one worker.

    Args:
        database: where the outbox is.
        write: makes what leaves for each of some messages in hand, by the message's key, in the
            transaction that takes them in hand.
        clock: tells the time.
        worker: the name under which messages are claimed.
    """

    def __init__(self, database: Database, *, write: Write[W], clock: Clock, worker: str) -> None:
        self._database = database
        self._write = write
        self._clock = clock
        self._worker = worker
        self._asked: dict[int, asyncio.Future[W | None]] = {}
        self._settled: list[Settled] = []
        self._wake = asyncio.Event()
        self._ended = False
        self._fault = ""

    async def take(self, message: int) -> W | None:
        """Take a message in hand and return what is written, or nothing where it is not to be sent.

        Once this returns it, the outbox says that it may be on its way.

        Raises:
            LedgerEnded: it can write nothing down any more.
        """
        if self._fault:
            raise LedgerEnded(self._fault)
        answer: asyncio.Future[W | None] = asyncio.get_running_loop().create_future()
        self._asked[message] = answer
        self._wake.set()
        return await answer

    def settle(self, message: int, answer: Answer | None) -> None:
        """Note what became of a message; it is committed with what comes next, or at the end."""
        self._settled.append(Settled(message, answer))
        self._wake.set()

    def end(self) -> None:
        """Let `run` come to its end once everything is written down."""
        self._ended = True
        self._wake.set()

    async def run(self) -> None:
        """Commit whatever gathers, until told to end."""
        asked: Mapping[int, asyncio.Future[W | None]] = {}
        try:
            while not (self._ended and not self._asked and not self._settled):
                await self._wake.wait()
                self._wake.clear()
                asked, self._asked = self._asked, {}
                settled, self._settled = self._settled, []
                if asked or settled:
                    written = await self._commit_or_set_aside(list(asked), settled)
                    for message, waiting in asked.items():
                        waiting.set_result(written.get(message))
        except BaseException as fault:
            # Nobody may wait for ever for an answer that will not come.
            self._fault = type(fault).__name__
            for waiting in [*asked.values(), *self._asked.values()]:
                if not waiting.done():
                    waiting.set_exception(LedgerEnded(self._fault))
            raise

    async def _commit_or_set_aside(
        self, asked: list[int], settled: list[Settled]
    ) -> Mapping[int, W]:
        """Commit all together; if that fails, one by one, so that none costs another."""
        try:
            return await self._try_to_commit(asked, settled)
        except Exception:  # whatever it is, the others must leave
            if not asked:
                raise
            log.exception("mail_not_written", messages=len(asked))
        written: dict[int, W] = {}
        await self._try_to_commit([], settled)
        for message in asked:
            try:
                written |= await self._try_to_commit([message], [])
            except Exception:
                log.exception("mail_not_written", messages=1)
                await asyncio.to_thread(self._set_aside, message)
        return written

    def _set_aside(self, message: int) -> None:
        now = self._clock()
        with self._database.writing() as session:
            if take_in_hand(session, [message], worker=self._worker, now=now):
                answer = Answer(Fate.REFUSED, NOT_WRITTEN)
                settle(session, [Settled(message, answer)], worker=self._worker, now=now)

    async def _try_to_commit(self, asked: list[int], settled: list[Settled]) -> Mapping[int, W]:
        clashes = 0
        while True:
            try:
                return await asyncio.to_thread(self._commit, asked, settled)
            except DATABASE_AWAY as away:
                log.warning("mail_waits_for_the_database", kind=cause_of(away))
                await asyncio.sleep(PAUSE_WHEN_AWAY)
            except IntegrityError:
                # Somebody else gave one of these members a code at the same moment, and was first.
                clashes += 1
                if clashes > MOST_CLASHES:
                    raise

    def _commit(self, asked: list[int], settled: list[Settled]) -> Mapping[int, W]:
        now = self._clock()
        with self._database.writing() as session:
            if settled:
                settle(session, settled, worker=self._worker, now=now)
            if not asked:
                return {}
            rows = take_in_hand(session, asked, worker=self._worker, now=now)
            if len(rows) < len(asked) and switch_of(session).paused_at is not None:
                release(session, worker=self._worker)
            return self._write(session, rows, now) if rows else {}
