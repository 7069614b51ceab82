"""What the messages of a ballot say of it, as it stands at the moment of asking."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.models import Ballot, Question

_FACTS = sa.select(
    col(Ballot.title), col(Ballot.opens_at), col(Ballot.closes_at), col(Ballot.cancelled_at)
).where(col(Ballot.id) == sa.bindparam("ballot"))
_QUESTIONS = (
    sa.select(col(Question.text))
    .where(col(Question.ballot_id) == sa.bindparam("ballot"))
    .order_by(col(Question.position))
)


@dataclass(frozen=True, slots=True)
class Facts:
    """A ballot as its messages have it."""

    title: str
    opens_at: datetime
    closes_at: datetime
    cancelled_at: datetime | None


def facts_of(session: Session, ballot_id: int) -> Facts:
    """Return what a ballot's messages say of it."""
    return Facts(*session.connection().execute(_FACTS, {"ballot": ballot_id}).one())


def questions_asked(session: Session, ballot_id: int) -> str:
    """Return what a ballot asks, a question a line."""
    found = session.connection().execute(_QUESTIONS, {"ballot": ballot_id})
    return "\n".join(found.scalars())
