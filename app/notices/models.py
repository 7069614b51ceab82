"""Tables of mail: what is to be sent, whether the worker may send it, in which words, who asked."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    false,
    text,
)
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime

# Of a message whose member has voted, or asked for it twice. Neither is told from one that left.
NOT_NEEDED = "It was no longer needed."


class Purpose(StrEnum):
    """Why a message is sent."""

    INVITATION = "invitation"
    TEST = "test"
    OWN_CHECK = "own_check"
    NEW_LINK = "new_link"
    REMINDER = "reminder"
    EXTENSION = "extension"
    # A link by text message.
    TEXT = "text"


class Delivery(StrEnum):
    """What became of a message.

    Only a `queued` one is ever sent. `unsure`: we were handing it over and never learned whether
    the server took it; it is sent again only if somebody says so. `dropped`: nobody needs it any
    more, as `reply` says.
    """

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNSURE = "unsure"
    DROPPED = "dropped"


class OutboxMessage(SQLModel, table=True):
    """One message for one purpose. Holds no text and no code: both are made as it leaves."""

    __tablename__ = "outbox"
    __table_args__ = (
        ForeignKeyConstraint(["ballot_id", "entry_id"], ["roll_entry.ballot_id", "roll_entry.id"]),
        CheckConstraint(
            "state IN ('queued', 'sending', 'accepted', 'refused', 'unsure', 'dropped')",
            name="known_state",
        ),
        CheckConstraint("attempts >= 0", name="attempts_is_a_count"),
        Index("ix_outbox_due", "state", "by_text", "due_at", "id"),
        # Who of a hundred thousand was written to already is asked of each of them.
        Index("ix_outbox_ballot_id_entry_id", "ballot_id", "entry_id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    # What makes it the same message: queued twice it is sent once.
    key: str = Field(unique=True, max_length=120)
    purpose: str = Field(max_length=20)
    ballot_id: int | None = Field(default=None, sa_column=Column(BigKey, ForeignKey("ballot.id")))
    entry_id: int | None = Field(default=None, sa_column=Column(BigKey))
    member_id: int | None = Field(
        default=None, sa_column=Column(BigKey, ForeignKey("member.id"), index=True)
    )
    # Whether it leaves as a text: the worker for mail claims none of these, and the other no mail.
    by_text: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    # Where it goes: given for a test, read from the roll at each try for everything else.
    address: str = Field(default="", max_length=320)
    language: str = Field(default="en", max_length=2)
    state: str = Field(default=Delivery.QUEUED, max_length=10)
    attempts: int = 0
    queued_at: datetime = Field(sa_type=UTCDateTime)
    due_at: datetime = Field(sa_type=UTCDateTime)
    worker: str | None = Field(default=None, max_length=40)
    claimed_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    message_id: str | None = Field(default=None, max_length=300, index=True)
    # Of the code that left with it, so that a code nobody received can be ended.
    code_digest: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32)))
    # Of the code that this one ended, which works again should this one reach nobody.
    replaced_digest: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32)))
    # Of a test: the message whose words it shows.
    test_of: str | None = Field(default=None, max_length=20)
    # The server's last words about it, or why it was dropped.
    reply: str = Field(default="", max_length=500)


class MailSwitch(SQLModel, table=True):
    """Whether mail may leave, and how the worker fares. One row, made by the migration."""

    __tablename__ = "mail_switch"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(default=1, primary_key=True)
    paused_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    paused_by: str | None = Field(default=None, max_length=100)
    seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    trouble: str = Field(default="", max_length=500)
    trouble_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    # The same of the provider of texts.
    text_trouble: str = Field(
        default="", max_length=500, sa_column_kwargs={"server_default": text("''")}
    )
    text_trouble_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class NoticeTemplate(SQLModel, table=True):
    """The words of one ballot's message where headquarters changed them."""

    __tablename__ = "notice_template"

    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), primary_key=True))
    purpose: str = Field(primary_key=True, max_length=20)
    language: str = Field(primary_key=True, max_length=2)
    subject: str = Field(max_length=200)
    body: str = Field(sa_column=Column(Text, nullable=False))
    changed_at: datetime = Field(sa_type=UTCDateTime)
    changed_by: str = Field(max_length=100)


class MemberRequest(SQLModel, table=True):
    """What somebody who says they are a member asked for; deleted as soon as it is looked at."""

    __tablename__ = "member_request"
    __table_args__ = (CheckConstraint("wants IN ('check', 'link')", name="known_wish"),)

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    wants: str = Field(max_length=10)
    number: str = Field(max_length=40)
    # The postcode or e-mail address they gave.
    proof: str = Field(max_length=320)
    asked_at: datetime = Field(sa_type=UTCDateTime)
