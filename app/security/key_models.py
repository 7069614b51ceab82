"""Tables of keys that were in use, and of who is whom at the identity provider: never a key."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime


class KeyRotation(SQLModel, table=True):
    """Says since when every process has used a secret key, by a digest that says nothing of it."""

    __tablename__ = "key_rotation"

    key_digest: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    rotated_at: datetime = Field(sa_type=UTCDateTime)


class SigningKey(SQLModel, table=True):
    """A public key that signed what we published, and when: old notes stay checkable."""

    __tablename__ = "signing_key"

    # As `Verifier.line` gives it: the name, the id and the key.
    line: str = Field(sa_column=Column(String(400), primary_key=True))
    used_from: datetime = Field(sa_type=UTCDateTime)
    used_until: datetime | None = Field(default=None, sa_type=UTCDateTime)


class StaffIdentity(SQLModel, table=True):
    """Says whose account somebody at the identity provider may open."""

    __tablename__ = "staff_identity"
    __table_args__ = (UniqueConstraint("issuer", "staff_id", name="one_identity_of_an_account"),)

    issuer: str = Field(sa_column=Column(String(400), primary_key=True))
    subject: str = Field(sa_column=Column(String(255), primary_key=True))
    staff_id: int = Field(sa_column=Column(BigKey, ForeignKey("staff_account.id"), nullable=False))
    bound_at: datetime = Field(sa_type=UTCDateTime)
