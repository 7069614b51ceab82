"""Turnout as the box counts it: how many papers came from each cell of the roll."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import func
from sqlmodel import Session, col

from app.ballots.models import Ballot
from app.voting.models import TurnoutCounter


def votes_by_cell(session: Session, ballot_id: int) -> dict[int, int]:
    """Return cell id to votes cast, summed over processes; cells without votes are absent."""
    rows = session.execute(
        sa.select(col(TurnoutCounter.cell_id), func.sum(col(TurnoutCounter.votes_cast)))
        .where(col(TurnoutCounter.ballot_id) == ballot_id)
        .group_by(col(TurnoutCounter.cell_id))
    )
    return {cell_id: int(votes) for cell_id, votes in rows}


def votes_by_ballot(session: Session, ballot_ids: Collection[int]) -> dict[int, int]:
    """Return ballot id to votes cast, for those asked about; ballots without votes are absent."""
    rows = session.execute(
        sa.select(col(TurnoutCounter.ballot_id), func.sum(col(TurnoutCounter.votes_cast)))
        .where(col(TurnoutCounter.ballot_id).in_(ballot_ids))
        .group_by(col(TurnoutCounter.ballot_id))
    )
    return {ballot_id: int(votes) for ballot_id, votes in rows}


def turnout_version(session: Session, slug: str) -> tuple[int, str | None]:
    """Return what turnout follows from, by a ballot's slug: the cheapest sign that it moved.

    Its votes, and the digest of its roll, which every change of those entitled changes.
    """
    # PostgreSQL cannot even look for it.
    if "\0" in slug:
        return 0, None
    # The sum by itself: joined, the database carries the digest through every counter.
    votes = (
        sa.select(func.sum(col(TurnoutCounter.votes_cast)))
        .where(col(TurnoutCounter.ballot_id) == col(Ballot.id))
        .scalar_subquery()
    )
    row = session.execute(
        sa.select(votes, col(Ballot.roll_digest)).where(col(Ballot.slug) == slug)
    ).first()
    return (0, None) if row is None else (int(row[0] or 0), row[1])
