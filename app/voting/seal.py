"""Seal the box after the close, and stir it, so that the count can begin.

Sealing is a short transaction of its own: from its commit no batch can add a paper, because every
batch share-locks the ballot's row and looks for the seal. Stirring rewrites the papers under new
random ids in random order in one transaction, so that nothing the database keeps about rows (their
order, the transaction that wrote them) joins a paper to a mark.
"""

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import delete, func, insert, update
from sqlmodel import Session, col

from app.ballots.models import Ballot
from app.core.database import Database
from app.voting.models import BallotPaper, RollMark, TurnoutCounter

SLICE = 5000


def seal_box(session: Session, ballot_id: int, *, now: datetime) -> bool:
    """Seal a ballot's box, once. Waits for batches on their way; says whether it was us."""
    sealed = session.execute(
        update(Ballot)
        .where(col(Ballot.id) == ballot_id, col(Ballot.sealed_at).is_(None))
        .values(sealed_at=now)
        .returning(col(Ballot.id))
    ).first()
    return sealed is not None


def stir_box(session: Session, ballot_id: int) -> int:
    """Rewrite every paper under a new random id, in random order; return how many there are.

    All of them are held in memory once: 1.3 million papers take some 500 MB, for seconds.
    """
    # On PostgreSQL a long rewrite must not run into the limit meant for pages.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SET LOCAL statement_timeout = 0"))
    papers = list(_papers(session, ballot_id))
    secrets.SystemRandom().shuffle(papers)
    session.execute(delete(BallotPaper).where(col(BallotPaper.ballot_id) == ballot_id))
    for start in range(0, len(papers), SLICE):
        session.execute(insert(BallotPaper), papers[start : start + SLICE])
    return len(papers)


def _papers(session: Session, ballot_id: int) -> Iterator[dict[str, Any]]:
    rows = session.execute(
        sa.select(col(BallotPaper.answers), col(BallotPaper.receipt_digest), col(BallotPaper.unit))
        .where(col(BallotPaper.ballot_id) == ballot_id)
        .execution_options(yield_per=SLICE)
    )
    for answers, receipt, unit in rows:
        yield {
            "ballot_id": ballot_id,
            "id": secrets.token_bytes(16),
            "answers": answers,
            "receipt_digest": receipt,
            "unit": unit,
        }


def clear_traces(database: Database) -> None:
    """Overwrite what the stirring left behind of the old rows, outside any transaction.

    PostgreSQL keeps deleted rows until a VACUUM; SQLite overwrites them at once (secure_delete)
    but keeps old pages in its write-ahead log until a checkpoint.
    """
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.exec_driver_sql("VACUUM ballot_paper")


def box_totals(session: Session, ballot_id: int) -> tuple[int, int, int]:
    """Count papers, marks and turnout counters afresh: three numbers that must be one."""
    papers = sa.select(func.count()).where(col(BallotPaper.ballot_id) == ballot_id)
    marks = sa.select(func.count()).where(col(RollMark.ballot_id) == ballot_id)
    counters = sa.select(func.coalesce(func.sum(col(TurnoutCounter.votes_cast)), 0)).where(
        col(TurnoutCounter.ballot_id) == ballot_id
    )
    counted = [int(session.execute(each).scalar_one()) for each in (papers, marks, counters)]
    return counted[0], counted[1], counted[2]
