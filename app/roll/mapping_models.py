"""Table of remembered mappings: which header of a membership system is which column of ours."""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from app.core.columns import UTCDateTime


class RollMapping(SQLModel, table=True):
    """What headquarters said of the columns of one header, by the header's signature."""

    __tablename__ = "roll_mapping"

    signature: str = Field(primary_key=True, max_length=64)
    # JSON: our column to the name in the file.
    columns: str = Field(sa_type=Text)
    remembered_by: str = Field(max_length=200)
    remembered_at: datetime = Field(sa_type=UTCDateTime)
