"""Tables of branches and members."""

from datetime import date

from sqlalchemy import CheckConstraint, Column, ForeignKey, String
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey


class Branch(SQLModel, table=True):
    """A branch of the union, by the code that its membership system uses."""

    __tablename__ = "branch"

    code: str = Field(primary_key=True, max_length=100)
    # The code without case or outer space: two spellings of one branch are one branch.
    folded_code: str = Field(unique=True, max_length=100)


class Member(SQLModel, table=True):
    """A member of the union, as the last membership file described them."""

    __tablename__ = "member"
    __table_args__ = (
        CheckConstraint("language IN ('en', 'cy')", name="known_language"),
        CheckConstraint("left_on IS NULL OR left_on >= joined_on", name="left_after_joining"),
        CheckConstraint("membership_number <> ''", name="has_a_number"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    membership_number: str = Field(unique=True, max_length=40)
    given_name: str = ""
    family_name: str
    email: str = ""
    mobile: str = ""
    branch: str = Field(
        sa_column=Column(String(100), ForeignKey("branch.code"), nullable=False, index=True)
    )
    region: str = ""
    employer: str = ""
    workplace: str = ""
    category: str = Field(max_length=40)
    joined_on: date = Field(index=True)
    left_on: date | None = None
    in_arrears: bool = False
    language: str = Field(default="en", max_length=2)
    address: str = ""
    postcode: str = ""
