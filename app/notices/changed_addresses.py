"""What came back or was refused goes out once more where the roll has another address by now."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.ballots.lifecycle import still_runs
from app.ballots.models import Ballot
from app.core.database import Database
from app.notices.bounce_models import Bounce
from app.notices.bounces import SUPPRESSED, deliverable_or_empty
from app.notices.models import Delivery, OutboxMessage, Purpose
from app.roll.models import Member

Row = OutboxMessage
SENT_AGAIN = (Purpose.INVITATION, Purpose.NEW_LINK)
SLICE = 500


def queue_to_changed_addresses(database: Database, *, now: datetime) -> int:
    """Queue what came back or was refused once more where the roll has another address now.

    Only while its ballot runs. Looked for by reading, so that votes wait only for what is found.
    """
    changed = _changed(database, now=now)
    if not changed:
        return 0
    with database.writing() as session:
        queued = session.execute(
            sa.update(Row)
            .where(
                col(Row.id).in_(changed),
                col(Row.state).in_((Delivery.ACCEPTED, Delivery.REFUSED, Delivery.DROPPED)),
            )
            .values(
                state=Delivery.QUEUED,
                worker=None,
                claimed_until=None,
                settled_at=None,
                attempts=0,
                due_at=now,
            )
            .returning(col(Row.id))
            .execution_options(synchronize_session=False)
        )
        return len(queued.all())


def _changed(database: Database, *, now: datetime) -> list[int]:
    """Return the next few messages whose member has another address that mail can go to.

    The whole outbox is gone through: those who only spell theirs otherwise, or have one that cannot
    be, stay where they are for as long as the ballot runs, and must not stand before the others.
    """
    changed: list[int] = []
    after = 0
    with database.reading() as session:
        while len(changed) < SLICE:
            rows = session.execute(_with_another_address(after=after, now=now)).all()
            changed += [
                row.id for row in rows if deliverable_or_empty(row.email) not in {"", row.address}
            ]
            if len(rows) < SLICE:
                break
            after = rows[-1].id
    return changed[:SLICE]


def _with_another_address(*, after: int, now: datetime) -> sa.Select[Any]:
    came_back = (col(Row.state) == Delivery.ACCEPTED) & col(Row.message_id).in_(
        sa.select(col(Bounce.message_id))
    )
    suppressed = (col(Row.state) == Delivery.DROPPED) & (col(Row.reply) == SUPPRESSED)
    columns: list[sa.ColumnElement[Any]] = [
        sa.label("id", col(Row.id)),
        sa.label("address", col(Row.address)),
        sa.label("email", col(Member.email)),
    ]
    return (
        sa.select(*columns)
        .join(Member, col(Member.id) == col(Row.member_id))
        .join(Ballot, col(Ballot.id) == col(Row.ballot_id))
        .where(
            sa.or_(came_back, suppressed, col(Row.state) == Delivery.REFUSED),
            col(Row.purpose).in_([str(each) for each in SENT_AGAIN]),
            col(Member.email) != col(Row.address),
            col(Member.email) != "",
            still_runs(now=now),
            col(Row.id) > after,
        )
        .order_by(col(Row.id))
        .limit(SLICE)
    )
