"""Seal the box after the close, and stir it, so that the count can begin.

Sealing the box is a short transaction of its own: from its commit no batch can add a paper, because
every batch share-locks the ballot's row and looks for the seal. Stirring opens the papers and
rewrites them under new random ids in random order in one transaction, so that nothing the database
keeps about rows (their order, the transaction that wrote them) joins a paper to a mark.
"""

import secrets
import sys
from collections.abc import Iterator
from datetime import datetime
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy import delete, func, insert, update
from sqlmodel import Session, col

from app.ballots.models import Ballot
from app.core.database import Database
from app.core.errors import Conflict
from app.voting.models import BallotPaper, RollMark, TurnoutCounter
from app.voting.sealing import Opened, PaperDoesNotOpen, PaperSeal

Paper = dict[str, Any]
PAPERS = BallotPaper.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
ID_BYTES = 16
SLICE = 5000
# One stir of a box at a time: what another had just put back, a stir would not see.
STIR_LOCK = 0x4D5753
# Milliseconds. A checkpoint keeps SQLite's one writer from work while it waits for readers.
READERS_WAITED_FOR = 1000
LONGEST_WAIT = 10_000


class PapersDoNotOpen(Conflict):
    """Papers were sealed with a key that is not at hand, or were changed."""

    code = "papers_do_not_open"
    message = "Some papers do not open, so nothing was counted and nothing was changed."


def seal_box(session: Session, ballot_id: int, *, now: datetime) -> bool:
    """Seal a ballot's box, once. Waits for batches on their way; says whether it was us."""
    sealed = session.execute(
        update(Ballot)
        .where(col(Ballot.id) == ballot_id, col(Ballot.sealed_at).is_(None))
        .values(sealed_at=now)
        .returning(col(Ballot.id))
    ).first()
    return sealed is not None


def stir_box(session: Session, ballot_id: int, *, seal: PaperSeal) -> int:
    """Open every paper of a sealed box and rewrite it in random order; return how many there are.

    All of them are held in memory once: 1.3 million papers take some 700 MB, for a minute; and
    PostgreSQL's answer lies beside them meanwhile.

    Raises:
        PapersDoNotOpen: some were sealed with another key, changed, copied, or never sealed. Undo
            the transaction.
    """
    hold_box(session, ballot_id)
    opened, unopened, serials = [], 0, set()
    for paper in take_papers(session, col(BallotPaper.ballot_id) == ballot_id):
        try:
            found = open_paper(paper, seal=seal)
        except PaperDoesNotOpen:
            unopened += 1
            continue
        serials.add(found.serial)
        # In place, and equal answers once: there may be more than a million.
        paper["sealed"], paper["answers"] = None, sys.intern(found.answers)
        paper["receipt_digest"] = found.receipt_digest
        opened.append(paper)
    papers = len(opened) + unopened
    if unopened:
        raise _do_not_open(unopened, papers=papers)
    if len(serials) < papers:
        raise _are_copies(papers - len(serials), papers=papers)
    del serials
    put_back(session, opened)
    return papers


def open_paper(paper: Paper, *, seal: PaperSeal) -> Opened:
    """Return what a paper in the box holds.

    Raises:
        PaperDoesNotOpen: no key opens it; or it lies open before the count, so it did not come
            through the box: whoever writes to the database needs no key for that.
    """
    if paper["sealed"] is None:
        raise PaperDoesNotOpen
    return seal.open(paper["sealed"])


def _do_not_open(unopened: int, *, papers: int) -> PapersDoNotOpen:
    return PapersDoNotOpen(
        f"{unopened:,} of {papers:,} papers do not open with the keys that the service has, so "
        "nothing was counted and nothing was changed. Start it with the secret keys that were in "
        "use while members voted (MUSTER_SECRET_KEY, MUSTER_PREVIOUS_SECRET_KEY) and try again. "
        "If it has them, papers were changed: keep the database as it is and have it examined."
    )


def _are_copies(copies: int, *, papers: int) -> PapersDoNotOpen:
    return PapersDoNotOpen(
        f"{copies:,} of {papers:,} papers are copies of others, which no vote makes: somebody "
        "wrote to the database. Nothing was counted and nothing was changed. Keep the database "
        "as it is and have it examined."
    )


def hold_box(session: Session, ballot_id: int) -> None:
    """Let nobody else stir a box until this transaction ends; on SQLite nobody else writes."""
    if session.get_bind().dialect.name == "postgresql":
        # A long rewrite must not run into the limit meant for pages.
        session.execute(sa.text("SET LOCAL statement_timeout = 0"))
        session.execute(sa.text("SET LOCAL lock_timeout = '60s'"))
        lock = {"kind": STIR_LOCK, "ballot": ballot_id}
        session.execute(sa.text("SELECT pg_advisory_xact_lock(:kind, :ballot)"), lock)


def take_papers(session: Session, which: sa.ColumnElement[bool]) -> Iterator[Paper]:
    """Take papers out of the box: exactly those that are yielded, whatever comes in meanwhile."""
    rows = session.execute(delete(PAPERS).where(which).returning(*PAPERS.columns))
    names = tuple(rows.keys())
    for row in rows:
        yield dict(zip(names, row, strict=True))


def put_back(session: Session, papers: list[Paper]) -> None:
    """Put papers into the box under new random ids, in random order."""
    shuffled = in_random_order(papers)
    for start in range(0, len(shuffled), SLICE):
        session.connection().execute(insert(PAPERS), shuffled[start : start + SLICE])


def in_random_order(papers: list[Paper]) -> list[Paper]:
    """Give the papers new random ids, and the order of those, in which they lie in the box."""
    noise = secrets.token_bytes(ID_BYTES * len(papers))
    for n, paper in enumerate(papers):
        paper["id"] = noise[ID_BYTES * n : ID_BYTES * (n + 1)]
    return sorted(papers, key=itemgetter("id"))


def clear_traces(database: Database) -> None:
    """Overwrite what the stirring left behind of the old rows, outside any transaction.

    PostgreSQL keeps deleted rows until a VACUUM; SQLite overwrites them at once (secure_delete)
    but keeps old pages in its write-ahead log until a checkpoint. That one gives up after a second
    behind a long reader, such as a backup, rather than let votes wait; the next one does it.
    """
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.is_sqlite:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {READERS_WAITED_FOR}")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {LONGEST_WAIT}")
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
