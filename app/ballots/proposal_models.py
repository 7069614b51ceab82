"""The tables of what one officer proposes and another decides (see `app.ballots.second_officers`).

They share their columns and what the database holds to: decided by somebody, once, and yes or no
never by the one who proposed it.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime

OUTCOMES = ("approved", "refused", "withdrawn")


class _Proposal(SQLModel):
    """Who proposed what about which ballot, why, and who decided it."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    ballot_id: int = Field(foreign_key="ballot.id", index=True, sa_type=BigKey)
    # Everybody reads that of a later close or a cancellation, once it is approved.
    reason: str = Field(default="", max_length=500)
    proposed_by: str
    proposed_at: datetime = Field(sa_type=UTCDateTime)
    outcome: str | None = Field(default=None, max_length=10)
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


def _of_two_officers(
    table: str, *, outcomes: tuple[str, ...] = OUTCOMES, one_open_of: tuple[str, ...]
) -> tuple[SchemaItem, ...]:
    """Return what the database holds to in every table of proposals.

    Args:
        table: its name.
        outcomes: what can become of a proposal.
        one_open_of: the columns that make two proposals one question, which waits only once.
    """
    known = ", ".join(f"'{outcome}'" for outcome in outcomes)
    return (
        CheckConstraint(f"outcome IN ({known})", name="known_outcome"),
        CheckConstraint(
            "(outcome IS NULL) = (decided_by IS NULL) AND (outcome IS NULL) = (decided_at IS NULL)",
            name="decided_by_somebody",
        ),
        # Four eyes, held by the database.
        CheckConstraint(
            "outcome IS NULL OR outcome = 'withdrawn' OR decided_by <> proposed_by",
            name="two_officers",
        ),
        Index(
            f"uq_{table}_one_open",
            *one_open_of,
            unique=True,
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )


class ExclusionProposal(_Proposal, table=True):
    """To take an entry off a frozen roll; its reason is emptied when the member is erased."""

    __tablename__ = "exclusion_proposal"
    __table_args__ = _of_two_officers(
        "exclusion_proposal", outcomes=(*OUTCOMES, "had_voted"), one_open_of=("entry_id",)
    )

    entry_id: int = Field(sa_column=Column(BigKey, ForeignKey("roll_entry.id"), nullable=False))
    # The number of the roll change it became, if it was approved.
    change: int | None = None


class WindowExtension(_Proposal, table=True):
    """To close later, before the old close comes."""

    __tablename__ = "window_extension"
    __table_args__ = (
        *_of_two_officers("window_extension", one_open_of=("ballot_id",)),
        CheckConstraint("new_close > old_close", name="never_shortens"),
        # Nothing is approved once the old close has come.
        CheckConstraint(
            "outcome IS NULL OR outcome <> 'approved' OR decided_at < old_close",
            name="before_the_close",
        ),
        CheckConstraint("notice_at IS NULL OR outcome = 'approved'", name="notice_of_an_extension"),
    )

    old_close: datetime = Field(sa_type=UTCDateTime)
    new_close: datetime = Field(sa_type=UTCDateTime)
    # When an officer let members be told of it.
    notice_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class BallotProposal(_Proposal, table=True):
    """To cancel a ballot, or to declare its result, as the first of two officers confirmed it."""

    __tablename__ = "ballot_proposal"
    __table_args__ = (
        *_of_two_officers("ballot_proposal", one_open_of=("ballot_id", "kind")),
        CheckConstraint("kind IN ('cancel', 'declare')", name="known_kind"),
        CheckConstraint("(kind = 'cancel') = (reason <> '')", name="cancelled_for_a_reason"),
        CheckConstraint("(kind = 'declare') = (tally_digest IS NOT NULL)", name="declared_numbers"),
    )

    kind: str = Field(max_length=10)
    # The numbers that the first officer saw, so that the second declares no others.
    tally_digest: str | None = Field(default=None, max_length=64)
