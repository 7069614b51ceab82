"""Import a roll file, and show a member."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import BinaryIO

from sqlmodel import Session

from app.audit import service as audit
from app.audit.changes import Changes, changes
from app.audit.events import ColumnsMatched, RollImported
from app.audit.repository import latest
from app.audit.service import Actor
from app.core.database import Database
from app.roll import mapping, repository
from app.roll.cells import folded_branch
from app.roll.choices import NO_CHOICES, Choices
from app.roll.importing import Imported, Task, run_import
from app.roll.models import Member
from app.roll.refusals import UnknownMember
from app.roll.schemas import ImportOut
from app.rules.london import london_day
from app.security.models import Role
from app.security.service import Staff


def import_roll(  # noqa: PLR0913 - an import is this many facts
    database: Database,
    file: BinaryIO,
    *,
    file_name: str,
    dry_run: bool,
    actor: Actor,
    now: datetime,
    choices: Choices = NO_CHOICES,
    tell: Callable[[int], None] | None = None,
) -> ImportOut:
    """Bring the roll up to a file: add who is new, change who differs, leave the rest.

    All of it happens in one transaction, begun when the whole file has been read and checked: on
    SQLite, reading keeps nobody from voting. What the file has no column for stays as it is.

    Args:
        database: where the roll is.
        file: opened for reading bytes, and one that can be read twice.
        file_name: what the sender calls it.
        dry_run: come to the same numbers and write nothing, not even to the audit log.
        actor: who imports, for the audit log.
        now: decides which joining days are still to come.
        choices: what becomes of members who are not in the file, and the like.
        tell: hears now and then how many rows have been read.

    Raises:
        Invalid: the whole file is refused, for one of the reasons in `refusals`.
        RollHasChanged: somebody else changed the roll meanwhile; nothing is imported.
    """

    def seal(session: Session, imported: Imported) -> None:
        record_import(session, imported, actor=actor, now=now)

    task = Task(dry_run, today=london_day(now), choices=choices, tell=tell, seal=seal)
    return run_import(database, file, task, file_name=file_name).outcome


def record_import(session: Session, imported: Imported, *, actor: Actor, now: datetime) -> None:
    """Write an import into the audit log, in the transaction that applies it."""
    outcome = imported.outcome
    event = RollImported(
        imported.file.name,
        rows=outcome.rows,
        added=outcome.added,
        updated=outcome.updated,
        unchanged=outcome.unchanged,
        rejected=outcome.rejected,
        file_digest=imported.file.digest,
        columns=outcome.changes,
        marked_as_left=outcome.left,
        changes=_effect_of(session, imported),
    )
    audit.record(session, event, actor=actor, now=now)


def _effect_of(session: Session, imported: Imported) -> Changes:
    """Return how many members there were and are, and the digest of the files applied so far.

    Each digest follows from the one before it and from the file: whoever has the files can work
    them out again, and nobody is named by one (docs/decisions/0051).
    """
    before = latest(session, RollImported)
    changed = before.details.get("changes", {}) if before else {}
    _, digest = changed.get("files", (None, None))
    outcome, members = imported.outcome, repository.count_members(session)
    said = f"{digest or ''}\n{imported.file.digest}\n{outcome.added} {outcome.updated}\n"
    return changes(
        {"members": members - outcome.added, "files": digest},
        {"members": members, "files": hashlib.sha256(said.encode()).hexdigest()},
    )


def match_columns(
    session: Session,
    names: Sequence[str],
    chosen: Mapping[str, str],
    *,
    staff: Staff,
    now: datetime,
) -> None:
    """Remember which column is which in files with such a header, and put it on record.

    Args:
        session: writes.
        names: the header.
        chosen: the file's column for each of ours; it fits the header.
        staff: who matched them.
        now: this moment.
    """
    before = mapping.remembered(session, names) or {}
    mapping.remember(session, names, chosen, by=staff.name, now=now)
    event = ColumnsMatched("roll files", changes=changes(before, chosen))
    audit.record(session, event, actor=staff.actor, now=now)


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
