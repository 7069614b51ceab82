"""Whom messages in hand are for, as the roll has them at this moment: one question for a batch."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.models import Credential, RollEntry
from app.notices.bounces import has_dead_address
from app.notices.in_hand import OUTBOX
from app.roll.models import Member


@dataclass(frozen=True, slots=True)
class Recipient:
    """A member as a message finds them.

    Attributes:
        is_dead: whether mail to their address came back for good.
        is_off_roll: whether they were taken off the roll of the message's ballot.
        live_code: the digest of the code with which they could vote in it now.
    """

    member_id: int
    given_name: str
    family_name: str
    email: str
    mobile: str
    language: str
    is_dead: bool
    is_off_roll: bool
    live_code: bytes | None


_RECIPIENTS = (
    sa.select(
        OUTBOX.c.id,
        col(Member.id),
        col(Member.given_name),
        col(Member.family_name),
        col(Member.email),
        col(Member.mobile),
        col(Member.language),
        has_dead_address(),
        # About no ballot there is no entry.
        sa.func.coalesce(~col(RollEntry.on_roll), sa.false()),
        col(Credential.digest),
    )
    .select_from(OUTBOX)
    .join(Member, col(Member.id) == OUTBOX.c.member_id)
    .outerjoin(RollEntry, col(RollEntry.id) == OUTBOX.c.entry_id)
    .outerjoin(
        Credential,
        (col(Credential.ballot_id) == OUTBOX.c.ballot_id)
        & (col(Credential.entry_id) == OUTBOX.c.entry_id)
        & col(Credential.revoked_at).is_(None),
    )
    .where(OUTBOX.c.id.in_(sa.bindparam("messages", expanding=True)))
)


def recipients_of(session: Session, messages: Collection[int]) -> Mapping[int, Recipient]:
    """Return whom some messages are for, by the message's key; a test is for nobody."""
    found = session.connection().execute(_RECIPIENTS, {"messages": list(messages)})
    return {message: Recipient(*facts) for message, *facts in found}
