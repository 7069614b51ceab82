"""Erase a member: nothing of them stays, and no count, digest, recount or audit chain changes.

Their entries stay on the rolls, empty: that somebody was entitled and voted still counts
(docs/decisions/0027).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.events import MemberErased
from app.audit.service import Actor
from app.ballots.change_models import RollChange, RollChangeEntry
from app.ballots.held import entries_of, refuse_while_needed
from app.ballots.models import RollEntry
from app.ballots.proposal_models import ExclusionProposal
from app.core.database import Database
from app.core.settings import Settings
from app.roll.models import Member
from app.roll.refusals import UnknownMember
from app.roll.repository import find_member
from app.roll.uploads import forget_idle
from app.security.secrets import keyed_digest

# Every table that held something of an erased member; PostgreSQL keeps old rows until a VACUUM.
TABLES = (
    "member",
    "roll_entry",
    "roll_change",
    "exclusion_proposal",
    "left_out_member",
    "roll_import_chunk",
    "roll_import_problem",
)


@dataclass(frozen=True)
class Erasure:
    """Who erases, when, and what other packages must forget too.

    Attributes:
        settings: the key for the digest in the audit log, and how long records are kept.
        forget: takes the session, the member; what packages above this one hold about them.
        actor: who does it.
        now: this moment.
    """

    settings: Settings
    forget: Callable[[Session, Member], None]
    actor: Actor
    now: datetime


def get_anyones(session: Session, number: str) -> Member:
    """Find a member for whoever runs the service.

    Raises:
        UnknownMember: there is none.
    """
    member = find_member(session, number)
    if member is None:
        raise UnknownMember(
            f"Nobody on the roll has the membership number {number}. Nothing was done."
        )
    return member


def erase_member(session: Session, number: str, *, erasure: Erasure) -> int:
    """Erase a member and return how many entries on rolls were emptied.

    Raises:
        UnknownMember: nobody has the number.
        StillNeeded: a ballot of theirs is not declared, or not long enough ago.
    """
    member = get_anyones(session, number)
    entries = entries_of(session, member)
    refuse_while_needed(entries, retention=erasure.settings.retention, now=erasure.now)
    # Before their entries are emptied: others find by these what they hold.
    erasure.forget(session, member)
    _empty(session, [entry.id for entry in entries])
    # Kept files name whole branches; what is only worked on now is applied or forgotten in days.
    forget_idle(session)
    session.execute(sa.delete(Member).where(col(Member.id) == member.id))
    event = MemberErased(number_digest(number, settings=erasure.settings), entries=len(entries))
    audit.record(session, event, actor=erasure.actor, now=erasure.now)
    return len(entries)


def number_digest(number: str, *, settings: Settings) -> str:
    """Return what the audit log says instead of a membership number (hex, keyed).

    Whoever has the number and the service's key can find the event again, and nobody else.
    """
    key = settings.secret_key.get_secret_value()
    return keyed_digest(number, purpose="erased-member", key=key).hex()


def _empty(session: Session, entry_ids: list[int]) -> None:
    """Empty entries and what was said about them alone; the changes lose their salt."""
    session.execute(
        sa.update(RollEntry)
        .where(col(RollEntry.id).in_(entry_ids))
        .values(member_id=None, membership_number="", category="", joined_on=None)
    )
    session.execute(
        sa.update(ExclusionProposal)
        .where(col(ExclusionProposal.entry_id).in_(entry_ids))
        .values(reason="")
    )
    theirs = sa.exists().where(
        col(RollChangeEntry.ballot_id) == col(RollChange.ballot_id),
        col(RollChangeEntry.number) == col(RollChange.number),
        col(RollChangeEntry.entry_id).in_(entry_ids),
    )
    session.execute(
        sa.update(RollChange)
        .where(theirs)
        .values(salt=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.update(RollChange)
        .where(theirs, col(RollChange.entries) == 1)
        .values(reason="")
        .execution_options(synchronize_session=False)
    )


def clear_traces(database: Database, *, tables: tuple[str, ...]) -> None:
    """Overwrite what the database keeps of erased rows, outside any transaction.

    PostgreSQL keeps them until a VACUUM; SQLite overwrites them at once (secure_delete) but keeps
    old pages in its write-ahead log until a checkpoint.
    """
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.exec_driver_sql(f"VACUUM {', '.join(tables)}")
