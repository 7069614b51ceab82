"""What came back: written down, its code ended, and its address left alone until it changes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

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
    own, hard = row.address.lower() in report.recipients, _is_hard(row, report)
    if _is_known(session, row, report):
        return ["known"]
    earlier = _earlier(session, row)
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
    if member is not None and deliverable_or_empty(member.email) == row.address:
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


def has_dead_address() -> sa.ColumnElement[bool]:
    """Return the condition that the roll's only e-mail address of a member is of no use."""
    return sa.exists().where(col(Bounce.hard), col(Bounce.address) == col(Member.email))


def no_mail_reaches() -> sa.ColumnElement[bool]:
    """Return the condition that a member has no e-mail address that works."""
    return sa.or_(col(Member.email) == "", has_dead_address())


def deliverable_or_empty(address: str) -> str:
    """Return an address in the form that goes to the server; empty where it can be none."""
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
        with database.reading() as session:
            news, part = _news_in(session, reports[start : start + SLICE])
        total = _added(total, part)
        # A mailbox is read again and again: what is known already keeps no vote waiting.
        if not news:
            continue
        with database.writing() as session:
            part = mark_bounces(session, news, actor=actor, now=now)
        total = _added(total, part)
    return total


def _added(one: Tally, other: Tally) -> Tally:
    return Tally(**{field: getattr(one, field) + getattr(other, field) for field in vars(one)})


def _news_in(session: Session, reports: Sequence[Heard]) -> tuple[list[Heard], Tally]:
    """Return the reports that would change something, and how many would not."""
    news, known, unknown = [], 0, 0
    for report in reports:
        row = _message_of(session, report)
        if row is None:
            unknown += 1
        elif _is_known(session, row, report):
            known += 1
        else:
            news.append(report)
    return news, Tally(known=known, unknown=unknown)


def _is_known(session: Session, row: Row, report: Heard) -> bool:
    earlier = _earlier(session, row)
    return earlier is not None and (earlier.hard or not _is_hard(row, report))


def _earlier(session: Session, row: Row) -> Bounce | None:
    found: Bounce | None = session.execute(
        sa.select(Bounce).where(col(Bounce.message_id) == row.message_id)
    ).scalar()
    return found


def _is_hard(row: Row, report: Heard) -> bool:
    return report.hard and row.address.lower() in report.recipients
