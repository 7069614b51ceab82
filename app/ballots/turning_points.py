"""The moments at which a ballot opens and closes, for whoever must do something then."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.ballots.models import Ballot


def turning_points(session: Session, since: datetime, now: datetime) -> Sequence[str]:
    """Name every opening and close of a frozen ballot after one moment, and up to another."""
    ballots = session.exec(
        select(Ballot)
        .where(
            col(Ballot.frozen_at).is_not(None),
            sa.or_(_between(Ballot.opens_at, since, now), _between(Ballot.closes_at, since, now)),
        )
        .order_by(col(Ballot.slug))
    ).all()
    opened = [f"{each.slug} opens" for each in ballots if since < each.opens_at <= now]
    closed = [f"{each.slug} closes" for each in ballots if since < each.closes_at <= now]
    return [*opened, *closed]


def _between(column: datetime, since: datetime, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(col(column) > since, col(column) <= now)
