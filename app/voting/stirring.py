"""Stir the boxes of running ballots: on a schedule, before a backup, and when an operator says so.

Until the close papers are sealed, so this is a second lock and not the first: it keeps whoever has
a copy of the database *and* the key from seeing more than who voted between two stirs
(docs/decisions/0048). Papers that were sealed with an earlier key are sealed with the present one.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col

from app.ballots.models import Ballot
from app.core.database import Database
from app.core.settings import Settings
from app.voting.models import BallotPaper
from app.voting.seal import clear_traces, hold_box, open_paper, put_back, take_papers
from app.voting.sealing import PaperDoesNotOpen, PaperSeal, seal_of

# Papers in one transaction. On SQLite votes wait for it, and must not on a busy machine either.
AT_ONCE = {"sqlite": 3000, "postgresql": 20_000}
# Seconds between two such transactions, in which SQLite takes votes.
BREATH = 0.3
log = structlog.get_logger()


@dataclass(frozen=True)
class Stirred:
    """What became of one box.

    Attributes:
        slug: the ballot.
        papers: how many were rewritten.
        unopened: how many of those no key at hand opens; they were left as they are.
        whole: whether it came to the end, and was not told to stop before.
    """

    slug: str
    papers: int
    unopened: int
    whole: bool = True


def never() -> bool:
    """Say that it is not time to stop."""
    return False


def stir_boxes(
    database: Database, *, settings: Settings, now: datetime, over: Callable[[], bool] = never
) -> list[Stirred]:
    """Stir every box that holds sealed papers, now.

    Votes go on meanwhile, and each is there afterwards, found by its receipt as before.

    Args:
        database: where the boxes are.
        settings: the keys. Papers are sealed with the present one.
        now: this moment.
        over: says whether to stop between two transactions; what was not stirred waits.
    """
    with database.reading() as session:
        boxes = running_boxes(session, now=now)
    return [stir_running_box(database, *box, settings=settings, over=over) for box in boxes]


def running_boxes(session: Session, *, now: datetime) -> list[tuple[int, str]]:
    """Return key and slug of the ballots that have opened and whose papers are still sealed."""
    rows = session.execute(
        sa.select(col(Ballot.id), col(Ballot.slug))
        .where(
            col(Ballot.frozen_at).is_not(None),
            col(Ballot.opens_at) <= now,
            col(Ballot.stirred_at).is_(None),
        )
        .order_by(col(Ballot.id))
    )
    return [(key, slug) for key, slug in rows]


def stir_running_box(
    database: Database,
    ballot_id: int,
    slug: str,
    *,
    settings: Settings,
    over: Callable[[], bool] = never,
) -> Stirred:
    """Rewrite the papers of a running ballot: sealed anew, under new ids, in random order.

    A large box is taken in several transactions, each of a random part of it.
    """
    seal = seal_of(settings, slug)
    with database.reading() as session:
        at_once = AT_ONCE[database.engine.dialect.name]
        parts = _parts(session, ballot_id, at_once=at_once)
    papers, unopened, whole = 0, 0, True
    for part in parts:
        if papers:
            time.sleep(BREATH if database.is_sqlite else 0)
        if over():
            whole = False
            break
        with database.writing() as session:
            rewritten, shut = _stir_part(session, ballot_id, part, seal=seal)
        papers, unopened = papers + rewritten, unopened + shut
    if papers:
        clear_traces(database)
    if unopened:
        log.error("papers_do_not_open", ballot=slug, papers=unopened)
    return Stirred(slug, papers=papers, unopened=unopened, whole=whole)


def _parts(session: Session, ballot_id: int, *, at_once: int) -> list[Sequence[bytes]]:
    """Return the ids of a box in parts. Ids are random, so each part is a random one."""
    key = col(BallotPaper.id)
    held = session.scalars(
        sa.select(key).where(col(BallotPaper.ballot_id) == ballot_id).order_by(key)
    ).all()
    return [held[start : start + at_once] for start in range(0, len(held), at_once)]


def _stir_part(
    session: Session, ballot_id: int, part: Sequence[bytes], *, seal: PaperSeal
) -> tuple[int, int]:
    """Rewrite some papers; return how many, and how many of them do not open."""
    hold_box(session, ballot_id)
    if _is_counted(session, ballot_id):
        return 0, 0
    unopened = 0
    which = (col(BallotPaper.ballot_id) == ballot_id) & col(BallotPaper.id).in_(part)
    papers = list(take_papers(session, which))
    for paper in papers:
        try:
            found = open_paper(paper, seal=seal)
        except PaperDoesNotOpen:
            # Kept as it is: with the right key it still counts.
            unopened += 1
            continue
        paper["sealed"] = seal.seal(**found._asdict())
        paper["receipt_digest"] = seal.lookup(found.receipt_digest)
    put_back(session, papers)
    return len(papers), unopened


def _is_counted(session: Session, ballot_id: int) -> bool:
    """Say whether the count began while we waited for the box: then papers are open for good."""
    stirred_at = sa.select(col(Ballot.stirred_at)).where(col(Ballot.id) == ballot_id)
    return session.execute(stirred_at).scalar_one() is not None
