"""The worker's part in reminders: see which are due, and queue their messages bit by bit.

Short transactions, because on SQLite the votes wait for each that writes; the roll is read before.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.notice_events import ReminderQueued
from app.audit.service import SERVICE
from app.ballots.lifecycle import is_over
from app.ballots.models import Ballot
from app.ballots.repository import cells_of
from app.ballots.service import key_of
from app.core.database import Database
from app.core.settings import Settings
from app.notices.models import Purpose
from app.notices.quiet import LAST_MOMENT, Span, after_quiet
from app.notices.reminder_models import Reminder, Stage
from app.notices.unvoted import (
    Addressee,
    Whom,
    are_enough,
    cells_in,
    next_addressees,
    queue_for,
)
from app.voting.counters import votes_by_cell

SLICE = 500  # messages queued in one transaction
# The notice of a later close is urgent: it leaves within this time.
NOTICE_SPREAD = timedelta(minutes=5)
UNDER_WAY = (Stage.PLANNED, Stage.QUEUEING)


def queue_due_reminders(database: Database, *, settings: Settings, now: datetime) -> None:
    """Queue the messages of every reminder that has come due, and close those that are too late."""
    with database.reading() as session:
        waiting = session.exec(
            select(Reminder).where(col(Reminder.stage).in_(UNDER_WAY)).order_by(col(Reminder.id))
        )
        due = [row.id for row in waiting if _is_due(session, row, now=now)]
    for number in due:
        _begin(database, number, settings=settings, now=now)
        while _queue_slice(database, number, settings=settings, now=now):
            pass


def _is_due(session: Session, row: Reminder, *, now: datetime) -> bool:
    ballot = session.get_one(Ballot, row.ballot_id)
    if row.stage == Stage.QUEUEING or is_over(ballot, now=now):
        return True
    if now < ballot.opens_at:
        return False
    if row.at is not None:
        return row.at <= now
    if row.hours_before is not None:
        return ballot.closes_at - timedelta(hours=row.hours_before) <= now
    return _turnout_is_reached(session, row)


def _turnout_is_reached(session: Session, row: Reminder) -> bool:
    cells = (
        cells_of(session, row.ballot_id)
        if row.branch is None
        else cells_in(session, row.ballot_id, branch=row.branch)
    )
    votes = votes_by_cell(session, row.ballot_id)
    entitled = sum(cell.entitled for cell in cells)
    cast = sum(votes.get(cell.id, 0) for cell in cells)
    return entitled > 0 and cast * 100 >= entitled * (row.turnout_percent or 0)


def _begin(database: Database, number: int | None, *, settings: Settings, now: datetime) -> None:
    """Decide what becomes of a reminder that is due, once, whatever other workers do.

    Who is left is counted by reading: on SQLite votes would wait for a count that writes.
    """
    with database.reading() as session:
        row = session.get_one(Reminder, number)
        if row.stage != Stage.PLANNED:
            return
        stage = _stage_of(session, row, settings=settings, now=now)
        slug = session.get_one(Ballot, row.ballot_id).slug
    with database.writing() as session:
        ours = session.execute(
            sa.update(Reminder)
            .where(col(Reminder.id) == number, col(Reminder.stage) == Stage.PLANNED)
            .values(stage=stage, begun_at=now)
            .returning(col(Reminder.id))
            .execution_options(synchronize_session=False)
        ).first()
        if ours is not None:
            event = ReminderQueued(slug, reminder=number or 0, stage=stage)
            audit.record(session, event, actor=SERVICE, now=now)


def _stage_of(session: Session, row: Reminder, *, settings: Settings, now: datetime) -> Stage:
    ballot = session.get_one(Ballot, row.ballot_id)
    reminds = row.purpose == Purpose.REMINDER
    ends_at = _last_to_leave(now, settings=settings) + LAST_MOMENT if reminds else now
    # A reminder squeezed into what is left would leave all at once.
    if is_over(ballot, now=now) or ends_at > ballot.closes_at:
        return Stage.MISSED
    if not reminds:
        return Stage.QUEUEING
    whom = _whom(row, settings=settings)
    enough = are_enough(session, row.ballot_id, whom=whom, least=settings.reminder_batch)
    return Stage.QUEUEING if enough else Stage.TOO_FEW


def _whom(row: Reminder, *, settings: Settings) -> Whom:
    cap = settings.reminders_per_member if row.purpose == Purpose.REMINDER else None
    return Whom(row.branch, cap=cap, texts=settings.sms_url is not None)


def _last_to_leave(now: datetime, *, settings: Settings) -> datetime:
    """Return the end of a spread that begins now; what falls into quiet hours leaves after them."""
    ends_at = now + settings.reminder_spread
    after = after_quiet(ends_at, hours=settings.quiet_hours)
    return ends_at if after == ends_at else after + settings.reminder_spread


def _queue_slice(
    database: Database, number: int | None, *, settings: Settings, now: datetime
) -> bool:
    """Queue the next few messages of a reminder, and say whether there may be more."""
    with database.reading() as session:
        row = session.get_one(Reminder, number)
        begun_from = row.last_entry
        if row.stage != Stage.QUEUEING:
            return False
        addressees = next_addressees(
            session,
            row.ballot_id,
            whom=_whom(row, settings=settings),
            after=begun_from,
            most=SLICE,
        )
    with database.writing() as session:
        return _store_slice(session, number, addressees, begun_from, settings=settings, now=now)


def _store_slice(  # noqa: PLR0913 - a slice is this many facts
    session: Session,
    number: int | None,
    addressees: Sequence[Addressee],
    begun_from: int,
    *,
    settings: Settings,
    now: datetime,
) -> bool:
    """Queue what was read, unless another worker did; who votes meanwhile is left out later."""
    row = session.exec(
        select(Reminder)
        .where(Reminder.id == number, Reminder.stage == Stage.QUEUEING)
        .with_for_update()
    ).first()
    if row is None or row.last_entry != begun_from:
        return row is not None
    ballot = session.get_one(Ballot, row.ballot_id)
    if addressees:
        queue_for(
            session,
            addressees,
            ballot_id=key_of(ballot),
            purpose=Purpose(row.purpose),
            job=row.id or 0,
            span=_span(row, ballot, settings=settings, now=now),
            settings=settings,
            now=now,
        )
        row.last_entry = addressees[-1].entry_id
        row.queued += len(addressees)
    if len(addressees) < SLICE:
        row.stage = Stage.QUEUED
    session.add(row)
    return row.stage == Stage.QUEUEING


def _span(row: Reminder, ballot: Ballot, *, settings: Settings, now: datetime) -> Span:
    spread = settings.reminder_spread if row.purpose == Purpose.REMINDER else NOTICE_SPREAD
    begins_at = row.begun_at or now
    ends_at = min(begins_at + spread, max(ballot.closes_at - LAST_MOMENT, begins_at))
    return Span(begins_at, ends_at)
