"""Tables of ballots, their questions, their frozen rolls and their voting codes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime

_KNOWN_NATION = CheckConstraint(
    "nation IN ('england', 'wales', 'scotland', 'northern_ireland')", name="known_nation"
)
_WELSH = CheckConstraint(
    "NOT devolved_welsh_authority OR (nation IS NOT NULL AND nation = 'wales')",
    name="welsh_authority_in_wales",
)
# Four eyes, held by the database (docs/decisions/0054).
_TWO_DECLARE = CheckConstraint(
    "declared_at IS NULL OR NOT declared_by_two"
    " OR (confirmed_by IS NOT NULL AND confirmed_by <> declared_by)",
    name="two_declare",
)
# The box is shut in the act, and no result follows (docs/decisions/0055).
_CANCELLED_FOR_GOOD = CheckConstraint(
    "cancelled_at IS NULL OR (sealed_at IS NOT NULL AND declared_at IS NULL)",
    name="cancelled_for_good",
)
_CANCELLED_WITH_A_REASON = CheckConstraint(
    "(cancelled_at IS NULL) = (cancel_reason IS NULL)", name="cancelled_with_a_reason"
)
_KNOWN_BOARD = CheckConstraint("board IN ('inclusion', 'answers')", name="known_board")


class Ballot(SQLModel, table=True):
    """The whole exercise: questions, constituency, window and cut-off.

    The state is not stored: it follows from these moments and the time (see `lifecycle`).
    """

    __tablename__ = "ballot"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
        CheckConstraint("cut_off_at <= closes_at", name="cut_off_before_the_close"),
        CheckConstraint(
            "kind IN ('indicative', 'industrial_action', 'recognition')", name="known_kind"
        ),
        CheckConstraint("floor >= 1", name="floor_of_at_least_one"),
        CheckConstraint("stirred_at IS NULL OR sealed_at IS NOT NULL", name="sealed_to_stir"),
        CheckConstraint("declared_at IS NULL OR stirred_at IS NOT NULL", name="stirred_to_declare"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    slug: str = Field(unique=True, max_length=80)
    title: str = Field(max_length=200)
    kind: str
    opens_at: datetime = Field(sa_type=UTCDateTime)
    closes_at: datetime = Field(sa_type=UTCDateTime)
    cut_off_at: datetime = Field(sa_type=UTCDateTime)
    announced_on: date
    important_public_service: bool = False
    # None: in more than one of the nations of Great Britain.
    nation: str | None = Field(default=None, sa_column=Column(String(20), _KNOWN_NATION))
    devolved_welsh_authority: bool = Field(
        default=False,
        sa_column=Column(Boolean, _WELSH, nullable=False, server_default=text("false")),
    )
    scrutineer: str | None = None
    constituency: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    exclude_arrears: bool = False
    disaggregate_by: str | None = None
    # Groups with fewer entitled than this are withheld while the ballot runs.
    floor: int = 5
    # Members are told of it; it is stated with the ballot and never changed.
    # Small groups at or over the floor are shown late and rounded (docs/decisions/0041).
    small_in_steps: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    reps_see_unvoted: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    # What its board of papers shows: that papers are in the count, or their answers as well.
    board: str = Field(
        default="inclusion",
        sa_column=Column(String(10), _KNOWN_BOARD, nullable=False, server_default="inclusion"),
    )
    created_at: datetime = Field(sa_type=UTCDateTime)
    created_by: str
    frozen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    roll_digest: str | None = Field(default=None, max_length=64)
    # From this moment no paper can be added: set when the count begins.
    sealed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    # When its papers were rewritten in random order, which comes before anybody reads them.
    stirred_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    declared_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    declared_by: str | None = None
    declared_by_two: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    # The other of the two, where two declare.
    confirmed_by: str | None = Field(
        default=None, sa_column=Column(String(100), _TWO_DECLARE, nullable=True)
    )
    cancelled_at: datetime | None = Field(
        default=None, sa_column=Column(UTCDateTime, _CANCELLED_FOR_GOOD, nullable=True)
    )
    # Everybody reads it.
    cancel_reason: str | None = Field(
        default=None, sa_column=Column(String(500), _CANCELLED_WITH_A_REASON, nullable=True)
    )


class Question(SQLModel, table=True):
    """One question on the paper. `supported_answer` is the side whose votes count as support."""

    __tablename__ = "question"

    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), primary_key=True))
    key: str = Field(primary_key=True, max_length=40)
    position: int
    text: str
    supported_answer: str


class Answer(SQLModel, table=True):
    """One answer that a member may give to a question."""

    __tablename__ = "answer"
    __table_args__ = (
        ForeignKeyConstraint(["ballot_id", "question_key"], ["question.ballot_id", "question.key"]),
    )

    ballot_id: int = Field(sa_column=Column(BigKey, primary_key=True))
    question_key: str = Field(primary_key=True, max_length=40)
    key: str = Field(primary_key=True, max_length=40)
    position: int
    text: str


class RollCell(SQLModel, table=True):
    """Everyone entitled in one ballot who shares branch, region, employer and workplace.

    Turnout is counted per cell, so that any grouping is a sum of few rows. Those who could be
    reached when they came onto the roll have a cell of their own beside those who could not
    (docs/decisions/0028).
    """

    __tablename__ = "roll_cell"
    __table_args__ = (
        UniqueConstraint(
            "ballot_id",
            "branch",
            "region",
            "employer",
            "workplace",
            "reachable",
            name="uq_roll_cell_group",
        ),
        CheckConstraint("entitled >= 0", name="entitled_is_a_count"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), nullable=False))
    branch: str
    region: str
    employer: str
    workplace: str
    # None only on rolls that were frozen before this was asked.
    reachable: bool | None = None
    entitled: int
    # How many of those entitled came in by supplement, and how many more there were before they
    # were taken off: at the freeze there were entitled - added + removed.
    added: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    removed: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class RollEntry(SQLModel, table=True):
    """One entitled member on the frozen roll, as the roll described them when they came onto it.

    Only where `on_roll` is true is it one: an entry that was taken off keeps its row. Of an erased
    member an entry says nothing but that there was one (docs/decisions/0027).
    """

    __tablename__ = "roll_entry"
    __table_args__ = (
        UniqueConstraint("ballot_id", "member_id"),
        UniqueConstraint("ballot_id", "id"),
        # What a mark points at, so that nobody can be marked who is off this ballot's roll, and
        # nobody taken off it who is marked.
        UniqueConstraint("ballot_id", "id", "on_roll"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), nullable=False))
    member_id: int | None = Field(
        default=None, sa_column=Column(BigKey, ForeignKey("member.id"), nullable=True)
    )
    cell_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("roll_cell.id"), nullable=False, index=True)
    )
    membership_number: str = Field(max_length=40)
    category: str = Field(max_length=40)
    joined_on: date | None
    on_roll: bool = Field(default=True, sa_column_kwargs={"server_default": true()})


class LeftOut(SQLModel, table=True):
    """How many members the freeze left off the roll, by reason."""

    __tablename__ = "left_out"

    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), primary_key=True))
    reason: str = Field(primary_key=True, max_length=40)
    count: int


class LeftOutMember(SQLModel, table=True):
    """One member whom the freeze left off the roll, and why. Gone with the member."""

    __tablename__ = "left_out_member"

    ballot_id: int = Field(sa_column=Column(BigKey, ForeignKey("ballot.id"), primary_key=True))
    member_id: int = Field(
        sa_column=Column(
            BigKey, ForeignKey("member.id", ondelete="CASCADE"), primary_key=True, index=True
        )
    )
    reason: str = Field(max_length=40)


class Credential(SQLModel, table=True):
    """A voting code, as its keyed digest. The code itself is handed over once and not kept."""

    __tablename__ = "credential"
    __table_args__ = (
        ForeignKeyConstraint(["ballot_id", "entry_id"], ["roll_entry.ballot_id", "roll_entry.id"]),
        Index(
            "uq_credential_one_live_code",
            "ballot_id",
            "entry_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    digest: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    ballot_id: int = Field(sa_column=Column(BigKey, nullable=False))
    entry_id: int = Field(sa_column=Column(BigKey, nullable=False))
    issued_at: datetime = Field(sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Commencement(SQLModel, table=True):
    """The day that headquarters entered for a planned change of law, and whence they know it.

    A row is never changed but to be withdrawn, and no change has two days that stand.
    """

    __tablename__ = "commencement"
    __table_args__ = (
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by_somebody"
        ),
        Index(
            "uq_commencement_one_day_in_force",
            "planned_key",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    planned_key: str = Field(max_length=40)
    day: date
    source: str = Field(max_length=500)
    entered_at: datetime = Field(sa_type=UTCDateTime)
    entered_by: str
    withdrawn_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    withdrawn_by: str | None = None
