"""What came back: written down, its code ended, and its address left alone until it changes."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.audit import service as audit
from app.audit.notice_events import MessagesCameBack
from app.audit.service import Actor
from app.ballots.models import Ballot, Credential
from app.core.database import Database
from app.notices.bounce_models import Bounce
from app.notices.bounce_reports import Heard
from app.notices.message import NoSuchAddress, deliverable
from app.notices.models import Delivery, OutboxMessage, Purpose
from app.roll.models import Member
from app.voting.marked_roll import code_not_voted_with

Row = OutboxMessage
SUPPRESSED = "Mail to this address came back before; it is sent when the roll has another."
SENT_AGAIN = (Purpose.INVITATION, Purpose.NEW_LINK)
SLICE = 500


@dataclass(frozen=True)
class Tally:
    """What a batch of reports came to.

    Attributes:
        hard: messages whose address is of no use.
        soft: messages that did not arrive this time.
        known: reports of what was written down before.
        unknown: reports of messages that are not ours.
        with_code: of these two, those that had a code in them, whether or not it was used.
    """

    hard: int = 0
    soft: int = 0
    known: int = 0
    unknown: int = 0
    with_code: int = 0


def mark_bounces(
    session: Session, reports: Iterable[Heard], *, actor: Actor, now: datetime
) -> Tally:
    """Write down which of our messages came back, each once, and end the codes in them.

    A report is believed of a message whose Message-ID it names. It counts as hard only where it
    names the address that we wrote to: of one that the member's own server passed on, and that
    failed there, nobody knows whether the member has it. Nothing that this says or counts depends
    on whether the member has voted: whoever reports could ask so.
    """
    counted: Counter[str] = Counter()
    by_ballot: dict[int | None, Counter[str]] = {}
    for report in reports:
        row = _message_of(session, report)
        if row is None:
            counted["unknown"] += 1
            continue
        outcome = _mark(session, row, report, now=now)
        counted.update(outcome)
        if "known" not in outcome:
            by_ballot.setdefault(row.ballot_id, Counter()).update(outcome)
    for ballot_id, numbers in by_ballot.items():
        event = MessagesCameBack(
            "mail" if ballot_id is None else session.get_one(Ballot, ballot_id).slug,
            hard=numbers["hard"],
            soft=numbers["soft"],
            with_code=numbers["with_code"],
        )
        audit.record(session, event, actor=actor, now=now)
    return Tally(**counted)


def _message_of(session: Session, report: Heard) -> Row | None:
    for message_id in report.message_ids:
        if not message_id.isprintable():
            continue
        found: Row | None = session.execute(
            sa.select(Row).where(col(Row.message_id) == message_id)
        ).scalar()
        if found is not None:
            return found
    return None


def _mark(session: Session, row: Row, report: Heard, *, now: datetime) -> list[str]:
    """Write down one message, and return which numbers it adds to."""
    own = row.address.lower() in report.recipients
    hard = report.hard and own
    earlier = session.execute(
        sa.select(Bounce).where(col(Bounce.message_id) == row.message_id)
    ).scalar()
    if earlier is not None and (earlier.hard or not hard):
        return ["known"]
    bounce = earlier or Bounce(
        message_id=row.message_id or "",
        outbox_id=row.id or 0,
        member_id=row.member_id,
        address=_as_on_roll(session, row),
        hard=False,
        heard_at=now,
    )
    bounce.hard, bounce.status = hard, report.status
    session.add(bounce)
    if row.state == Delivery.UNSURE:
        row.state = Delivery.ACCEPTED  # or it could not have come back
    session.flush()
    outcome = ["hard" if bounce.hard else "soft"]
    if own and row.code_digest is not None:
        _end_code(session, row.code_digest, now=now)
        outcome.append("with_code")
    return outcome


def _as_on_roll(session: Session, row: Row) -> str:
    member = session.get(Member, row.member_id) if row.member_id is not None else None
    if member is not None and _deliverable(member.email) == row.address:
        return member.email
    return row.address


def _end_code(session: Session, digest: bytes, *, now: datetime) -> None:
    """End the code of a message: the report that returned it may hold it for others to read.

    One that was voted with stays; it opens nothing but the page that says so.
    """
    session.execute(
        sa.update(Credential)
        .where(
            col(Credential.digest) == digest,
            col(Credential.revoked_at).is_(None),
            code_not_voted_with(),
        )
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )


def dead_addresses(session: Session, addresses: Collection[str]) -> set[str]:
    """Return which of these addresses, as the roll spells them, are of no use."""
    asked = sorted({each for each in addresses if each})
    dead: set[str] = set()
    for start in range(0, len(asked), SLICE):
        found = session.execute(
            sa.select(col(Bounce.address)).where(
                col(Bounce.hard), col(Bounce.address).in_(asked[start : start + SLICE])
            )
        )
        dead.update(found.scalars())
    return dead


def has_dead_address() -> sa.ColumnElement[bool]:
    """Return the condition that the roll's only e-mail address of a member is of no use."""
    return col(Member.email).in_(sa.select(col(Bounce.address)).where(col(Bounce.hard)))


def no_mail_reaches() -> sa.ColumnElement[bool]:
    """Return the condition that a member has no e-mail address that works."""
    return sa.or_(col(Member.email) == "", has_dead_address())


def queue_to_changed_addresses(database: Database, *, now: datetime) -> int:
    """Queue what came back or was refused once more where the roll has another address now.

    Only while its ballot runs. Looked for by reading, so that votes wait only for what is found.
    """
    changed = _changed(database, now=now)
    if not changed:
        return 0
    with database.writing() as session:
        queued = session.execute(
            sa.update(Row)
            .where(
                col(Row.id).in_(changed),
                col(Row.state).in_((Delivery.ACCEPTED, Delivery.REFUSED, Delivery.DROPPED)),
            )
            .values(
                state=Delivery.QUEUED,
                worker=None,
                claimed_until=None,
                settled_at=None,
                attempts=0,
                due_at=now,
            )
            .returning(col(Row.id))
            .execution_options(synchronize_session=False)
        )
        return len(queued.all())


def _changed(database: Database, *, now: datetime) -> list[int]:
    """Return the next few messages whose member has another address that mail can go to.

    The whole outbox is gone through: those who only spell theirs otherwise, or have one that cannot
    be, stay where they are for as long as the ballot runs, and must not stand before the others.
    """
    changed: list[int] = []
    after = 0
    with database.reading() as session:
        while len(changed) < SLICE:
            rows = session.execute(_with_another_address(after=after, now=now)).all()
            changed += [row.id for row in rows if _deliverable(row.email) not in {"", row.address}]
            if len(rows) < SLICE:
                break
            after = rows[-1].id
    return changed[:SLICE]


def _with_another_address(*, after: int, now: datetime) -> sa.Select[Any]:
    came_back = (col(Row.state) == Delivery.ACCEPTED) & col(Row.message_id).in_(
        sa.select(col(Bounce.message_id))
    )
    suppressed = (col(Row.state) == Delivery.DROPPED) & (col(Row.reply) == SUPPRESSED)
    columns: list[sa.ColumnElement[Any]] = [
        sa.label("id", col(Row.id)),
        sa.label("address", col(Row.address)),
        sa.label("email", col(Member.email)),
    ]
    return (
        sa.select(*columns)
        .join(Member, col(Member.id) == col(Row.member_id))
        .join(Ballot, col(Ballot.id) == col(Row.ballot_id))
        .where(
            sa.or_(came_back, suppressed, col(Row.state) == Delivery.REFUSED),
            col(Row.purpose).in_([str(each) for each in SENT_AGAIN]),
            col(Member.email) != col(Row.address),
            col(Member.email) != "",
            col(Ballot.closes_at) > now,
            col(Row.id) > after,
        )
        .order_by(col(Row.id))
        .limit(SLICE)
    )


def _deliverable(address: str) -> str:
    try:
        return deliverable(address)[:320]
    except NoSuchAddress:
        return ""


def counts_of(session: Session, ballot_id: int) -> Mapping[str, int]:
    """Return how many invitations came back for good, for now, or were held back for that.

    One that has been queued again since counts no more, whatever became of it.
    """
    came_back = session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(sa.case((col(Bounce.hard), 1), else_=0)), 0),
            sa.func.count(),
        )
        .join(Row, col(Row.message_id) == col(Bounce.message_id))
        .where(
            col(Row.ballot_id) == ballot_id,
            col(Row.purpose) == Purpose.INVITATION,
            col(Row.state) == Delivery.ACCEPTED,
        )
    ).one()
    held = session.execute(
        sa.select(sa.func.count()).where(
            col(Row.ballot_id) == ballot_id,
            col(Row.purpose) == Purpose.INVITATION,
            col(Row.reply) == SUPPRESSED,
            col(Row.state) == Delivery.DROPPED,
        )
    ).scalar_one()
    hard, every = int(came_back[0]), int(came_back[1])
    return {"hard": hard, "soft": every - hard, "suppressed": int(held)}


def mark_all(database: Database, reports: Sequence[Heard], *, actor: Actor, now: datetime) -> Tally:
    """Write down many reports, a slice at a time, so that no vote waits for all of them."""
    total = Tally()
    for start in range(0, len(reports), SLICE):
        with database.writing() as session:
            part = mark_bounces(session, reports[start : start + SLICE], actor=actor, now=now)
        total = Tally(
            **{field: getattr(total, field) + getattr(part, field) for field in vars(total)}
        )
    return total
