"""What the messages of a ballot say of it, as it stands at the moment of asking."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.models import Ballot, Question

_FACTS = (
    sa.select(
        col(Ballot.title),
        col(Ballot.opens_at),
        col(Ballot.closes_at),
        col(Ballot.cancelled_at),
        col(Question.text),
    )
    .outerjoin(Question, col(Question.ballot_id) == col(Ballot.id))
    .where(col(Ballot.id) == sa.bindparam("ballot"))
    .order_by(col(Question.position))
)


@dataclass(frozen=True, slots=True)
class Facts:
    """A ballot as its messages have it. What it asks is a question a line."""

    title: str
    opens_at: datetime
    closes_at: datetime
    cancelled_at: datetime | None
    question: str


def facts_of(session: Session, ballot_id: int) -> Facts:
    """Return what a ballot's messages say of it."""
    rows = session.connection().execute(_FACTS, {"ballot": ballot_id}).all()
    title, opens_at, closes_at, cancelled_at, _ = rows[0]
    question = "\n".join(text for *_, text in rows if text is not None)
    return Facts(title, opens_at, closes_at, cancelled_at, question)
