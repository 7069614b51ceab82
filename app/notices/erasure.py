"""What mail holds about one member: shown to them, and forgotten with them."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.notices.bounce_models import Bounce
from app.notices.models import Delivery, MemberRequest, OutboxMessage
from app.roll.models import Member

TABLES = ("outbox", "member_request", "bounce")
ERASED = "The member was erased."


def held_in_mail(session: Session, member: Member) -> dict[str, Any]:
    """Return the messages to a member and what somebody asked for under their number."""
    messages = session.execute(
        sa.select(OutboxMessage)
        .where(col(OutboxMessage.member_id) == member.id)
        .order_by(col(OutboxMessage.id))
    ).scalars()
    asked = session.execute(
        sa.select(MemberRequest).where(col(MemberRequest.number) == member.membership_number)
    ).scalars()
    came_back = session.execute(
        sa.select(Bounce).where(col(Bounce.member_id) == member.id).order_by(col(Bounce.id))
    ).scalars()
    of_message = {"purpose", "address", "language", "state", "queued_at", "settled_at", "reply"}
    return {
        "messages": [row.model_dump(include=of_message) for row in messages],
        "came_back": [
            row.model_dump(include={"address", "hard", "status", "heard_at"}) for row in came_back
        ],
        "requests": [row.model_dump(exclude={"id"}) for row in asked],
    }


def forget_member(session: Session, member: Member) -> None:
    """Take a member out of the ledger, which keeps that a message was sent, and not to whom."""
    theirs = col(OutboxMessage.member_id) == member.id
    session.execute(
        sa.update(OutboxMessage)
        .where(theirs, col(OutboxMessage.state).in_((Delivery.QUEUED, Delivery.SENDING)))
        .values(state=Delivery.DROPPED)
    )
    session.execute(
        sa.update(OutboxMessage)
        .where(theirs)
        .values(member_id=None, address="", message_id=None, reply=ERASED)
    )
    session.execute(sa.delete(Bounce).where(col(Bounce.member_id) == member.id))
    session.execute(
        sa.delete(MemberRequest).where(col(MemberRequest.number) == member.membership_number)
    )
