"""The declared count, as it was declared; and the board, to which every paper is committed."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime

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


class Board(SQLModel, table=True):
    """What was signed of a ballot's papers before anybody read one: how many, and their root.

    Made once, after the last stir, and never changed.
    """

    __tablename__ = "board"
    __table_args__ = (CheckConstraint("size >= 0", name="size_is_a_count"),)

    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), primary_key=True))
    size: int
    root: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    # Both as they are published, byte for byte.
    checkpoint: str
    about: str
    # Opens what an inclusion-only board commits to: for the scrutineer, and never published.
    salt_key: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    made_at: datetime = Field(sa_type=UTCDateTime)


class BoardTile(SQLModel, table=True):
    """Up to 256 hashes of the tree side by side, so that no proof hashes a million papers.

    Level 0 holds hashes of leaves, level 1 of subtrees of 256 leaves, level 2 of 65,536.
    """

    __tablename__ = "board_tile"
    __table_args__ = (
        CheckConstraint("(level = 0) = (first_paper IS NOT NULL)", name="papers_at_the_bottom"),
        Index("ix_board_tile_ballot_id_first_paper", "ballot_id", "first_paper"),
    )

    ballot_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("board.ballot_id"), primary_key=True)
    )
    level: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    hashes: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    # The key of the tile's first paper, by which a paper's tile is found.
    first_paper: bytes | None = Field(
        default=None, sa_column=Column(LargeBinary(16), nullable=True)
    )
