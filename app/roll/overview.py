"""The roll at a glance: how many are in each branch, and the names that stand on it."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy import func
from sqlmodel import Session, col

from app.roll.models import Member


@dataclass(frozen=True, slots=True)
class BranchSize:
    """How many of a branch's people on the roll belong to the union, and how many have left."""

    branch: str
    members: int
    left: int


@dataclass(frozen=True, slots=True)
class NamesOnRoll:
    """Every category, branch, region, employer and workplace that somebody on the roll has."""

    categories: tuple[str, ...]
    branches: tuple[str, ...]
    regions: tuple[str, ...]
    employers: tuple[str, ...]
    workplaces: tuple[str, ...]


def branch_sizes(session: Session, *, today: date) -> list[BranchSize]:
    """Return the size of every branch, in alphabetical order.

    Args:
        session: reads.
        today: whoever left on this London day or before it has left.
    """
    has_left = sa.case((col(Member.left_on) <= today, 1), else_=0)
    rows = session.execute(
        sa.select(col(Member.branch), func.count(), func.coalesce(func.sum(has_left), 0))
        .group_by(col(Member.branch))
        .order_by(col(Member.branch))
    )
    return [BranchSize(branch, total - int(left), left=int(left)) for branch, total, left in rows]


def names_on_roll(session: Session) -> NamesOnRoll:
    """Return the names that stand on the roll, each list in alphabetical order."""
    return NamesOnRoll(
        categories=_names(session, "category"),
        branches=_names(session, "branch"),
        regions=_names(session, "region"),
        employers=_names(session, "employer"),
        workplaces=_names(session, "workplace"),
    )


def _names(session: Session, field: str) -> tuple[str, ...]:
    column = col(getattr(Member, field))
    names = session.execute(sa.select(column).where(column != "").distinct())
    return tuple(sorted(name for (name,) in names))
