"""Import a roll file: stage it, hold it against the roll, warn, and apply it in one transaction.

Docs: docs/decisions/0026. The roll's own tables are locked only from the comparison to the commit.
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
        seal: the last that happens in the transaction that applies the file, or in that of a dry
            run, which is undone; its error undoes the import.
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
            with _held_against_roll(line, writes=not task.dry_run) as session:
                return _finish(Staged(session, stage, today=task.today), read, task)


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
def _held_against_roll(line: Connection, *, writes: bool) -> Iterator[Session]:
    """Give a session in which the roll stands still, and that commits at the end if it writes."""
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


def _finish(staged_file: Staged, read: Read, task: Task) -> Imported:
    """Compare, warn, and apply unless it is a dry run."""
    compare.refuse_left_before_joining(staged_file, read.problems)
    leaving = merges.merge(staged_file, task.choices.merges, problems=read.problems)
    new_branches = compare.settle_branches(staged_file)
    found = compare.compare(staged_file)
    same_people = find_same_people(staged_file)
    # A file without members is a failed export, not the end of the union.
    mark_missing = task.choices.missing is Missing.LEFT and read.rows > 0
    left = (found.missing if mark_missing else 0) + len(leaving)
    warnings = cautions.cautions(
        staged_file,
        found,
        new_branches=new_branches,
        same_people=same_people,
        mark_missing=mark_missing,
    )
    imported = Imported(
        _outcome(read, found, warnings, left=left, dry_run=task.dry_run),
        read.file,
        findings_of(staged_file, same_people=same_people) if task.lists else Findings(),
    )
    if not task.dry_run:
        left_on = task.choices.left_on or task.today
        if mark_missing:
            apply.mark_missing_as_left(staged_file, left_on=left_on)
        apply.mark_as_left(staged_file, leaving, left_on=left_on)
        apply.apply(staged_file, found, new_branches=new_branches)
    if task.seal is not None:
        task.seal(staged_file.session, imported)
    return imported


def _outcome(
    read: Read,
    found: Comparison,
    warnings: Sequence[WarningOut],
    *,
    left: int,
    dry_run: bool,
) -> ImportOut:
    return ImportOut(
        dry_run=dry_run,
        rows=read.rows,
        added=found.added,
        updated=found.updated,
        unchanged=found.unchanged,
        rejected=read.problems.rejected,
        problems=sorted(read.problems.kept, key=lambda problem: problem.row),
        warnings=[*read.file.warnings, *read.header.warnings, *_no_rows(read.rows), *warnings],
        changes=dict(found.changes),
        duplicates=read.duplicates,
        missing=found.missing,
        left=left,
        unlisted_problems=read.problems.unlisted,
    )


def _no_rows(rows: int) -> Iterator[WarningOut]:
    if rows == 0:
        yield WarningOut(
            code=Caution.NO_ROWS,
            message="This file has a header and no members under it. Nothing was changed.",
        )
