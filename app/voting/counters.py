"""Turnout as the box counts it: how many papers came from each cell of the roll."""

import sqlalchemy as sa
from sqlalchemy import func
from sqlmodel import Session, col

from app.voting.models import TurnoutCounter


def votes_by_cell(session: Session, ballot_id: int) -> dict[int, int]:
    """Return cell id to votes cast, summed over processes; cells without votes are absent."""
    rows = session.execute(
        sa.select(col(TurnoutCounter.cell_id), func.sum(col(TurnoutCounter.votes_cast)))
        .where(col(TurnoutCounter.ballot_id) == ballot_id)
        .group_by(col(TurnoutCounter.cell_id))
    )
    return {cell_id: int(votes) for cell_id, votes in rows}
