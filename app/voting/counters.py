"""Turnout as the box counts it: how many papers came from each cell of the roll."""

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


def votes_so_far(session: Session, slug: str) -> int:
    """Return how many votes a ballot has, by its slug: the cheapest sign that turnout moved."""
    # PostgreSQL cannot even look for it.
    if "\0" in slug:
        return 0
    total = session.execute(
        sa.select(func.coalesce(func.sum(col(TurnoutCounter.votes_cast)), 0))
        .join(Ballot, col(Ballot.id) == col(TurnoutCounter.ballot_id))
        .where(col(Ballot.slug) == slug)
    ).scalar_one()
    return int(total)
