"""Queries about who made the cut-off."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy import func
from sqlmodel import Session, col

from app.ballots.models import RollEntry
from app.roll.models import Member
from app.rules.entitlement import Standing


def numbers_on_frozen_roll(session: Session, ballot_id: int, *, joined_since: date) -> set[str]:
    """Return the membership numbers on a frozen roll of those who joined on a day or later."""
    # By the roll's own day of joining, which may have been put right since the freeze.
    rows = session.scalars(
        sa.select(col(RollEntry.membership_number))
        .join(Member, col(Member.id) == col(RollEntry.member_id))
        .where(
            col(RollEntry.ballot_id) == ballot_id,
            col(RollEntry.on_roll),
            col(Member.joined_on) >= joined_since,
        )
    )
    return set(rows)


def standings_joined_between(
    session: Session, *, after: date, until: date, branch: str | None = None
) -> list[tuple[Standing, int]]:
    """Return what the roll says of those who joined after one day and by another.

    Members whose facts are alike are counted together. With a branch, those in it alone.
    """
    within = [] if branch is None else [col(Member.branch) == branch]
    facts = [col(getattr(Member, field)) for field in Standing._fields]
    rows = session.execute(
        sa.select(*facts, func.count())
        .where(col(Member.joined_on) > after, col(Member.joined_on) <= until, *within)
        .group_by(*facts)
    )
    return [(Standing(*standing), int(alike)) for *standing, alike in rows]
