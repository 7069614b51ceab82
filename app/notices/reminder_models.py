"""The table of what is sent to those who have not voted: reminders, and notice of a later close."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKey
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime
from app.notices.models import Purpose


class Stage(StrEnum):
    """How far a reminder has come.

    `queueing`: some of its messages are in the outbox. `too_few`: so few were left to remind that
    the next vote could have been put down to one of them. `missed`: voting closed first.
    """

    PLANNED = "planned"
    QUEUEING = "queueing"
    QUEUED = "queued"
    TOO_FEW = "too_few"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Reminder(SQLModel, table=True):
    """One reminder to those who have not voted: when it is due, and in which branch."""

    __tablename__ = "reminder"
    __table_args__ = (
        CheckConstraint(
            "stage IN ('planned', 'queueing', 'queued', 'too_few', 'missed', 'cancelled')",
            name="known_stage",
        ),
        CheckConstraint(
            "(CASE WHEN at IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN hours_before IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN turnout_percent IS NULL THEN 0 ELSE 1 END) = 1",
            name="due_in_one_way",
        ),
        CheckConstraint("purpose IN ('reminder', 'extension')", name="known_purpose"),
        CheckConstraint("hours_before > 0", name="before_the_close"),
        CheckConstraint("turnout_percent BETWEEN 1 AND 99", name="turnout_is_a_percentage"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    ballot_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("ballot.id"), nullable=False, index=True)
    )
    # A reminder, or the notice that the close was moved.
    purpose: str = Field(default=Purpose.REMINDER, max_length=20)
    # It is due at a moment, so many hours before the close, or when turnout reaches a percentage.
    at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    hours_before: int | None = None
    turnout_percent: int | None = None
    # None: in every branch.
    branch: str | None = None
    planned_by: str
    planned_at: datetime = Field(sa_type=UTCDateTime)
    stage: str = Field(default=Stage.PLANNED, max_length=10)
    # When its messages began to be queued, or when it was called off.
    begun_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    # Where on the roll the queueing stands.
    last_entry: int = Field(default=0, sa_column=Column(BigKey, nullable=False))
    queued: int = 0
