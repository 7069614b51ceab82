"""Who has not voted yet, for those who may ask: the marked roll as a condition and as a list."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from app.ballots.models import Credential, RollEntry
from app.roll.models import Member
from app.voting.models import RollMark

# Put together once: mail asks it for every few messages.
_MARKED = sa.select(col(RollMark.entry_id)).where(
    # The ballots lead in the key; by entries alone the whole marked roll would be read.
    col(RollMark.ballot_id).in_(sa.bindparam("ballots", expanding=True)),
    col(RollMark.entry_id).in_(sa.bindparam("entries", expanding=True)),
)


@dataclass(frozen=True)
class Unvoted:
    """A member who has not voted, as their representative knows them."""

    membership_number: str
    given_name: str
    family_name: str
    workplace: str


def not_voted(ballot_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that an entry of the frozen roll has no mark, for a query on entries."""
    marked = sa.exists().where(
        col(RollMark.ballot_id) == ballot_id, col(RollMark.entry_id) == col(RollEntry.id)
    )
    return ~marked


def code_not_voted_with() -> sa.ColumnElement[bool]:
    """Return the condition that a code's entry has no mark, for a statement on codes."""
    marked = sa.exists().where(
        col(RollMark.ballot_id) == col(Credential.ballot_id),
        col(RollMark.entry_id) == col(Credential.entry_id),
    )
    return ~marked


def entries_with_marks(
    session: Session, *, ballots: Collection[int], entries: Collection[int]
) -> set[int]:
    """Return which of some entries of some ballots' rolls have voted. How nobody can say."""
    asked = {"ballots": list(ballots), "entries": list(entries)}
    return set(session.connection().execute(_MARKED, asked).scalars())


def list_unvoted(session: Session, ballot_id: int, *, cells: Collection[int]) -> list[Unvoted]:
    """Return who on the roll of some cells has not voted, by name.

    Only for those whom the ballot's policy lets see it (`app.notices.unvoted_list`).
    """
    rows = session.execute(
        sa.select(
            col(Member.membership_number),
            col(Member.given_name),
            col(Member.family_name),
            col(Member.workplace),
        )
        .join(RollEntry, col(RollEntry.member_id) == col(Member.id))
        .where(
            col(RollEntry.ballot_id) == ballot_id,
            col(RollEntry.cell_id).in_(cells),
            col(RollEntry.on_roll),
            not_voted(ballot_id),
        )
        .order_by(col(Member.family_name), col(Member.given_name), col(Member.membership_number))
    )
    return [Unvoted(*row) for row in rows]
