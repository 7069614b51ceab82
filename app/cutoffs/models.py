"""The table of what calendars were last told."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime


class PublishedDate(SQLModel, table=True):
    """One key date as the calendar feed last gave it out, and how often it has moved since."""

    __tablename__ = "published_date"
    __table_args__ = (CheckConstraint("sequence >= 0", name="sequence_is_a_count"),)

    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), primary_key=True))
    key: str = Field(primary_key=True, max_length=40)
    # Its moment or day, and whether it never comes.
    said: str = Field(max_length=64)
    sequence: int = 0
    changed_at: datetime = Field(sa_type=UTCDateTime)
