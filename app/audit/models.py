"""The tables of the audit log and of its checkpoints."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Text
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime


class AuditEvent(SQLModel, table=True):
    """One thing that staff or the service did. Never changed, never removed."""

    __tablename__ = "audit_event"

    number: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_type=UTCDateTime)
    actor: str
    origin: str
    action: str
    subject: str
    details: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64, unique=True)


class AuditCheckpoint(SQLModel, table=True):
    """What the log was at a moment, signed. Never changed, never removed.

    The occasion is why it was made, so that of many processes one makes it.
    """

    __tablename__ = "audit_checkpoint"
    __table_args__ = (CheckConstraint("events >= 0", name="events_is_a_count"),)

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    occasion: str = Field(unique=True, max_length=160)
    events: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = Field(sa_type=UTCDateTime)
    note: str = Field(sa_column=Column(Text, nullable=False))
