"""The declared count, as it was declared."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey

# A paper that is blank on a question counts under no answer's key.
SPOILED = ""
# The whole ballot, beside its units. Not a name: on some rolls a unit has none.
WHOLE: Final = None


class Tally(SQLModel, table=True):
    """Votes for one answer to one question, in one unit or in the whole ballot.

    `unit` is `=` and the unit's name, or nothing for the whole ballot.
    """

    __tablename__ = "tally"
    __table_args__ = (CheckConstraint("votes >= 0", name="votes_are_a_count"),)

    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), primary_key=True))
    unit: str = Field(primary_key=True)
    question_key: str = Field(primary_key=True, max_length=40)
    answer_key: str = Field(primary_key=True, max_length=40)
    votes: int
