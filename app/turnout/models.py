"""Tables of the course of turnout: totals by the hour, and courses of ballots held elsewhere.

Neither holds anything about a person: a row says how many, never who, and never less than a step
of `floor` votes (docs/decisions/0043).
"""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, LargeBinary
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime


class TurnoutHour(SQLModel, table=True):
    """How many votes a ballot had at a full hour, and what was forecast then, if anything.

    Full hours of UTC are full hours in London. An hour has a row only where at least as many votes
    as the ballot's floor have come since the row before it.
    """

    __tablename__ = "turnout_hour"
    __table_args__ = (
        CheckConstraint("votes_cast >= 1", name="some_votes"),
        CheckConstraint(
            "(forecast_low IS NULL) = (forecast_high IS NULL)", name="forecast_with_both_ends"
        ),
        CheckConstraint(
            "forecast_low IS NULL OR forecast_low <= forecast_high", name="forecast_in_order"
        ),
    )

    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), primary_key=True))
    hour: datetime = Field(sa_column=Column(UTCDateTime, primary_key=True))
    votes_cast: int
    forecast_low: int | None = None
    forecast_high: int | None = None
    # How many earlier ballots it was made from; with fewer than enough, simulated ones helped.
    forecast_ballots: int | None = None


class SuppliedCourse(SQLModel, table=True):
    """The course of a ballot that was not held here, for comparison."""

    __tablename__ = "supplied_course"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
        CheckConstraint("votes_cast >= 0 AND votes_cast <= entitled", name="votes_of_the_entitled"),
    )

    name: str = Field(primary_key=True, max_length=200)
    opens_at: datetime = Field(sa_type=UTCDateTime)
    closes_at: datetime = Field(sa_type=UTCDateTime)
    entitled: int
    # The final count.
    votes_cast: int
    # [seconds since the opening, votes cast by then], in order.
    points: list[list[int]] = Field(sa_column=Column(JSON, nullable=False))
    supplied_at: datetime = Field(sa_type=UTCDateTime)


class TurnoutStep(SQLModel, table=True):
    """When a ballot's small groups were last counted to be shown, and how many had voted in all."""

    __tablename__ = "turnout_step"

    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), primary_key=True))
    taken_at: datetime = Field(sa_type=UTCDateTime)
    votes_cast: int


class TurnoutStepCell(SQLModel, table=True):
    """How many had voted in one cell of the roll at that moment; no row for nobody."""

    __tablename__ = "turnout_step_cell"

    ballot_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("turnout_step.ballot_id"), primary_key=True)
    )
    cell_id: int = Field(sa_column=Column(BigKey, ForeignKey("roll_cell.id"), primary_key=True))
    votes_cast: int


class TurnoutLink(SQLModel, table=True):
    """An address at which anybody who has it sees the turnout of one branch, until it ends."""

    __tablename__ = "turnout_link"

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    ballot_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("ballot.id"), index=True, nullable=False)
    )
    branch: str = Field(max_length=100)
    # The keyed digest of what stands in the address, which is kept nowhere.
    digest: bytes = Field(sa_column=Column(LargeBinary(32), unique=True, nullable=False))
    made_by: str = Field(max_length=100)
    made_at: datetime = Field(sa_type=UTCDateTime)
    ends_at: datetime = Field(sa_type=UTCDateTime)
