"""Import a roll file: stage it, hold it against the roll, warn, and apply it in one transaction.

A file is looked at beside the roll while everybody goes on, and compared once more when nobody else
can change members: what was seen is applied only if it still holds (docs/decisions/0026).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import BinaryIO

from sqlalchemy import Connection
from sqlmodel import Session

from app.core.database import Database
from app.roll import apply, cautions, compare, mapping, merges, repository
from app.roll.choices import NO_CHOICES, Choices, Missing
from app.roll.compare import Comparison, Staged
from app.roll.csv_file import CsvRows, Row, Rows, rows_at_once
from app.roll.files import RollFile, open_roll_file
from app.roll.findings import Findings, findings_of
from app.roll.header import Header, read_header, read_names
from app.roll.rows import Problems, RowReader
from app.roll.same_people import find_same_people
from app.roll.schemas import Caution, ImportOut, WarningOut
from app.roll.staging import be_patient, filling, make_ready, staged

# Rows of a workbook read at a time; a CSV file has blocks of about as many.
BLOCK = 350
BY_MEMORY = WarningOut(
    code=Caution.COLUMNS_REMEMBERED,
    message="The columns of this file were matched as headquarters last said for this header.",
)


@dataclass(frozen=True)
class Read:
    """What is known of a file once all of it is staged."""

    file: RollFile
    header: Header
    rows: int
    problems: Problems
    duplicates: int


@dataclass(frozen=True)
class Imported:
    """What an import did, or would do, and of which file."""

    outcome: ImportOut
    file: RollFile
    findings: Findings


@dataclass(frozen=True)
class Task:
    """One import.

    Attributes:
        dry_run: come to the same numbers and change nothing.
        today: the London day of the import.
        choices: what headquarters chose.
        tell: hears now and then how many rows have been read.
        seal: the last that happens in the transaction that applies the file; its error undoes it.
        lists: whether to list members as well as count them.
    """

    dry_run: bool
    today: date
    choices: Choices = NO_CHOICES
    tell: Callable[[int], None] | None = None
    seal: Callable[[Session, Imported], None] | None = None
    lists: bool = False


def run_import(database: Database, file: BinaryIO, task: Task, *, file_name: str) -> Imported:
    """Do one import.

    Args:
        database: where the roll is.
        file: opened for reading bytes, and one that can be read twice.
        task: what to do.
        file_name: what the sender calls it.

    Raises:
        Invalid: the whole file is refused, for one of the reasons in `refusals`.
        RollHasChanged: somebody else changed the roll meanwhile; nothing is imported.
    """
    with open_roll_file(file, file_name=file_name) as roll_file:
        header, branches = _prepared(database, roll_file, task)
        reader = RowReader(header, today=task.today, branches=branches)
        with database.engine.connect() as line, staged(line, reader.fields) as stage:
            with filling(line, stage) as put:
                for rows in _blocks(roll_file.rows):
                    put(reader.read(rows))
                    if task.tell is not None:
                        task.tell(reader.rows)
            make_ready(line)
            with Session(line) as session:
                duplicates = compare.refuse_repeated_numbers(
                    Staged(session, stage, today=task.today), reader.problems
                )
            line.commit()
            read = Read(roll_file, header, reader.rows, reader.problems, duplicates)
            with _beside_roll(line, writes=False) as session:
                seen = _look(Staged(session, stage, today=task.today), read, task)
            if task.dry_run:
                return seen.imported
            with _beside_roll(line, writes=True) as session:
                return _apply(Staged(session, stage, today=task.today), read, task, seen=seen)


def _prepared(
    database: Database, roll_file: RollFile, task: Task
) -> tuple[Header, Mapping[str, str]]:
    """Return the header by the mapping that holds, and the roll's branches by folded code."""
    names = read_names(roll_file.rows)
    with database.reading() as session:
        remembered = mapping.remembered(session, names)
        branches = repository.codes_by_folded_code(session)
    chosen = task.choices.mapping
    header = read_header(names, mapping=remembered if chosen is None else chosen)
    if remembered and chosen is None:
        header = replace(header, warnings=(*header.warnings, BY_MEMORY))
    return header, branches


def _blocks(rows: Iterator[Row]) -> Iterator[Rows]:
    if isinstance(rows, CsvRows):
        take = rows.take_block
    else:

        def take() -> Rows:
            return rows_at_once(islice(rows, BLOCK))

    while (block := take()).numbers:
        yield block


@contextmanager
def _beside_roll(line: Connection, *, writes: bool) -> Iterator[Session]:
    """Give a session that writes and commits while the roll stands still, or looks and undoes."""
    line.execution_options(muster_writes=writes)
    try:
        with Session(line, expire_on_commit=False) as session, session.begin() as transaction:
            be_patient(session.connection())
            if writes:
                repository.let_one_import_write(session)
            yield session
            if not writes:
                transaction.rollback()
    finally:
        line.execution_options(muster_writes=False)


@dataclass(frozen=True)
class Compared:
    """How a file differs from the roll, and what was refused on the way."""

    found: Comparison
    new_branches: list[str]
    leaving: list[str]
    problems: Problems
    left: int


@dataclass(frozen=True)
class Seen:
    """A comparison and all that is said about it."""

    compared: Compared
    imported: Imported


def _compare(beside: Staged, read: Read, task: Task) -> Compared:
    problems = read.problems.copy()
    compare.refuse_left_before_joining(beside, problems)
    leaving = merges.merge(beside, task.choices.merges, problems=problems)
    new_branches = compare.settle_branches(beside)
    found = compare.compare(beside)
    left = (found.missing if _marks_missing(read, task) else 0) + len(leaving)
    return Compared(found, new_branches, leaving, problems, left)


def _marks_missing(read: Read, task: Task) -> bool:
    # A file without members is a failed export, not the end of the union.
    return task.choices.missing is Missing.LEFT and read.rows > 0


def _look(beside: Staged, read: Read, task: Task, *, compared: Compared | None = None) -> Seen:
    """Compare, unless that has been done, and find out what is worth a look."""
    compared = compared or _compare(beside, read, task)
    same_people = find_same_people(beside)
    warnings = cautions.cautions(
        beside,
        compared.found,
        new_branches=compared.new_branches,
        same_people=same_people,
        mark_missing=_marks_missing(read, task),
    )
    findings = findings_of(beside, same_people=same_people) if task.lists else Findings()
    outcome = _outcome(read, compared, warnings, dry_run=task.dry_run)
    return Seen(compared, Imported(outcome, read.file, findings))


def _apply(beside: Staged, read: Read, task: Task, *, seen: Seen) -> Imported:
    """Apply what was seen; look again first if the roll has changed since."""
    compared = _compare(beside, read, task)
    if compared != seen.compared:
        seen = _look(beside, read, task, compared=compared)
    left_on = task.choices.left_on or task.today
    if _marks_missing(read, task):
        apply.mark_missing_as_left(beside, left_on=left_on)
    apply.mark_as_left(beside, compared.leaving, left_on=left_on)
    apply.apply(beside, compared.found, new_branches=compared.new_branches)
    if task.seal is not None:
        task.seal(beside.session, seen.imported)
    return seen.imported


def _outcome(
    read: Read, compared: Compared, warnings: Sequence[WarningOut], *, dry_run: bool
) -> ImportOut:
    found, problems = compared.found, compared.problems
    return ImportOut(
        dry_run=dry_run,
        rows=read.rows,
        added=found.added,
        updated=found.updated,
        unchanged=found.unchanged,
        rejected=problems.rejected,
        problems=sorted(problems.kept, key=lambda problem: problem.row),
        warnings=[*read.file.warnings, *read.header.warnings, *_no_rows(read.rows), *warnings],
        changes=dict(found.changes),
        duplicates=read.duplicates,
        missing=found.missing,
        left=compared.left,
        unlisted_problems=problems.unlisted,
    )


def _no_rows(rows: int) -> Iterator[WarningOut]:
    if rows == 0:
        yield WarningOut(
            code=Caution.NO_ROWS,
            message="This file has a header and no members under it. Nothing was changed.",
        )
