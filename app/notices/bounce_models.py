"""The table of messages that came back."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime


class Bounce(SQLModel, table=True):
    """Says that a message which the mail server had accepted did not arrive.

    It speaks of one try: a message that is sent again has another Message-ID, and stands accepted
    until that one comes back too. Without a row, nothing was heard.
    """

    __tablename__ = "bounce"

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    message_id: str = Field(unique=True, max_length=300)
    outbox_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("outbox.id"), nullable=False, index=True)
    )
    member_id: int | None = Field(
        default=None, sa_column=Column(BigKey, ForeignKey("member.id"), index=True)
    )
    # As the roll spells it, so that it can be held against the roll.
    address: str = Field(index=True, max_length=320)
    # Whether the address itself is of no use; nothing more is sent to it then.
    hard: bool
    # The enhanced status code (RFC 3463), such as 5.1.1; empty where none was given.
    status: str = Field(default="", max_length=12)
    heard_at: datetime = Field(sa_type=UTCDateTime)
