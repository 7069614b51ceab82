"""Import a roll file, and show a member."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from sqlmodel import Session

from app.audit import service as audit
from app.audit.events import RollImported
from app.audit.service import Actor
from app.roll import repository
from app.roll.cells import folded_branch
from app.roll.csv_file import Row
from app.roll.files import RollFile, open_roll_file
from app.roll.header import find_header
from app.roll.merge import Merge
from app.roll.models import Member
from app.roll.refusals import UnknownMember
from app.roll.rows import RowReader
from app.roll.schemas import Caution, ImportOut, WarningOut
from app.rules.london import london_day
from app.security.models import Role
from app.security.service import Staff

# Members compared and written at a time: what an import holds in memory besides its reasons.
SLICE = 2000


def import_roll(  # noqa: PLR0913 - an import is this many facts
    session: Session,
    file: BinaryIO,
    *,
    file_name: str,
    dry_run: bool,
    actor: Actor,
    now: datetime,
) -> ImportOut:
    """Bring the roll up to a file: add who is new, change who differs, leave the rest.

    All of it happens in the caller's transaction. Members who are not in the file stay as they
    are, and so does what the file has no column for.

    Args:
        session: writes, or only reads for a dry run.
        file: opened for reading bytes, and one that can be read twice.
        file_name: what the sender calls it.
        dry_run: come to the same numbers and write nothing, not even to the audit log.
        actor: who imports, for the audit log.
        now: decides which joining days are still to come.

    Raises:
        Invalid: the whole file is refused, for one of the reasons in `refusals`.
    """
    with open_roll_file(file, file_name=file_name) as roll_file:
        if dry_run:
            return _merge(session, roll_file, dry_run=True, now=now)
        repository.let_one_import_write(session)
        outcome = _merge(session, roll_file, dry_run=False, now=now)
        _record(session, outcome, roll_file=roll_file, actor=actor, now=now)
        return outcome


def _merge(session: Session, roll_file: RollFile, *, dry_run: bool, now: datetime) -> ImportOut:
    today = london_day(now)
    header = find_header(roll_file.rows)
    reader = RowReader(header, today=today)
    merge = Merge(session, reader, dry_run=dry_run, today=today)
    for rows in _slices(roll_file.rows):
        read = (reader.read(row) for row in rows)
        merge.take([row for row in read if row is not None])
    return ImportOut(
        dry_run=dry_run,
        rows=reader.rows,
        added=merge.added,
        updated=merge.updated,
        unchanged=merge.unchanged,
        rejected=reader.rejected,
        problems=sorted(reader.problems, key=lambda problem: problem.row),
        warnings=[*roll_file.warnings, *header.warnings, *_no_rows(reader), *merge.warnings()],
    )


def _slices(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while some := list(islice(rows, SLICE)):
        yield some


def _no_rows(reader: RowReader) -> Iterator[WarningOut]:
    if reader.rows == 0:
        yield WarningOut(
            code=Caution.NO_ROWS,
            message="This file has a header and no members under it. Nothing was changed.",
        )


def _record(
    session: Session, outcome: ImportOut, *, roll_file: RollFile, actor: Actor, now: datetime
) -> None:
    event = RollImported(
        roll_file.name,
        rows=outcome.rows,
        added=outcome.added,
        updated=outcome.updated,
        unchanged=outcome.unchanged,
        rejected=outcome.rejected,
        file_digest=roll_file.digest,
    )
    audit.record(session, event, actor=actor, now=now)


def get_member(session: Session, membership_number: str, *, staff: Staff) -> Member:
    """Find a member whom the one who asks may see: a branch officer sees their branch only.

    Raises:
        UnknownMember: there is none, or none for them; the two look the same.
    """
    member = repository.find_member(session, membership_number)
    if member is None:
        raise UnknownMember
    if staff.role is not Role.HQ and not _is_theirs(member, staff=staff):
        raise UnknownMember
    return member


def _is_theirs(member: Member, *, staff: Staff) -> bool:
    return staff.branch is not None and folded_branch(staff.branch) == folded_branch(member.branch)
