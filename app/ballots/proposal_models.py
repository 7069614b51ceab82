"""The table of what one officer proposed about a whole ballot and another decides."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime


class BallotProposal(SQLModel, table=True):
    """A proposal to cancel a ballot, or the first of two officers who declare its result."""

    __tablename__ = "ballot_proposal"
    __table_args__ = (
        CheckConstraint("kind IN ('cancel', 'declare')", name="known_kind"),
        CheckConstraint("(kind = 'cancel') = (reason <> '')", name="cancelled_for_a_reason"),
        CheckConstraint("(kind = 'declare') = (tally_digest IS NOT NULL)", name="declared_numbers"),
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
        # One question of a kind at a time about one ballot.
        Index(
            "uq_ballot_proposal_one_open",
            "ballot_id",
            "kind",
            unique=True,
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    ballot_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("ballot.id"), nullable=False, index=True)
    )
    kind: str = Field(max_length=10)
    # Of a cancellation, and public once it is approved.
    reason: str = Field(default="", max_length=500)
    # The numbers that the first officer saw, so that the second declares no others.
    tally_digest: str | None = Field(default=None, max_length=64)
    proposed_by: str
    proposed_at: datetime = Field(sa_type=UTCDateTime)
    outcome: str | None = Field(default=None, max_length=10)
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
