"""The tables of what changed on a roll after it was frozen, and whom each change was about."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
)
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime


class RollChange(SQLModel, table=True):
    """One numbered change of a frozen roll: a supplement, or an exclusion by two officers.

    Its digest follows from the one before it and from what it holds (see `app.ballots.chain`).
    """

    __tablename__ = "roll_change"
    __table_args__ = (
        CheckConstraint("kind IN ('supplement', 'exclusion')", name="known_kind"),
        CheckConstraint("entries > 0", name="of_somebody"),
        # Four eyes, held by the database.
        CheckConstraint(
            "kind = 'supplement' OR (approved_by IS NOT NULL AND approved_by <> proposed_by)",
            name="two_officers",
        ),
    )

    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), primary_key=True))
    # 1, 2, 3, ... in each ballot.
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    kind: str = Field(max_length=10)
    entries: int
    # Emptied when the one member it is about is erased.
    reason: str = Field(max_length=500)
    proposed_by: str
    approved_by: str | None = None
    made_at: datetime = Field(sa_type=UTCDateTime)
    # How turnout stood at that moment, so that its percentage before and after can be shown.
    votes_cast: int
    entitled_after: int
    # 16 random bytes that go into the digest of the content, so that nobody can guess a member
    # out of it. Emptied when a member it is about is erased: then the content cannot be shown
    # to be right any more, and the chain still can.
    salt: bytes | None = Field(default=None, sa_column=Column(LargeBinary(16), nullable=True))
    content_digest: str = Field(max_length=64)
    previous_digest: str = Field(max_length=64)
    digest: str = Field(max_length=64)

    @property
    def entitled_before(self) -> int:
        """How many were entitled just before it."""
        return self.entitled_after + (self.entries if self.kind == "exclusion" else -self.entries)


class RollChangeEntry(SQLModel, table=True):
    """Whom a change is about: the entries that it added to the roll, or the one it took off."""

    __tablename__ = "roll_change_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["ballot_id", "number"], ["roll_change.ballot_id", "roll_change.number"]
        ),
    )

    ballot_id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    entry_id: int = Field(
        sa_column=Column(
            BigKey, ForeignKey("roll_entry.id"), primary_key=True, index=True, autoincrement=False
        )
    )
