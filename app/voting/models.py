"""The ballot-box tables. Only `voting` and `results` may import them; a contract holds that.

A mark and a paper share no column but the ballot: no key, no time, no order joins them.
"""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    true,
)
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime

# SQLite keeps rows in the order of their keys, not of their arrival, only without its row number.
IN_KEY_ORDER = {"sqlite_with_rowid": False}


class RollMark(SQLModel, table=True):
    """Says that a member has voted in a ballot. Never says how, or when.

    Its primary key is what makes it one member, one vote (docs/decisions/0001).
    """

    __tablename__ = "roll_mark"
    __table_args__ = (
        ForeignKeyConstraint(
            ["ballot_id", "entry_id", "on_roll"],
            ["roll_entry.ballot_id", "roll_entry.id", "roll_entry.on_roll"],
        ),
        CheckConstraint("on_roll", name="of_an_entry_on_the_roll"),
        IN_KEY_ORDER,
    )

    ballot_id: int = Field(sa_column=Column(BigKey, primary_key=True))
    entry_id: int = Field(sa_column=Column(BigKey, primary_key=True))
    # Always true. By it the database refuses a mark for an entry that was taken off the roll, and
    # to take off one that has a mark, however close the two come (docs/decisions/0027).
    on_roll: bool = Field(default=True, sa_column_kwargs={"server_default": true()})


class BallotPaper(SQLModel, table=True):
    """Says how one unnamed member voted. Holds no member, no code, no time, no sequence.

    Until the close it is sealed, and nothing in this database opens it (docs/decisions/0047).
    """

    __tablename__ = "ballot_paper"
    __table_args__ = (
        CheckConstraint("(sealed IS NULL) <> (answers IS NULL)", name="sealed_or_open"),
        # Found again when an answer was lost and the vote is sent a second time.
        Index("ix_ballot_paper_receipt", "ballot_id", "receipt_digest"),
        IN_KEY_ORDER,
    )

    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), primary_key=True))
    # 128 random bits: what order rows have, they have by chance.
    id: bytes = Field(sa_column=Column(LargeBinary(16), primary_key=True))
    # See `app.voting.sealing`. Null from the stir after the close on.
    sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    # Canonical JSON, question key to answer key or null. Null until that stir.
    answers: str | None = Field(default=None, sa_column=Column(String, nullable=True))
    # Keyed while the paper is sealed; then the digest that a receipt gives by itself.
    receipt_digest: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    # Only on a disaggregated ballot: the unit the paper is counted in.
    unit: str | None = Field(default=None, sa_column=Column(String, nullable=True))


class TurnoutCounter(SQLModel, table=True):
    """How many papers came from one cell of the roll through one writer.

    One row per process, so that processes never wait for each other's counters.
    """

    __tablename__ = "turnout_counter"

    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), primary_key=True))
    cell_id: int = Field(sa_column=Column(BigKey, ForeignKey("roll_cell.id"), primary_key=True))
    writer: int = Field(primary_key=True)
    votes_cast: int


class BoxStir(SQLModel, table=True):
    """When the box of a running ballot is to be stirred next, so that one process does it."""

    __tablename__ = "box_stir"

    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), primary_key=True))
    next_at: datetime = Field(sa_type=UTCDateTime)
