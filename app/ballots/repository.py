"""Queries about ballots."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import func
from sqlmodel import Session, col, select

from app.ballots.models import Answer, Ballot, Credential, LeftOut, Question, RollCell, RollEntry
from app.ballots.proposal_models import WindowExtension
from app.ballots.schemas import AnswerIO, QuestionIO
from app.roll.models import Member

SLICE = 5000
# Put together once: mail asks it for every few messages.
_OFF_ROLL = sa.select(RollEntry.__table__.c.id).where(  # type: ignore[attr-defined]  # SQLModel does not declare it
    col(RollEntry.id).in_(sa.bindparam("entries", expanding=True)),
    col(RollEntry.on_roll).is_(False),
)


@dataclass(frozen=True)
class Cell:
    """One cell of a frozen roll.

    Attributes:
        reachable: whether its members had an e-mail address or a mobile number when they came
            onto the roll; None where nobody asked.
        added: how many of those entitled came in by supplement after the freeze.
        removed: how many more there were before they were taken off.
    """

    id: int
    branch: str
    region: str
    employer: str
    workplace: str
    entitled: int
    reachable: bool | None = True
    added: int = 0
    removed: int = 0

    def group(self, grouping: str) -> str:
        """Return the name of the group this cell belongs to in a grouping."""
        return str(getattr(self, grouping))


def find_ballot(session: Session, slug: str) -> Ballot | None:
    """Find a ballot by its slug."""
    # PostgreSQL cannot even look for it.
    if "\0" in slug:
        return None
    return session.exec(select(Ballot).where(Ballot.slug == slug)).first()


def all_ballots(session: Session) -> list[Ballot]:
    """Return every ballot, the newest opening first."""
    return list(session.exec(select(Ballot).order_by(col(Ballot.opens_at).desc(), Ballot.slug)))


def questions_of(session: Session, ballot_id: int) -> list[QuestionIO]:
    """Return the questions on the paper, in order, with their answers in order."""
    answers: dict[str, list[AnswerIO]] = defaultdict(list)
    for answer in session.exec(
        select(Answer).where(Answer.ballot_id == ballot_id).order_by(col(Answer.position))
    ):
        answers[answer.question_key].append(AnswerIO(key=answer.key, text=answer.text))
    rows = session.exec(
        select(Question).where(Question.ballot_id == ballot_id).order_by(col(Question.position))
    )
    return [
        QuestionIO(
            key=row.key,
            text=row.text,
            answers=answers[row.key],
            supported_answer=row.supported_answer,
        )
        for row in rows
    ]


def cells_of(session: Session, ballot_id: int) -> list[Cell]:
    """Return the cells of a frozen roll."""
    rows = session.execute(
        sa.select(
            col(RollCell.id),
            col(RollCell.branch),
            col(RollCell.region),
            col(RollCell.employer),
            col(RollCell.workplace),
            col(RollCell.entitled),
            col(RollCell.reachable),
            col(RollCell.added),
            col(RollCell.removed),
        ).where(col(RollCell.ballot_id) == ballot_id)
    )
    return [Cell(*row) for row in rows]


def entitled_count(session: Session, ballot_id: int) -> int:
    """Return how many are entitled on the frozen roll."""
    total = session.exec(
        select(func.coalesce(func.sum(RollCell.entitled), 0)).where(RollCell.ballot_id == ballot_id)
    ).one()
    return int(total)


def left_out_of(session: Session, ballot_id: int) -> list[LeftOut]:
    """Return how many were left off, by reason."""
    rows = session.exec(
        select(LeftOut).where(LeftOut.ballot_id == ballot_id).order_by(col(LeftOut.reason))
    )
    return list(rows)


def entries_off_roll(session: Session, entry_ids: Collection[int]) -> set[int]:
    """Return which of these entries were taken off the roll."""
    found: set[int] = set()
    asked = sorted(entry_ids)
    for start in range(0, len(asked), SLICE):
        entries = {"entries": asked[start : start + SLICE]}
        found.update(session.connection().execute(_OFF_ROLL, entries).scalars())
    return found


def entries_without_code(session: Session, ballot_id: int) -> Iterator[tuple[int, str, str]]:
    """Yield entry id, membership number and e-mail of each entry that has no live code."""
    live = (
        select(Credential.entry_id)
        .where(Credential.ballot_id == ballot_id, col(Credential.revoked_at).is_(None))
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(col(RollEntry.id), col(RollEntry.membership_number), col(Member.email))
        .join(Member, col(Member.id) == col(RollEntry.member_id))
        .where(
            col(RollEntry.ballot_id) == ballot_id,
            col(RollEntry.on_roll),
            col(RollEntry.id).not_in(live),
        )
        .order_by(col(RollEntry.membership_number))
    )
    yield from ((entry_id, number, email) for entry_id, number, email in rows)


def extensions_of(session: Session, ballot_id: int) -> list[WindowExtension]:
    """Return how a ballot's close was moved by two officers, the first time first."""
    rows = session.exec(
        select(WindowExtension)
        .where(WindowExtension.ballot_id == ballot_id, WindowExtension.outcome == "approved")
        .order_by(col(WindowExtension.id))
    )
    return list(rows)
