"""The table of proposals to close a ballot later than was set."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime


class WindowExtension(SQLModel, table=True):
    """What one officer proposed and another decides: a later close, and the public reason."""

    __tablename__ = "window_extension"
    __table_args__ = (
        CheckConstraint("new_close > old_close", name="never_shortens"),
        CheckConstraint("outcome IN ('approved', 'refused', 'withdrawn')", name="known_outcome"),
        CheckConstraint(
            "(outcome IS NULL) = (decided_by IS NULL) AND (outcome IS NULL) = (decided_at IS NULL)",
            name="decided_by_somebody",
        ),
        # Four eyes, held by the database.
        CheckConstraint(
            "outcome IS NULL OR outcome = 'withdrawn' OR decided_by <> proposed_by",
            name="two_officers",
        ),
        # Nothing is approved once the old close has come.
        CheckConstraint(
            "outcome IS NULL OR outcome <> 'approved' OR decided_at < old_close",
            name="before_the_close",
        ),
        CheckConstraint("notice_at IS NULL OR outcome = 'approved'", name="notice_of_an_extension"),
        # One question at a time about one ballot.
        Index(
            "uq_window_extension_one_open",
            "ballot_id",
            unique=True,
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    ballot_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("ballot.id"), nullable=False, index=True)
    )
    old_close: datetime = Field(sa_type=UTCDateTime)
    new_close: datetime = Field(sa_type=UTCDateTime)
    # Everybody reads it once it is approved.
    reason: str = Field(max_length=500)
    proposed_by: str
    proposed_at: datetime = Field(sa_type=UTCDateTime)
    outcome: str | None = Field(default=None, max_length=10)
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    # When an officer let members be told of it.
    notice_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
