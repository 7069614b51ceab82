"""Tables of staff accounts and of what proves who is asking."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKey, LargeBinary
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime


class Role(StrEnum):
    """What an account is for."""

    HQ = "hq"
    BRANCH = "branch"
    SCRUTINEER = "scrutineer"


class StaffAccount(SQLModel, table=True):
    """A person who runs ballots: at headquarters, in one branch, or as scrutineer."""

    __tablename__ = "staff_account"
    __table_args__ = (
        CheckConstraint("role IN ('hq', 'branch', 'scrutineer')", name="known_role"),
        CheckConstraint(
            "(role = 'branch') = (branch IS NOT NULL)", name="branch_officer_has_a_branch"
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    name: str = Field(unique=True, max_length=100)
    role: str
    # The branch's code as the roll spells it; the branch may join the roll later.
    branch: str | None = None
    password_hash: str
    created_at: datetime = Field(sa_type=UTCDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    # When it last signed in, password and factor both.
    signed_in_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class StaffSession(SQLModel, table=True):
    """A browser whose password was right. Holds the digest of the cookie, never the cookie.

    It opens nothing until `proved_at` is set.
    """

    __tablename__ = "staff_session"

    digest: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    staff_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("staff_account.id"), nullable=False, index=True)
    )
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    # When it last proved whose it is: by both factors where there are two, or by the password
    # where the account has and needs no second. Nothing until then.
    proved_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    # To the nearest few minutes.
    seen_at: datetime = Field(sa_type=UTCDateTime)
    address: str = Field(max_length=64)
    browser: str = Field(max_length=40)
    # What a passkey has to sign next, once.
    challenge: bytes | None = Field(default=None, sa_column=Column(LargeBinary(64)))


class ApiToken(SQLModel, table=True):
    """A program's key to an account. Holds the digest of the token, never the token."""

    __tablename__ = "api_token"

    digest: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    staff_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("staff_account.id"), nullable=False, index=True)
    )
    created_at: datetime = Field(sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class FailureCount(SQLModel, table=True):
    """Failures from one place in one window of time. Successes are never counted."""

    __tablename__ = "failure_count"

    scope: str = Field(primary_key=True, max_length=20)
    # A keyed digest: the log of failures is no list of addresses.
    place: bytes = Field(sa_column=Column(LargeBinary(16), primary_key=True))
    window_start: datetime = Field(sa_column=Column(UTCDateTime, primary_key=True))
    failures: int
