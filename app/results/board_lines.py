"""The papers of a counted box in the order of their random ids, as lines of its board."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.merkle import Complete
from app.core.tiles import WIDTH, complete_from
from app.results.leaves import Form, Paper, leaf_of
from app.results.models import BoardTile
from app.voting.models import BallotPaper

SLICE = 5000
NO_ANSWER = "{}"


@dataclass(frozen=True)
class Line:
    """One line of a board.

    Attributes:
        paper_id: the key of its paper, which is never shown.
        index: its place, from 0.
        leaf: its bytes, without a line feed.
    """

    paper_id: bytes
    index: int
    leaf: bytes


def board_lines(
    session: Session,
    ballot_id: int,
    *,
    form: Form,
    after: Line | None = None,
    limit: int | None = None,
) -> Iterator[Line]:
    """Yield the lines of a board in their order.

    Args:
        session: a session that reads.
        ballot_id: whose papers; the box has been stirred for the count.
        form: how this board is written.
        after: the line before the first one to yield; None begins at the beginning.
        limit: how many lines at most.
    """
    wanted = _papers(ballot_id).order_by(col(BallotPaper.id))
    if after is not None:
        wanted = wanted.where(col(BallotPaper.id) > after.paper_id)
    rows = session.execute(wanted.limit(limit).execution_options(yield_per=SLICE))
    start = after.index + 1 if after is not None else 0
    for index, row in enumerate(rows, start=start):
        yield _line(*row, index=index, form=form)


def papers_in_order(session: Session, ballot_id: int) -> Iterator[Paper]:
    """Yield the papers of a board in the order of its lines: for the scrutineer's recount."""
    rows = session.execute(
        _papers(ballot_id).order_by(col(BallotPaper.id)).execution_options(yield_per=SLICE)
    )
    for _, digest, answers, unit in rows:
        yield Paper(digest, answers=answers or NO_ANSWER, unit=unit)


def lines_with(session: Session, ballot_id: int, *, form: Form, receipt: bytes) -> list[Line]:
    """Return the lines whose papers carry a receipt: one, none, or more where it was used twice.

    Args:
        session: a session that reads.
        ballot_id: whose board.
        form: how it is written.
        receipt: the digest of a receipt (32 bytes).
    """
    # In two steps: asked for more than the index of receipts holds, SQLite reads the whole ballot.
    keys = session.scalars(
        sa.select(col(BallotPaper.id)).where(
            col(BallotPaper.ballot_id) == ballot_id, col(BallotPaper.receipt_digest) == receipt
        )
    ).all()
    wanted = _papers(ballot_id).where(col(BallotPaper.id).in_(keys))
    rows = session.execute(wanted.order_by(col(BallotPaper.id))).all()
    return [_line(*row, index=_place_of(session, ballot_id, row[0]), form=form) for row in rows]


def hashes_of(session: Session, ballot_id: int) -> Complete:
    """Return what gives the hash of any complete subtree of a board, each tile read once."""
    read: dict[tuple[int, int], bytes] = {}

    def tile(level: int, number: int) -> bytes:
        if (level, number) not in read:
            found = session.get_one(BoardTile, (ballot_id, level, number))
            read[level, number] = found.hashes
        return read[level, number]

    return complete_from(tile)


def _line(  # noqa: PLR0913 - a row is this many columns
    key: bytes, digest: bytes, answers: str | None, unit: str | None, *, index: int, form: Form
) -> Line:
    # What came in sealed after the stir did not come through the box: it answers nothing.
    paper = Paper(digest, answers=answers or NO_ANSWER, unit=unit)
    return Line(key, index=index, leaf=leaf_of(paper, index=index, form=form))


def _papers(ballot_id: int) -> sa.Select[bytes, bytes, str | None, str | None]:
    return sa.select(
        col(BallotPaper.id),
        col(BallotPaper.receipt_digest),
        col(BallotPaper.answers),
        col(BallotPaper.unit),
    ).where(col(BallotPaper.ballot_id) == ballot_id)


def _place_of(session: Session, ballot_id: int, paper_id: bytes) -> int:
    """Return the place of a paper, from its tile: no more than 256 papers are looked at."""
    number, first = session.execute(
        sa.select(col(BoardTile.number), col(BoardTile.first_paper))
        .where(col(BoardTile.ballot_id) == ballot_id, col(BoardTile.first_paper) <= paper_id)
        .order_by(col(BoardTile.first_paper).desc())
        .limit(1)
    ).one()
    before = session.execute(
        sa.select(sa.func.count()).where(
            col(BallotPaper.ballot_id) == ballot_id,
            col(BallotPaper.id) >= first,
            col(BallotPaper.id) < paper_id,
        )
    ).scalar_one()
    return int(number) * WIDTH + int(before)
