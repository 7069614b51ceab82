"""Messages in hand: taken just before their text goes out, and stored with what leaves.

A worker asks this several times a second while all else waits for the processor, so that it deals
in plain rows and in statements that are put together once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from app.notices.models import Delivery, MailSwitch, OutboxMessage

# How long a message in hand may wait for the server's answer before it counts as unsure: longer
# than the longest patience with one (app/notices/line.py).
IN_HAND = timedelta(minutes=10)
OUTBOX = OutboxMessage.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
SWITCH = MailSwitch.__table__  # type: ignore[attr-defined]  # the same


@dataclass(slots=True)
class InHand:
    """A message that is being handed over; what is changed of it here, `store` writes down."""

    id: int
    purpose: str
    ballot_id: int | None
    entry_id: int | None
    member_id: int | None
    address: str
    language: str
    state: str
    attempts: int
    due_at: datetime
    worker: str | None
    claimed_until: datetime | None
    settled_at: datetime | None
    message_id: str | None
    code_digest: bytes | None
    replaced_digest: bytes | None
    test_of: str | None
    reply: str


_TAKE = (
    sa.update(OUTBOX)
    .where(
        OUTBOX.c.id.in_(sa.bindparam("messages", expanding=True)),
        # Not as the index has it: SQLite would read all that is queued by that, and not by keys.
        sa.func.coalesce(OUTBOX.c.state, "") == Delivery.QUEUED,
        OUTBOX.c.worker == sa.bindparam("ours"),
        # Asked in the same breath, so that from the moment of a pause nothing more is begun.
        ~sa.exists().where(SWITCH.c.paused_at.is_not(None)),
    )
    .values(
        state=Delivery.SENDING,
        attempts=OUTBOX.c.attempts + 1,
        claimed_until=sa.bindparam("until"),
    )
    .returning(*(OUTBOX.c[name] for name in InHand.__slots__))
)
_LEAVES = ("address", "language", "message_id", "code_digest", "replaced_digest")
_STAYS = (
    *("address", "language", "state", "attempts", "due_at"),
    *("worker", "claimed_until", "settled_at", "reply"),
)


def _update_of(names: tuple[str, ...]) -> sa.Update:
    statement = sa.update(OUTBOX).where(OUTBOX.c.id == sa.bindparam("message"))
    return statement.values({OUTBOX.c[name]: sa.bindparam(name) for name in names})


_STORE_LEAVING, _STORE_STAYING = _update_of(_LEAVES), _update_of(_STAYS)


def take_in_hand(
    session: Session, messages: Collection[int], *, worker: str, now: datetime
) -> list[InHand]:
    """Mark messages as being handed over, and return those that are still this worker's.

    While mail is paused that is none of them.
    """
    facts = {"messages": list(messages), "ours": worker, "until": now + IN_HAND}
    taken = session.connection().execute(_TAKE, facts)
    return sorted((InHand(*row) for row in taken), key=lambda row: row.id)


def store(session: Session, rows: Collection[InHand]) -> None:
    """Store what was changed of messages in hand, in the transaction that took them."""
    leaving = [row for row in rows if row.state == Delivery.SENDING]
    staying = [row for row in rows if row.state != Delivery.SENDING]
    for some, names, statement in (
        (leaving, _LEAVES, _STORE_LEAVING),
        (staying, _STAYS, _STORE_STAYING),
    ):
        if some:
            facts = [{"message": r.id} | {name: getattr(r, name) for name in names} for r in some]
            session.connection().execute(statement, facts)
