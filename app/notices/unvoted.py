"""Who is written to because they have not voted, and the messages that wait for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.models import Credential, RollEntry
from app.ballots.repository import Cell, cells_of
from app.core.settings import Settings
from app.notices.bounces import no_mail_reaches
from app.notices.models import Delivery, OutboxMessage, Purpose
from app.notices.quiet import Span
from app.roll.cells import folded_branch
from app.roll.models import Member
from app.voting.marked_roll import not_voted

# What was sent, or may have been, or will be.
COUNTS_FOR_THE_CAP = (Delivery.QUEUED, Delivery.SENDING, Delivery.ACCEPTED, Delivery.UNSURE)


class Addressee(NamedTuple):
    """An entry of the roll whose member can be reached, has a code, and has not voted."""

    entry_id: int
    member_id: int
    language: str
    by_text: bool


@dataclass(frozen=True)
class Whom:
    """Who of those who have not voted is meant.

    Attributes:
        branch: in this one; None is every branch.
        cap: only who was reminded less often; None reckons nothing up.
        texts: also those whom only a mobile reaches.
    """

    branch: str | None
    cap: int | None
    texts: bool


def cells_in(session: Session, ballot_id: int, *, branch: str) -> list[Cell]:
    """Return the cells of a branch on a frozen roll, however it is spelled there."""
    own = folded_branch(branch)
    return [cell for cell in cells_of(session, ballot_id) if folded_branch(cell.branch) == own]


def are_enough(session: Session, ballot_id: int, *, whom: Whom, least: int) -> bool:
    """Say whether a message would go to so many if it left now, by mail and by text together."""
    first_few = _whom(session, ballot_id, whom=whom).limit(least).subquery()
    found = session.execute(sa.select(sa.func.count()).select_from(first_few)).scalar_one()
    return int(found) >= least


def next_addressees(
    session: Session, ballot_id: int, *, whom: Whom, after: int, most: int
) -> list[Addressee]:
    """Return the next few in the order of the roll, after an entry."""
    rows = session.execute(
        _whom(session, ballot_id, whom=whom)
        .where(col(RollEntry.id) > after)
        .order_by(col(RollEntry.id))
        .limit(most)
    )
    return [
        Addressee(entry, member, language, bool(text)) for entry, member, language, text in rows
    ]


def _whom(session: Session, ballot_id: int, *, whom: Whom) -> sa.Select[Any]:
    has_code = sa.exists().where(
        col(Credential.ballot_id) == ballot_id,
        col(Credential.entry_id) == col(RollEntry.id),
        col(Credential.revoked_at).is_(None),
    )
    columns: list[sa.ColumnElement[Any]] = [
        sa.label("entry_id", col(RollEntry.id)),
        sa.label("member_id", col(RollEntry.member_id)),
        sa.label("language", col(Member.language)),
        sa.case((no_mail_reaches(), 1), else_=0).label("by_text"),
    ]
    # Nothing is sent to the others, so they are no company for these.
    reached = ~no_mail_reaches()
    if whom.texts:
        reached = sa.or_(reached, col(Member.mobile) != "")
    query = (
        sa.select(*columns)
        .join(Member, col(Member.id) == col(RollEntry.member_id))
        .where(
            col(RollEntry.ballot_id) == ballot_id,
            col(RollEntry.on_roll),
            reached,
            has_code,
            not_voted(ballot_id),
        )
    )
    if whom.branch is not None:
        cells = [cell.id for cell in cells_in(session, ballot_id, branch=whom.branch)]
        query = query.where(col(RollEntry.cell_id).in_(cells))
    return query if whom.cap is None else query.where(_reminded(ballot_id) < whom.cap)


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
                "by_text": each.by_text,
                "address": "",
                "language": each.language,
                "state": Delivery.QUEUED,
                "attempts": 0,
                "queued_at": now,
                "due_at": span.random_moment(hours=quiet),
                "reply": "",
            }
            for each in addressees
        ],
    )
