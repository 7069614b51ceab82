"""Invite the members of a ballot: queue one message for each, in one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.events import InvitationsQueued, MessagesQueuedAgain
from app.ballots.credentials import refuse_unless_running
from app.ballots.models import Ballot, Credential, RollEntry
from app.ballots.repository import entitled_count
from app.ballots.service import key_of
from app.core.columns import UTCDateTime
from app.core.errors import Conflict
from app.core.settings import Settings
from app.core.statements import rows_touched
from app.notices.models import Delivery, OutboxMessage, Purpose
from app.notices.outbox import send_again
from app.notices.server import mail_server
from app.roll.models import Member
from app.security.service import Staff

# A statement that queues a hundred thousand takes seconds; PostgreSQL's limit of ours is 30.
LONGEST_STATEMENT = "120s"


class MailIsOff(Conflict):
    """No mail server is set."""

    code = "mail_is_off"
    message = (
        "Mail is off: MUSTER_SMTP_URL names no mail server. Whoever runs Muster sets it, checks it "
        "with `muster mail check` and runs `muster worker`."
    )


@dataclass(frozen=True)
class Reach:
    """Whom an invitation by e-mail could reach, of everybody on the frozen roll."""

    entitled: int
    to_invite: int
    invited: int
    no_address: int


def reach_of(session: Session, ballot: Ballot) -> Reach:
    """Count whom a click would invite, who was invited, and who has no e-mail address."""
    entitled = entitled_count(session, key_of(ballot))
    without = sa.select(sa.func.count()).select_from(_entries(ballot, has_address=False).subquery())
    waiting = sa.select(sa.func.count()).select_from(_to_invite(ballot).subquery())
    invited = sa.select(sa.func.count()).where(
        col(OutboxMessage.ballot_id) == key_of(ballot),
        col(OutboxMessage.purpose) == Purpose.INVITATION,
    )
    return Reach(
        entitled,
        to_invite=session.execute(waiting).scalar_one(),
        invited=session.execute(invited).scalar_one(),
        no_address=session.execute(without).scalar_one(),
    )


def queue_invitations(
    session: Session, ballot: Ballot, *, staff: Staff, settings: Settings, now: datetime
) -> int:
    """Queue an invitation for each entitled member with an address and no code, and count them.

    They leave when the ballot opens: the day on which the first voting paper is sent decides which
    law applies. Asked twice, nobody is invited twice.

    Raises:
        MailIsOff: no mail server is set.
        RollNotFrozen: the ballot is a draft.
        BallotOver: voting has closed.

    Source:
        The opening day is the first on which a voting paper is sent (docs/law.md).
    """
    refuse_if_mail_is_off(settings)
    refuse_unless_running(ballot, now=now)
    queued = _queue_each(session, ballot, now=now)
    event = InvitationsQueued(ballot.slug, queued=queued)
    audit.record(session, event, actor=staff.actor, now=now)
    return queued


def _queue_each(session: Session, ballot: Ballot, *, now: datetime) -> int:
    dialect = session.get_bind().dialect.name
    if dialect == "postgresql":
        session.execute(sa.text(f"SET LOCAL statement_timeout = '{LONGEST_STATEMENT}'"))
    chosen = _to_invite(ballot).subquery()
    prefix = f"{Purpose.INVITATION}/{key_of(ballot)}/"
    values: dict[str, sa.ColumnElement[Any]] = {
        "key": sa.literal(prefix) + sa.cast(chosen.c.entry_id, sa.String),
        "purpose": sa.literal(str(Purpose.INVITATION)),
        "ballot_id": sa.literal(key_of(ballot)),
        "entry_id": chosen.c.entry_id,
        "member_id": chosen.c.member_id,
        "address": sa.literal(""),
        "language": chosen.c.language,
        "state": sa.literal(str(Delivery.QUEUED)),
        "attempts": sa.literal(0),
        "queued_at": sa.literal(now, UTCDateTime()),
        "due_at": sa.literal(max(now, ballot.opens_at), UTCDateTime()),
        "reply": sa.literal(""),
    }
    insert = postgres_insert if dialect == "postgresql" else sqlite_insert
    queued = session.execute(
        insert(OutboxMessage)
        # SQLite reads ON CONFLICT as part of a join unless there is a WHERE before it.
        .from_select(list(values), sa.select(*values.values()).where(sa.true()))
        .on_conflict_do_nothing(index_elements=["key"])
        .execution_options(preserve_rowcount=True)
    )
    return rows_touched(queued)


def refuse_if_mail_is_off(settings: Settings) -> None:
    """Let nothing be queued that nothing would send.

    Raises:
        MailIsOff: no mail server is set.
    """
    if mail_server(settings) is None:
        raise MailIsOff


def queue_again(
    session: Session, ballot: Ballot, *, state: Delivery, staff: Staff, now: datetime
) -> int:
    """Queue a ballot's invitations that are unsure or were refused once more, and count them.

    Raises:
        RollNotFrozen: the ballot is a draft.
        BallotOver: voting has closed.
    """
    refuse_unless_running(ballot, now=now)
    messages = send_again(session, key_of(ballot), purpose=Purpose.INVITATION, state=state, now=now)
    event = MessagesQueuedAgain(ballot.slug, state=state, messages=messages)
    audit.record(session, event, actor=staff.actor, now=now)
    return messages


def _entries(ballot: Ballot, *, has_address: bool) -> sa.Select[Any]:
    columns: list[sa.ColumnElement[Any]] = [
        sa.label("entry_id", col(RollEntry.id)),
        sa.label("member_id", col(RollEntry.member_id)),
        sa.label("language", col(Member.language)),
    ]
    return (
        sa.select(*columns)
        .join(Member, col(Member.id) == col(RollEntry.member_id))
        .where(
            col(RollEntry.ballot_id) == key_of(ballot),
            col(RollEntry.on_roll),
            col(Member.email) != "" if has_address else col(Member.email) == "",
        )
    )


def _to_invite(ballot: Ballot) -> sa.Select[Any]:
    """Return whom to invite, by taking sets from each other: any plan of that is a good one.

    Asked as "not exists", PostgreSQL took minutes over a roll that it had no statistics of yet.
    """
    has_code = sa.select(col(Credential.entry_id)).where(
        col(Credential.ballot_id) == key_of(ballot), col(Credential.revoked_at).is_(None)
    )
    is_queued = sa.select(col(OutboxMessage.entry_id)).where(
        col(OutboxMessage.ballot_id) == key_of(ballot),
        col(OutboxMessage.purpose) == Purpose.INVITATION,
    )
    reachable = _entries(ballot, has_address=True).subquery()
    left = sa.except_(sa.select(reachable.c.entry_id), has_code, is_queued).subquery()
    entries = _entries(ballot, has_address=True)
    return entries.join(left, left.c.entry_id == col(RollEntry.id))
