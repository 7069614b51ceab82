"""The ballot box on SQLite: a loop on one connection, one durable transaction a batch."""

import asyncio
import secrets
import sqlite3
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from app.core.database import SQLITE_PRAGMAS
from app.voting.votes import REPEATABLE, BoxUnreachable, Outcome, Vote

WHO = """
SELECT c.entry_id, e.cell_id, b.opens_at, b.closes_at, b.sealed_at,
  CASE b.disaggregate_by WHEN 'branch' THEN cell.branch WHEN 'region' THEN cell.region
    WHEN 'employer' THEN cell.employer WHEN 'workplace' THEN cell.workplace END
FROM credential c
JOIN ballot b ON b.id = c.ballot_id
JOIN roll_entry e ON e.id = c.entry_id
JOIN roll_cell cell ON cell.id = e.cell_id
WHERE c.digest = ? AND c.ballot_id = ? AND c.revoked_at IS NULL
"""
MARK = "INSERT INTO roll_mark (ballot_id, entry_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
PAPER = """
INSERT INTO ballot_paper (ballot_id, id, sealed, receipt_digest, unit) VALUES (?, ?, ?, ?, ?)
"""
COUNT = """
INSERT INTO turnout_counter (ballot_id, cell_id, writer, votes_cast) VALUES (?, ?, 0, ?)
ON CONFLICT (ballot_id, cell_id, writer)
DO UPDATE SET votes_cast = votes_cast + excluded.votes_cast
"""
SENT_BEFORE = """
SELECT 1 FROM credential c
JOIN roll_mark m ON m.ballot_id = c.ballot_id AND m.entry_id = c.entry_id
WHERE c.digest = ? AND c.ballot_id = ? AND c.revoked_at IS NULL
  AND EXISTS (SELECT 1 FROM ballot_paper p WHERE p.ballot_id = c.ballot_id AND p.receipt_digest = ?)
"""

# Papers lie in the order of random keys, so each vote touches pages of its own. With 64 MB of them
# at hand, and the journal copied back every 32 MB rather than every 4, the disk is asked less.
ROOM = ("PRAGMA cache_size = -65536", "PRAGMA wal_autocheckpoint = 8000")


class _Who(NamedTuple):
    """Whose code it is, and the window of its ballot as SQLite writes moments."""

    entry_id: int
    cell_id: int
    opens_at: str
    closes_at: str
    sealed_at: str | None
    unit: str | None


class SqliteBox:
    """One connection that writes; SQLite lets one process write at a time.

    It has a thread of its own, so that requests are read while the disk writes.
    """

    def __init__(self, url: str) -> None:
        self._path = url.removeprefix("sqlite:///")
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ballot-box")

    async def commit(self, votes: Sequence[Vote]) -> list[Outcome]:
        """Commit a batch. See `Backend.commit`."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, votes)

    def _commit(self, votes: Sequence[Vote]) -> list[Outcome]:
        connection = self._connected()
        try:
            connection.execute("BEGIN IMMEDIATE")
            outcomes = self._put_in(connection, votes)
            connection.execute("COMMIT")
        except sqlite3.Error as failure:
            # Once a write has failed the connection's state is not to be trusted.
            self._disconnect()
            if isinstance(failure, sqlite3.OperationalError):
                raise BoxUnreachable from failure
            raise
        return outcomes

    def _put_in(self, connection: sqlite3.Connection, votes: Sequence[Vote]) -> list[Outcome]:
        outcomes = []
        papers: list[tuple[int, bytes, bytes, bytes, str | None]] = []
        cells: Counter[tuple[int, int]] = Counter()
        for vote in votes:
            row = connection.execute(WHO, (vote.code_digest, vote.ballot_id)).fetchone()
            who = _Who(*row) if row else None
            outcome = _judge(who, vote)
            if who is not None and outcome is Outcome.COUNTED:
                marked = connection.execute(MARK, (vote.ballot_id, who.entry_id)).rowcount
                if marked:
                    cells[vote.ballot_id, who.cell_id] += 1
                    paper = (vote.ballot_id, secrets.token_bytes(16), vote.sealed)
                    papers.append((*paper, vote.receipt_digest, who.unit))
                else:
                    outcome = Outcome.ALREADY_VOTED
            outcomes.append(outcome)
        papers.sort(key=lambda paper: paper[1])
        connection.executemany(PAPER, papers)
        connection.executemany(COUNT, [(*cell, number) for cell, number in cells.items()])
        return [
            _unless_sent_before(connection, vote, outcome)
            for vote, outcome in zip(votes, outcomes, strict=True)
        ]

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                connection = sqlite3.connect(self._path, isolation_level=None)
                for pragma in (*SQLITE_PRAGMAS, *ROOM):
                    connection.execute(pragma)
            except sqlite3.Error as away:
                raise BoxUnreachable from away
            self._connection = connection
        return self._connection

    def interrupt(self) -> None:
        """Do nothing: the wait for a lock ends by itself, and a disk cannot be hurried."""

    async def close(self) -> None:
        """Give the connection and the thread back."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    def _disconnect(self) -> None:
        """Close the connection; the next batch opens another."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _judge(who: _Who | None, vote: Vote) -> Outcome:
    if who is None:
        return Outcome.UNKNOWN_CODE
    arrived = _as_text(vote.arrived_at)
    if arrived < who.opens_at:
        return Outcome.NOT_OPEN
    if who.sealed_at is not None or arrived >= who.closes_at:
        return Outcome.CLOSED
    return Outcome.COUNTED


def _unless_sent_before(connection: sqlite3.Connection, vote: Vote, outcome: Outcome) -> Outcome:
    if outcome not in REPEATABLE:
        return outcome
    # A paper may lie under more than one digest of its receipt.
    for digest in vote.found_by:
        parameters = (vote.code_digest, vote.ballot_id, digest)
        if connection.execute(SENT_BEFORE, parameters).fetchone():
            return Outcome.COUNTED_BEFORE
    return outcome


def _as_text(moment: datetime) -> str:
    """Write a moment as SQLAlchemy writes it on SQLite, which sorts like the moments themselves."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
