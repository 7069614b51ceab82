"""Queries about who made the cut-off."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.models import RollEntry
from app.roll.models import Member


def numbers_on_frozen_roll(session: Session, ballot_id: int, *, joined_since: date) -> set[str]:
    """Return the membership numbers on a frozen roll of those who joined on a day or later."""
    # By the roll's own day of joining, which may have been put right since the freeze.
    rows = session.scalars(
        sa.select(col(RollEntry.membership_number))
        .join(Member, col(Member.id) == col(RollEntry.member_id))
        .where(col(RollEntry.ballot_id) == ballot_id, col(Member.joined_on) >= joined_since)
    )
    return set(rows)
