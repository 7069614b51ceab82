"""The ballot box on PostgreSQL: one statement commits a batch.

Marks go in by primary key with ON CONFLICT DO NOTHING, in the order of that key, so that two
processes cannot deadlock; papers go in by their random ids; counters by cell. The ballot's row is
share-locked, so that no batch can commit once the box is sealed.
"""

import os
import secrets
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import errors

from app.core.silence import Pulse
from app.voting.votes import REPEATABLE, BoxUnreachable, Outcome, Vote

CAST = """
WITH vote AS MATERIALIZED (
  SELECT * FROM unnest(%b::int[], %b::bigint[], %b::bytea[], %b::bytea[], %b::bytea[],
                       %b::bytea[], %b::timestamptz[])
    AS v(n, ballot_id, code, paper_id, sealed, receipt_digest, arrived_at)
), box AS MATERIALIZED (
  SELECT id, opens_at, closes_at, disaggregate_by FROM ballot
  WHERE id = ANY (%b::bigint[]) AND sealed_at IS NULL FOR SHARE
), known AS MATERIALIZED (
  SELECT v.*, c.entry_id FROM vote v
  JOIN credential c ON c.digest = v.code AND c.ballot_id = v.ballot_id AND c.revoked_at IS NULL
), admitted AS MATERIALIZED (
  SELECT DISTINCT ON (k.ballot_id, k.entry_id) k.*, b.disaggregate_by
  FROM known k JOIN box b ON b.id = k.ballot_id
  WHERE k.arrived_at >= b.opens_at AND k.arrived_at < b.closes_at
  ORDER BY k.ballot_id, k.entry_id, k.n
), marked AS (
  INSERT INTO roll_mark (ballot_id, entry_id)
  SELECT ballot_id, entry_id FROM admitted ORDER BY ballot_id, entry_id
  ON CONFLICT DO NOTHING RETURNING ballot_id, entry_id
), counted AS MATERIALIZED (
  SELECT a.n, a.ballot_id, a.paper_id, a.sealed, a.receipt_digest, e.cell_id,
    CASE a.disaggregate_by WHEN 'branch' THEN cell.branch WHEN 'region' THEN cell.region
      WHEN 'employer' THEN cell.employer WHEN 'workplace' THEN cell.workplace END AS unit
  FROM marked m
  JOIN admitted a ON a.ballot_id = m.ballot_id AND a.entry_id = m.entry_id
  JOIN roll_entry e ON e.id = a.entry_id
  JOIN roll_cell cell ON cell.id = e.cell_id
), papered AS (
  INSERT INTO ballot_paper (ballot_id, id, sealed, receipt_digest, unit)
  SELECT ballot_id, paper_id, sealed, receipt_digest, unit FROM counted ORDER BY paper_id
), tallied AS (
  INSERT INTO turnout_counter (ballot_id, cell_id, writer, votes_cast)
  SELECT ballot_id, cell_id, %b::int, count(*) FROM counted GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (ballot_id, cell_id, writer)
  DO UPDATE SET votes_cast = turnout_counter.votes_cast + excluded.votes_cast
)
SELECT v.n, CASE
  WHEN c.n IS NOT NULL THEN 'counted'
  WHEN k.n IS NULL THEN 'unknown_code'
  WHEN v.arrived_at < ballot.opens_at THEN 'not_open'
  WHEN b.id IS NULL OR v.arrived_at >= b.closes_at THEN 'closed'
  ELSE 'already_voted' END
FROM vote v JOIN ballot ON ballot.id = v.ballot_id
LEFT JOIN counted c ON c.n = v.n LEFT JOIN known k ON k.n = v.n
LEFT JOIN box b ON b.id = v.ballot_id
"""

# Asked in a statement of its own, whose snapshot sees what a rival transaction has just committed.
SENT_BEFORE = """
SELECT v.n FROM unnest(%b::int[], %b::bigint[], %b::bytea[], %b::bytea[])
  AS v(n, ballot_id, code, receipt_digest)
JOIN credential c ON c.digest = v.code AND c.ballot_id = v.ballot_id AND c.revoked_at IS NULL
JOIN roll_mark m ON m.ballot_id = v.ballot_id AND m.entry_id = c.entry_id
WHERE EXISTS (SELECT FROM ballot_paper p
              WHERE p.ballot_id = v.ballot_id AND p.receipt_digest = v.receipt_digest)
"""

OPTIONS = "-c timezone=UTC -c statement_timeout=5000 -c lock_timeout=3000"
# In pg_stat_activity.
KNOWN_AS = "muster ballot box"
# Each process counts in rows of its own; the lock says which numbers are taken.
WRITER_LOCK = 0x4D5742
MOST_WRITERS = 256
TRIES_AT_A_DEADLOCK = 5


Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class PostgresBox:
    """One connection, one statement a batch.

    On the loop that reads the requests, without a thread: a thread would have to wait for that
    loop to let go of the interpreter (docs/decisions/0033).
    """

    def __init__(self, url: str, *, pulse: Pulse | None = None) -> None:
        self._url = url.replace("+psycopg", "", 1)
        self._pulse = pulse
        self._connection: Connection | None = None
        self._writer = 0

    async def commit(self, votes: Sequence[Vote]) -> list[Outcome]:
        """Commit a batch. See `Backend.commit`."""
        for _ in range(TRIES_AT_A_DEADLOCK):
            try:
                return await self._commit_once(votes)
            except (errors.DeadlockDetected, errors.SerializationFailure):
                continue
            except psycopg.OperationalError as lost:
                await self.close()
                raise BoxUnreachable from lost
        raise BoxUnreachable

    async def _commit_once(self, votes: Sequence[Vote]) -> list[Outcome]:
        connection = await self._connected()
        async with connection.cursor() as cursor:
            # A transaction of its own, begun and committed by the server in one exchange: a
            # failure of the COMMIT is raised here too.
            await cursor.execute(CAST, self._parameters(votes), prepare=True)
            outcomes: dict[int, str] = dict(await cursor.fetchall())
        result = [Outcome(outcomes[n]) for n in range(len(votes))]
        await self._find_repetitions(connection, votes, result)
        return result

    def _parameters(self, votes: Sequence[Vote]) -> list[object]:
        count = len(votes)
        noise = secrets.token_bytes(16 * count)
        return [
            list(range(count)),
            [vote.ballot_id for vote in votes],
            [vote.code_digest for vote in votes],
            [noise[16 * n : 16 * n + 16] for n in range(count)],
            [vote.sealed for vote in votes],
            [vote.receipt_digest for vote in votes],
            [vote.arrived_at for vote in votes],
            list({vote.ballot_id for vote in votes}),
            self._writer,
        ]

    async def _find_repetitions(
        self, connection: Connection, votes: Sequence[Vote], result: list[Outcome]
    ) -> None:
        asked = [n for n, outcome in enumerate(result) if outcome in REPEATABLE]
        if not asked:
            return
        # A paper may lie under more than one digest of its receipt.
        digests = [(n, digest) for n in asked for digest in votes[n].found_by]
        parameters = [
            [n for n, _ in digests],
            [votes[n].ballot_id for n, _ in digests],
            [votes[n].code_digest for n, _ in digests],
            [digest for _, digest in digests],
        ]
        async for (n,) in await connection.execute(SENT_BEFORE, parameters):
            result[n] = Outcome.COUNTED_BEFORE

    async def _connected(self) -> Connection:
        if self._connection is None:
            if self._pulse is not None and self._pulse.silent:
                # Voters are told at once, rather than after a wait for a line that cannot be had.
                raise BoxUnreachable
            try:
                connection = await psycopg.AsyncConnection.connect(
                    self._url,
                    autocommit=True,
                    options=OPTIONS,
                    connect_timeout=3,
                    application_name=KNOWN_AS,
                )
            except psycopg.OperationalError as away:
                raise BoxUnreachable from away
            self._connection = connection
            self._writer = await _free_writer(connection)
        return self._connection

    def interrupt(self) -> None:
        """Cut the line to a server that has outlasted its own time limit and says nothing.

        A machine that vanished sends no word, and the system would wait for it a quarter of an
        hour. The next try goes over a new connection.
        """
        if self._pulse is not None:
            self._pulse.doubt()
        connection = self._connection
        if connection is None:
            return
        with suppress(psycopg.Error, OSError), _same_line(connection) as line:
            line.shutdown(socket.SHUT_RDWR)

    async def close(self) -> None:
        """Close the connection; the next batch opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                await connection.close()


def _same_line(connection: Connection) -> socket.socket:
    return socket.socket(fileno=os.dup(connection.fileno()))


async def _free_writer(connection: Connection) -> int:
    """Take the lowest number that no living process counts under.

    Two processes under one number would wait for each other, and still count rightly.
    """
    for number in range(MOST_WRITERS):
        asked = await connection.execute(
            "SELECT pg_try_advisory_lock(%s, %s)", (WRITER_LOCK, number)
        )
        row = await asked.fetchone()
        if row is not None and row[0]:
            return number
    return secrets.randbelow(MOST_WRITERS)
