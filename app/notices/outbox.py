"""The outbox as statements: claim, take in hand, settle, release, try again.

A message is claimed by a worker for a short while, and taken in hand just before its text goes out.
Both are conditional updates, so that of two workers one has it (docs/decisions/0031).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import or_
from sqlmodel import Session, col

from app.notices.in_hand import OUTBOX
from app.notices.line import Answer, Fate
from app.notices.models import NOT_NEEDED, Delivery, MailSwitch, OutboxMessage, Purpose
from app.notices.unused_codes import take_back

# How long a claimed message waits for its worker before another may claim it.
CLAIM = timedelta(minutes=2)
BEHIND = timedelta(seconds=5)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
# With these pauses that is a day.
MOST_TRIES = 30
STOPPED = "Muster was stopped while it handed this message over."
Row = OutboxMessage
# The server has these, or may have them: nothing is taken back.
_STATES = {Fate.ACCEPTED: Delivery.ACCEPTED, Fate.UNSURE: Delivery.UNSURE}
_SETTLE = (
    sa.update(OUTBOX)
    .where(
        OUTBOX.c.id == sa.bindparam("message"),
        OUTBOX.c.worker == sa.bindparam("ours"),
        or_(OUTBOX.c.state == Delivery.SENDING, OUTBOX.c.state == Delivery.UNSURE),
    )
    .values(
        state=sa.bindparam("state"),
        reply=sa.bindparam("reply"),
        settled_at=sa.bindparam("settled_at"),
        worker=None,
        claimed_until=None,
    )
)


@dataclass(frozen=True)
class Settled:
    """What became of a message in hand."""

    message: int
    answer: Answer | None
    """Nothing where the server was not reached at all: it goes back as it was."""


def claim(
    session: Session, *, worker: str, most: int, now: datetime, texts: bool = False
) -> list[int]:
    """Claim messages that are due, the longest due first, and return their keys."""
    picked = (
        sa.select(col(Row.id))
        .where(
            col(Row.state) == Delivery.QUEUED,
            col(Row.due_at) <= now,
            _leaves_as(texts=texts),
            or_(col(Row.claimed_until).is_(None), col(Row.claimed_until) < now),
        )
        .order_by(col(Row.due_at), col(Row.id))
        .limit(most)
        .with_for_update(skip_locked=True)  # SQLite has one writer anyway and leaves it out
        .cte("picked")
    )
    claimed = session.execute(
        sa.update(Row)
        .where(col(Row.id).in_(sa.select(picked.c.id)))
        .values(worker=worker, claimed_until=now + CLAIM)
        .returning(col(Row.id))
        .execution_options(synchronize_session=False)
    )
    return sorted(claimed.scalars())


def release(session: Session, *, worker: str) -> None:
    """Give back what a worker claimed and did not begin."""
    session.execute(
        sa.update(Row)
        .where(col(Row.worker) == worker, col(Row.state) == Delivery.QUEUED)
        .values(worker=None, claimed_until=None)
    )


def settle(session: Session, settled: Collection[Settled], *, worker: str, now: datetime) -> None:
    """Write down what became of messages in hand.

    A code that left with a message which the server does not have is nobody's, and is removed;
    the one it replaced works again.
    """
    plain = [
        {
            "message": each.message,
            "ours": worker,
            "state": _STATES[each.answer.fate],
            "reply": each.answer.words,
            "settled_at": now,
        }
        for each in settled
        if each.answer is not None and each.answer.fate in _STATES
    ]
    if plain:
        session.connection().execute(_SETTLE, plain)
    if len(plain) < len(settled):
        kept = {each["message"] for each in plain}
        others = [each for each in settled if each.message not in kept]
        _settle_without(session, others, worker=worker, now=now)


def _settle_without(
    session: Session, settled: Collection[Settled], *, worker: str, now: datetime
) -> None:
    """Settle messages that the server does not have; the codes that left with them go."""
    answers = {each.message: each.answer for each in settled}
    rows = session.execute(
        sa.select(Row).where(
            col(Row.id).in_(answers),
            col(Row.worker) == worker,
            col(Row.state).in_((Delivery.SENDING, Delivery.UNSURE)),
        )
    ).scalars()
    unused = []
    for row in rows:
        if row.code_digest is not None:
            unused.append(row)
        _set_fate(row, answers[row.id or 0], now=now)
    session.flush()
    if unused:
        take_back(session, unused)


def _set_fate(row: Row, answer: Answer | None, *, now: datetime) -> None:
    row.worker, row.claimed_until = None, None
    if answer is None:
        # Behind the others: it may be this very message that ends the connection.
        row.state, row.attempts, row.due_at = Delivery.QUEUED, row.attempts - 1, now + BEHIND
        return
    row.reply = answer.words
    if answer.fate is Fate.LATER and row.attempts < MOST_TRIES:
        pause = max(pause_after(row.attempts), timedelta(seconds=answer.pause))
        row.state, row.due_at = Delivery.QUEUED, now + pause
        return
    fate = Fate.REFUSED if answer.fate is Fate.LATER else answer.fate
    row.state, row.settled_at = Delivery(fate.value), now


def pause_after(tries: int) -> timedelta:
    """Return how long to wait after so many tries: 1, 2, 4 ... minutes, at most an hour."""
    doublings = min(tries - 1, 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def give_up_on_the_lost(session: Session, *, now: datetime) -> int:
    """Call unsure what a worker had in hand when it ended, and return how many those are."""
    lost = session.execute(
        sa.update(Row)
        .where(col(Row.state) == Delivery.SENDING, col(Row.claimed_until) < now)
        .values(state=Delivery.UNSURE, reply=STOPPED, settled_at=now, claimed_until=None)
        .returning(col(Row.id))
        .execution_options(synchronize_session=False)
    )
    return len(lost.all())


def send_again(
    session: Session, ballot_id: int | None, *, purpose: Purpose, state: Delivery, now: datetime
) -> int:
    """Queue messages of a purpose that are unsure or were refused once more; or all ballots'.

    Each goes out with a new code, and the code of its earlier try, if any, dies then.
    """
    statement = sa.update(Row).where(col(Row.state) == state, col(Row.purpose) == purpose)
    if ballot_id is not None:
        statement = statement.where(col(Row.ballot_id) == ballot_id)
    queued = session.execute(
        statement.values(
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


def _leaves_as(*, texts: bool) -> sa.ColumnElement[bool]:
    return col(Row.by_text) == texts


def is_anything_due(session: Session, *, now: datetime, texts: bool = False) -> bool:
    """Whether a message waits to be claimed, or was lost in hand. Reads only."""
    due = (col(Row.state) == Delivery.QUEUED) & (col(Row.due_at) <= now) & _leaves_as(texts=texts)
    lost = (col(Row.state) == Delivery.SENDING) & (col(Row.claimed_until) < now)
    return session.execute(sa.select(col(Row.id)).where(due | lost).limit(1)).first() is not None


def switch_of(session: Session) -> MailSwitch:
    """Return the one row that says whether mail may leave."""
    switch = session.get(MailSwitch, 1)
    assert switch is not None, "the migration made it"  # noqa: S101 - only by hand could it go
    return switch


def numbers_by_state(
    session: Session, *, ballot_id: int | None = None, purpose: str | None = None
) -> Mapping[str, int]:
    """Return how many messages stand where; every state is there.

    One that was not needed counts as accepted: told apart, a single message would say that its
    member had voted (docs/decisions/0040).
    """
    not_needed = (col(Row.state) == Delivery.DROPPED) & (col(Row.reply) == NOT_NEEDED)
    told = sa.case((not_needed, str(Delivery.ACCEPTED)), else_=col(Row.state))
    query = sa.select(told, sa.func.count()).group_by(told)
    if ballot_id is not None:
        query = query.where(col(Row.ballot_id) == ballot_id)
    if purpose is not None:
        query = query.where(col(Row.purpose) == purpose)
    found = {state: number for state, number in session.execute(query)}  # noqa: C416 - rows are not pairs to a type checker
    return {state: int(found.get(state, 0)) for state in Delivery}
