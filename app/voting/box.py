"""The ballot box of one process: votes gather while the batch before them commits.

No timer: a lone vote commits at once, and under load a batch is whatever came in meanwhile
(docs/decisions/0002). A caller is answered only after the COMMIT that carries its vote.
"""

import asyncio
import gc
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import structlog

from app.core.metrics import BATCH_SECONDS, BATCH_VOTES, VOTES, VOTES_WAITING
from app.core.silence import Pulse
from app.voting.postgres_box import PostgresBox
from app.voting.sqlite_box import SqliteBox
from app.voting.votes import Backend, BoxUnreachable, Outcome, Vote

LARGEST_BATCH = 512
# Beyond this the wait would be longer than a person's patience: better to say so at once.
MOST_WAITING = 20_000
# Seconds. Who has waited so long for a batch is told to send the vote again, which is safe even
# where the batch commits after all: behind a hanging disk that may take minutes.
PATIENCE = 5.0

# Objects, then rounds, before the collector looks at the young, the older and all.
SELDOM = (50_000, 20, 100)

# Made once: each is there from the start, and counting a batch looks nothing up.
COUNTS = {outcome: VOTES.labels(outcome.value) for outcome in Outcome}

log = structlog.get_logger()

Waiting = tuple[Vote, "asyncio.Future[Outcome]"]


class BallotBox:
    """Takes votes from any number of requests and commits them through one backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._waiting: list[Waiting] = []
        self._worker: asyncio.Task[None] | None = None

    async def cast(self, vote: Vote) -> Outcome:
        """Hand in a vote and wait for the batch that commits it."""
        if len(self._waiting) >= MOST_WAITING:
            COUNTS[Outcome.NOT_TAKEN].inc()
            return Outcome.NOT_TAKEN
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((vote, answer))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                VOTES_WAITING.set(len(self._waiting))
                batch, self._waiting = (
                    self._waiting[:LARGEST_BATCH],
                    self._waiting[LARGEST_BATCH:],
                )
                try:
                    await self._carry(batch)
                except Exception as fault:  # noqa: BLE001 - a fault of ours leaves nobody waiting
                    kind = _kind(fault)
                    log.error("batch_not_answered", size=len(batch), kind=kind)  # noqa: TRY400 - no votes in a trace
                    for _, answer in batch:
                        _tell(answer, Outcome.NOT_TAKEN)
        finally:
            VOTES_WAITING.set(0)
            self._worker = None

    async def _carry(self, batch: Sequence[Waiting]) -> None:
        """Commit a batch and answer everyone in it."""
        votes = [vote for vote, _ in batch]
        loop = asyncio.get_running_loop()
        began = loop.time()
        commit = asyncio.create_task(self._commit(votes))
        while not (await asyncio.wait({commit}, timeout=PATIENCE))[0]:
            log.warning("batch_hangs", size=len(batch), waiting=len(self._waiting))
            # Those behind it could only wait for longer.
            behind, self._waiting = self._waiting, []
            told = sum(_tell(answer, Outcome.NOT_TAKEN) for _, answer in (*batch, *behind))
            COUNTS[Outcome.NOT_TAKEN].inc(told)
            self._backend.interrupt()
        outcomes = commit.result()
        # Before the answers, so that whoever has one finds it counted.
        _count(outcomes, seconds=loop.time() - began)
        for (_, answer), outcome in zip(batch, outcomes, strict=True):
            _tell(answer, outcome)

    async def _commit(self, votes: Sequence[Vote]) -> list[Outcome]:
        """Commit a batch; at a failure once more, then vote by vote, so none costs another."""
        try:
            return await self._backend.commit(votes)
        except Exception as first:  # noqa: BLE001 - whatever failed, every vote gets an answer
            log.warning("batch_failed", size=len(votes), kind=_kind(first))
        try:
            return await self._backend.commit(votes)
        except BoxUnreachable as away:
            log.warning("batch_not_taken", size=len(votes), kind=_kind(away))
            return [Outcome.NOT_TAKEN] * len(votes)
        except Exception as second:  # noqa: BLE001 - one by one, then
            log.warning("batch_failed_again", size=len(votes), kind=_kind(second))
        return [await self._commit_alone(vote) for vote in votes]

    async def _commit_alone(self, vote: Vote) -> Outcome:
        try:
            [outcome] = await self._backend.commit([vote])
        except Exception as error:  # noqa: BLE001 - this vote alone gets no other answer
            log.warning("vote_not_taken", kind=_kind(error))
            return Outcome.NOT_TAKEN
        return outcome

    async def close(self) -> None:
        """Commit what waits, then give the connection back."""
        if self._worker is not None:
            await self._worker
        await self._backend.close()


def _tell(answer: "asyncio.Future[Outcome]", outcome: Outcome) -> bool:
    # A member who went away is not told, but the vote is counted.
    if answer.done():
        return False
    answer.set_result(outcome)
    return True


def _count(outcomes: Sequence[Outcome], *, seconds: float) -> None:
    """Note a batch for Prometheus: once for all its votes."""
    BATCH_VOTES.observe(len(outcomes))
    BATCH_SECONDS.observe(seconds)
    for outcome, votes in Counter(outcomes).items():
        COUNTS[outcome].inc(votes)


def _kind(error: Exception) -> str:
    return type(error.__cause__ or error).__name__


@lru_cache(maxsize=1)
def _settle_memory() -> None:
    """Take what is loaded by now out of the garbage collector's rounds, once per process.

    A full round over the whole program stops all its threads for some 80 ms, and votes that wait
    for their batch bring such rounds about several times a second (docs/performance.md). Smaller
    rounds come seldom too: what waits is alive, and looking at it again and again found nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)


def open_box(database_url: str, *, pulse: Pulse | None = None) -> BallotBox:
    """Return the ballot box for a database.

    Args:
        database_url: where the votes go.
        pulse: knows whether that PostgreSQL has fallen silent.
    """
    _settle_memory()
    if database_url.startswith("postgresql"):
        return BallotBox(PostgresBox(database_url, pulse=pulse))
    return BallotBox(SqliteBox(database_url))
