"""Who is written to because they have not voted, and the messages that wait for them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.models import Credential, RollEntry
from app.ballots.repository import Cell, cells_of
from app.core.settings import Settings
from app.notices.bounces import has_dead_address
from app.notices.models import Delivery, OutboxMessage, Purpose
from app.notices.quiet import after_quiet
from app.roll.cells import folded_branch
from app.roll.models import Member
from app.voting.marked_roll import not_voted

# What was sent, or may have been, or will be.
COUNTS_FOR_THE_CAP = (Delivery.QUEUED, Delivery.SENDING, Delivery.ACCEPTED, Delivery.UNSURE)


class Addressee(NamedTuple):
    """An entry of the roll whose member has an address and a code, and has not voted."""

    entry_id: int
    member_id: int
    language: str


@dataclass(frozen=True)
class Span:
    """Between which moments messages leave, each at one of its own."""

    begins_at: datetime
    ends_at: datetime


def cells_in(session: Session, ballot_id: int, *, branch: str) -> list[Cell]:
    """Return the cells of a branch on a frozen roll, however it is spelled there."""
    own = folded_branch(branch)
    return [cell for cell in cells_of(session, ballot_id) if folded_branch(cell.branch) == own]


def count_addressees(
    session: Session, ballot_id: int, *, branch: str | None, cap: int | None
) -> int:
    """Count whom a message would go to if it left now."""
    whom = _whom(session, ballot_id, branch=branch, cap=cap).subquery()
    return int(session.execute(sa.select(sa.func.count()).select_from(whom)).scalar_one())


def next_addressees(  # noqa: PLR0913 - a slice of the roll is this many facts
    session: Session,
    ballot_id: int,
    *,
    branch: str | None,
    cap: int | None,
    after: int,
    most: int,
) -> list[Addressee]:
    """Return the next few in the order of the roll, after an entry."""
    rows = session.execute(
        _whom(session, ballot_id, branch=branch, cap=cap)
        .where(col(RollEntry.id) > after)
        .order_by(col(RollEntry.id))
        .limit(most)
    )
    return [Addressee(*row) for row in rows]


def _whom(
    session: Session, ballot_id: int, *, branch: str | None, cap: int | None
) -> sa.Select[Any]:
    has_code = sa.exists().where(
        col(Credential.ballot_id) == ballot_id,
        col(Credential.entry_id) == col(RollEntry.id),
        col(Credential.revoked_at).is_(None),
    )
    columns: list[sa.ColumnElement[Any]] = [
        sa.label("entry_id", col(RollEntry.id)),
        sa.label("member_id", col(RollEntry.member_id)),
        sa.label("language", col(Member.language)),
    ]
    query = (
        sa.select(*columns)
        .join(Member, col(Member.id) == col(RollEntry.member_id))
        .where(
            col(RollEntry.ballot_id) == ballot_id,
            col(RollEntry.on_roll),
            col(Member.email) != "",
            # Nothing is sent to these, so they are no company for the others.
            ~has_dead_address(),
            has_code,
            not_voted(ballot_id),
        )
    )
    if branch is not None:
        cells = [cell.id for cell in cells_in(session, ballot_id, branch=branch)]
        query = query.where(col(RollEntry.cell_id).in_(cells))
    return query if cap is None else query.where(_reminded(ballot_id) < cap)


def _reminded(ballot_id: int) -> sa.ScalarSelect[Any]:
    return (
        sa.select(sa.func.count())
        .select_from(OutboxMessage)
        .where(
            col(OutboxMessage.ballot_id) == ballot_id,
            col(OutboxMessage.entry_id) == col(RollEntry.id),
            col(OutboxMessage.purpose) == Purpose.REMINDER,
            col(OutboxMessage.state).in_(COUNTS_FOR_THE_CAP),
        )
        .correlate(RollEntry)
        .scalar_subquery()
    )


def queue_for(  # noqa: PLR0913 - messages are this many facts
    session: Session,
    addressees: Sequence[Addressee],
    *,
    ballot_id: int,
    purpose: Purpose,
    job: int,
    span: Span,
    settings: Settings,
    now: datetime,
) -> None:
    """Put a message for each into the outbox, each due at a random moment of its own."""
    quiet = settings.quiet_hours if purpose == Purpose.REMINDER else None
    session.execute(
        sa.insert(OutboxMessage),
        [
            {
                "key": f"{purpose}/{job}/{each.entry_id}",
                "purpose": purpose,
                "ballot_id": ballot_id,
                "entry_id": each.entry_id,
                "member_id": each.member_id,
                "address": "",
                "language": each.language,
                "state": Delivery.QUEUED,
                "attempts": 0,
                "queued_at": now,
                "due_at": _random_moment(span, settings=settings) if quiet else _within(span),
                "reply": "",
            }
            for each in addressees
        ],
    )


def _within(span: Span) -> datetime:
    milliseconds = int((span.ends_at - span.begins_at) / timedelta(milliseconds=1))
    return span.begins_at + timedelta(milliseconds=secrets.randbelow(max(milliseconds, 1)))


def _random_moment(span: Span, *, settings: Settings) -> datetime:
    """Return a moment of the span; what falls into quiet hours is spread anew after them."""
    moment = _within(span)
    later = after_quiet(moment, hours=settings.quiet_hours)
    return moment if later == moment else later + (moment - span.begins_at)
