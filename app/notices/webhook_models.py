"""Tables of webhooks: whom we tell, what there was to tell, and what became of each telling."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime


class Webhook(SQLModel, table=True):
    """An address of the union's own systems that is told of events."""

    __tablename__ = "webhook"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    url: str = Field(max_length=500)
    # The key that signs is made from these and the service's own key, so no key is stored.
    salt: bytes = Field(sa_column=Column(LargeBinary(16), nullable=False))
    added_by: str
    added_at: datetime = Field(sa_type=UTCDateTime)
    ended_by: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class WebhookEvent(SQLModel, table=True):
    """Something that happened to a ballot, once, as it is told to everybody."""

    __tablename__ = "webhook_event"

    # What receivers know it by.
    id: str = Field(primary_key=True, max_length=40)
    # What makes it the same event, so that of two workers one notes it.
    key: str = Field(unique=True, max_length=120)
    kind: str = Field(max_length=40)
    ballot_id: int | None = Field(
        default=None, sa_column=Column(BigKey, ForeignKey("ballot.id"), index=True)
    )
    occurred_at: datetime = Field(sa_type=UTCDateTime)
    body: str = Field(sa_column=Column(Text, nullable=False))


class WebhookDelivery(SQLModel, table=True):
    """One event on its way to one address."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'delivered', 'given_up')", name="known_state"),
        CheckConstraint("attempts >= 0", name="attempts_is_a_count"),
        Index("ix_webhook_delivery_due", "state", "due_at"),
    )

    webhook_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("webhook.id"), primary_key=True, autoincrement=False)
    )
    event_id: str = Field(foreign_key="webhook_event.id", primary_key=True, max_length=40)
    state: str = Field(default="queued", max_length=10)
    attempts: int = 0
    due_at: datetime = Field(sa_type=UTCDateTime)
    claimed_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    # What the other side last answered, in a few words of ours.
    answer: str = Field(default="", max_length=200)
