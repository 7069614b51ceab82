"""Tables of evidence packs: the bytes as they were made, and the keys to the sealed parts."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, LargeBinary
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime


class EvidencePack(SQLModel, table=True):
    """One declared ballot's pack. Its keys come first; once it is made it never changes.

    The key to the roll is dropped when a member on it is erased: from then on nobody can open
    that part with what Muster holds (docs/decisions/0056).
    """

    __tablename__ = "evidence_pack"
    __table_args__ = (
        CheckConstraint(
            "(sha256 IS NULL) = (size IS NULL) AND (sha256 IS NULL) = (made_at IS NULL)",
            name="made_whole",
        ),
    )

    ballot_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("ballot.id"), primary_key=True, autoincrement=False)
    )
    officers_key: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    roll_key: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), nullable=True))
    sha256: str | None = Field(default=None, max_length=64)
    size: int | None = Field(default=None, sa_column=Column(BigKey, nullable=True))
    made_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class EvidencePiece(SQLModel, table=True):
    """A slice of a pack's bytes: numbered from nought, put together they are the file."""

    __tablename__ = "evidence_piece"

    ballot_id: int = Field(
        sa_column=Column(
            BigKey, ForeignKey("evidence_pack.ballot_id"), primary_key=True, autoincrement=False
        )
    )
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
