"""Tables of what proves that it is the officer who knows the password."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, LargeBinary
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime


class AuthenticatorApp(SQLModel, table=True):
    """An app on an officer's phone that shows another code every 30 seconds (RFC 6238)."""

    __tablename__ = "authenticator_app"

    staff_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("staff_account.id"), primary_key=True)
    )
    # Encrypted: a stolen database alone makes no codes.
    sealed_secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    # The newest step of 30 seconds whose code was accepted: no code works twice.
    last_step: int = Field(sa_column=Column(BigInteger, nullable=False))
    added_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Passkey(SQLModel, table=True):
    """A key pair of an officer's device. We hold the public half (W3C WebAuthn)."""

    __tablename__ = "passkey"

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    staff_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("staff_account.id"), nullable=False, index=True)
    )
    credential_id: bytes = Field(sa_column=Column(LargeBinary(1023), nullable=False, unique=True))
    public_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    # As the device counts; it never goes back.
    sign_count: int = Field(sa_column=Column(BigInteger, nullable=False))
    name: str = Field(max_length=60)
    added_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class RecoveryCode(SQLModel, table=True):
    """A code for the day the phone is lost. Holds its keyed digest; works once."""

    __tablename__ = "recovery_code"

    digest: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    staff_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("staff_account.id"), nullable=False, index=True)
    )
    made_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class StaffInvitation(SQLModel, table=True):
    """A link under which a colleague makes their own account. Holds its digest; works once."""

    __tablename__ = "staff_invitation"
    __table_args__ = (
        CheckConstraint("role IN ('hq', 'branch', 'scrutineer')", name="known_role"),
        CheckConstraint(
            "(role = 'branch') = (branch IS NOT NULL)", name="branch_officer_has_a_branch"
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    digest: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    name: str = Field(max_length=100)
    role: str
    branch: str | None = None
    invited_by: str = Field(max_length=100)
    made_at: datetime = Field(sa_type=UTCDateTime)
    ends_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
