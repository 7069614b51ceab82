"""Tables of imports: the kept file, how far it is, what was found, and what was refused."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey
from sqlmodel import Field, SQLModel

from app.core.columns import BigKey, UTCDateTime


class ImportState(StrEnum):
    """How far an import is. `interrupted` is never stored: nobody is left to write it down."""

    UPLOADED = "uploaded"
    READING = "reading"
    READ = "read"
    APPLYING = "applying"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


STORED_STATES = ", ".join(
    f"'{state}'" for state in ImportState if state is not ImportState.INTERRUPTED
)


class RollImport(SQLModel, table=True):
    """One file that headquarters sent through the page.

    `run` grows whenever work on it begins: whoever was thought dead and comes back finds another
    number and applies nothing.
    """

    __tablename__ = "roll_import"
    __table_args__ = (
        CheckConstraint(f"state IN ({STORED_STATES})", name="known_state"),
        # The number of a forgotten import is never given again: a page left open names it.
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True))
    file_name: str
    file_size: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str = Field(default=ImportState.UPLOADED, max_length=20)
    run: int = 0
    rows_done: int = 0
    # From the lines of the file; unknown for a workbook until it is read.
    rows_total: int | None = None
    uploaded_by: str
    uploaded_at: datetime = Field(sa_type=UTCDateTime)
    alive_at: datetime = Field(sa_type=UTCDateTime)
    choices: str = "{}"
    outcome: str | None = None
    findings: str | None = None
    refusal: str | None = None


class RollImportChunk(SQLModel, table=True):
    """A piece of a kept file, compressed. Gone when the file is forgotten."""

    __tablename__ = "roll_import_chunk"

    import_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("roll_import.id", ondelete="CASCADE"), primary_key=True)
    )
    place: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    content: bytes


class RollImportProblem(SQLModel, table=True):
    """One reason why one row was refused."""

    __tablename__ = "roll_import_problem"

    import_id: int = Field(
        sa_column=Column(BigKey, ForeignKey("roll_import.id", ondelete="CASCADE"), primary_key=True)
    )
    place: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    row: int
    column: str | None = None
    code: str = Field(max_length=40)
    message: str
