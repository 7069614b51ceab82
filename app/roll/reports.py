"""Look at imports: how far each is, what was found, and the rows that were refused."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Session, col, select

from app.core.database import Database
from app.roll.choices import Choices
from app.roll.files import open_roll_file
from app.roll.findings import Findings
from app.roll.header import read_names
from app.roll.import_models import ImportState, RollImport, RollImportProblem
from app.roll.jobs import state_of
from app.roll.schemas import ImportOut, ProblemOut
from app.roll.uploads import find_kept, id_of, open_kept

MOST_IMPORTS = 20


class Report(BaseModel):
    """One import.

    Attributes:
        id: its number.
        file_name: what the sender calls the file.
        state: how far it is.
        rows_done: rows read so far.
        rows_total: how many there probably are; None for a workbook that has not been read.
        uploaded_by: whose file it is.
        uploaded_at: when it came.
        worked_on_at: when somebody last worked on it; for a checked file, when it was checked.
        choices: what headquarters chose last.
        outcome: what it did, or would do, with the first 200 problems; None before it was read.
        findings: some of the members concerned.
        refusal: why it failed, in a sentence.
    """

    id: int
    file_name: str
    state: ImportState
    rows_done: int
    rows_total: int | None
    uploaded_by: str
    uploaded_at: datetime
    worked_on_at: datetime
    choices: Choices
    outcome: ImportOut | None
    findings: Findings | None
    refusal: str | None


class RefusedRow(NamedTuple):
    """A row that was refused, as it stands in the file; `cells` is None if it cannot be read."""

    number: int
    cells: list[str] | None
    reasons: list[str]


def report(session: Session, number: int, *, now: datetime) -> Report:
    """Return how far an import is and what was found.

    Raises:
        UnknownImport: there is no such import.
    """
    return _report(find_kept(session, number), now=now)


def latest_imports(session: Session, *, now: datetime) -> list[Report]:
    """Return the last twenty imports, the newest first."""
    rows = session.exec(
        select(RollImport)
        .where(RollImport.file_size > 0)
        .order_by(col(RollImport.id).desc())
        .limit(MOST_IMPORTS)
    )
    return [_report(kept, now=now) for kept in rows]


def _report(kept: RollImport, *, now: datetime) -> Report:
    return Report(
        id=id_of(kept),
        file_name=kept.file_name,
        state=state_of(kept, now=now),
        rows_done=kept.rows_done,
        rows_total=kept.rows_total,
        uploaded_by=kept.uploaded_by,
        uploaded_at=kept.uploaded_at,
        worked_on_at=kept.alive_at,
        choices=Choices.model_validate_json(kept.choices),
        outcome=ImportOut.model_validate_json(kept.outcome) if kept.outcome else None,
        findings=Findings.model_validate_json(kept.findings) if kept.findings else None,
        refusal=kept.refusal,
    )


def problems(session: Session, number: int, *, offset: int = 0, limit: int) -> list[ProblemOut]:
    """Return why rows were refused, a page at a time, in the order of the rows."""
    found = session.exec(
        select(RollImportProblem)
        .where(RollImportProblem.import_id == number)
        .order_by(col(RollImportProblem.place))
        .offset(offset)
        .limit(limit)
    )
    return [ProblemOut.model_validate(each, from_attributes=True) for each in found]


def names_of(database: Database, number: int) -> tuple[str, ...]:
    """Return the header of a kept file.

    Raises:
        UnknownImport: there is none.
        Invalid: it is no roll file.
    """
    with database.reading() as session:
        file_name = find_kept(session, number).file_name
    with (
        open_kept(database, number) as file,
        open_roll_file(file, file_name=file_name) as roll_file,
    ):
        return read_names(roll_file.rows)


def refused_rows(database: Database, number: int) -> Iterator[RefusedRow]:
    """Read a kept file again and yield the rows that were refused, to be mended.

    Raises:
        UnknownImport: there is no such import.
    """
    with database.reading() as session:
        file_name = find_kept(session, number).file_name
        reasons: dict[int, list[str]] = {}
        for row, message in session.execute(
            sa.select(col(RollImportProblem.row), col(RollImportProblem.message))
            .where(col(RollImportProblem.import_id) == number)
            .order_by(col(RollImportProblem.place))
        ):
            reasons.setdefault(row, []).append(message)
    with (
        open_kept(database, number) as file,
        open_roll_file(file, file_name=file_name) as roll_file,
    ):
        for each in roll_file.rows:
            if each.number in reasons:
                yield RefusedRow(each.number, each.cells, reasons[each.number])
