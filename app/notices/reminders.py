"""Headquarters plans reminders to those who have not voted, and sees counts, never names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.notice_events import ReminderCancelled, ReminderPlanned, UnvotedListSeen
from app.ballots.credentials import refuse_unless_running
from app.ballots.models import Ballot
from app.ballots.service import key_of
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.settings import Settings
from app.notices.invitations import refuse_if_mail_is_off
from app.notices.models import Purpose
from app.notices.quiet import LAST_MOMENT
from app.notices.reminder_models import Reminder, Stage
from app.notices.unvoted import cells_in
from app.security.service import Staff
from app.voting.marked_roll import Unvoted, list_unvoted

MOST_PLANNED = 20
NEAREST = 10
HOUR = timedelta(hours=1)


class BadTime(Invalid):
    """A reminder that could never leave, or would leave before anybody can vote."""

    code = "bad_reminder_time"
    message = (
        "Choose a time after voting opens, and so long before it closes that all can leave by ten "
        "minutes before."
    )


class TooFewToRemind(Invalid):
    """So small a branch that a vote could be put down to a reminder."""

    code = "too_few_to_remind"
    message = (
        "There are too few members in this branch to remind it by itself: whoever watches turnout "
        "could tell who voted. Remind every branch."
    )


class TooManyReminders(Conflict):
    """More reminders than anybody means to send."""

    code = "too_many_reminders"
    message = f"This ballot has {MOST_PLANNED} reminders planned already. Call one off first."


class UnknownReminder(NotFound):
    """There is no such reminder for this ballot, or it has begun to leave."""

    code = "unknown_reminder"
    message = "There is no such reminder that could still be called off. Look at the list again."


class ListNotOpen(Forbidden):
    """The ballot's policy lets nobody see who has not voted."""

    code = "list_not_open"
    message = "In this ballot nobody sees who has not voted: its policy, which members read, is so."


@dataclass(frozen=True)
class Plan:
    """When a reminder is to be due, in one of three ways, and where; None is every branch."""

    at: datetime | None = None
    hours_before: int | None = None
    turnout_percent: int | None = None
    branch: str | None = None

    @property
    def due(self) -> str:
        """When it is due, as the audit log has it."""
        if self.at is not None:
            return self.at.isoformat()
        if self.hours_before is not None:
            return f"{self.hours_before} h before the close"
        return f"turnout of {self.turnout_percent} %"


def plan_reminder(  # noqa: PLR0913 - a plan is this many facts
    session: Session,
    ballot: Ballot,
    plan: Plan,
    *,
    staff: Staff,
    settings: Settings,
    now: datetime,
) -> Reminder:
    """Plan a reminder; who is sent it is found out when it is due, and again as each leaves.

    Raises:
        MailIsOff: no mail server is set.
        RollNotFrozen: the ballot is a draft.
        BallotOver: voting has closed.
        BadTime: it could never leave.
        TooFewToRemind: the branch is too small.
        TooManyReminders: so many are planned already.
    """
    refuse_if_mail_is_off(settings)
    refuse_unless_running(ballot, now=now)
    _refuse_bad_time(ballot, plan, settings=settings)
    if plan.branch is not None:
        cells = cells_in(session, key_of(ballot), branch=plan.branch)
        if sum(cell.entitled for cell in cells) < settings.reminder_batch:
            raise TooFewToRemind
    planned = [row for row in reminders_of(session, ballot) if row.stage == Stage.PLANNED]
    if len(planned) >= MOST_PLANNED:
        raise TooManyReminders
    row = Reminder(
        ballot_id=key_of(ballot),
        at=plan.at,
        hours_before=plan.hours_before,
        turnout_percent=plan.turnout_percent,
        branch=plan.branch,
        planned_by=staff.name,
        planned_at=now,
    )
    session.add(row)
    session.flush()
    event = ReminderPlanned(ballot.slug, reminder=row.id or 0, due=plan.due, branch=plan.branch)
    audit.record(session, event, actor=staff.actor, now=now)
    return row


def cancel_reminder(
    session: Session, ballot: Ballot, number: int, *, staff: Staff, now: datetime
) -> None:
    """Call a reminder off, as long as none of it has been queued.

    Raises:
        UnknownReminder: there is none, or it has begun.
    """
    ours = session.execute(
        sa.update(Reminder)
        .where(
            col(Reminder.id) == number,
            col(Reminder.ballot_id) == key_of(ballot),
            col(Reminder.purpose) == Purpose.REMINDER,
            col(Reminder.stage) == Stage.PLANNED,
        )
        .values(stage=Stage.CANCELLED, begun_at=now)
        .returning(col(Reminder.id))
    ).first()
    if ours is None:
        raise UnknownReminder
    event = ReminderCancelled(ballot.slug, reminder=number)
    audit.record(session, event, actor=staff.actor, now=now)


def reminders_of(session: Session, ballot: Ballot) -> Sequence[Reminder]:
    """Return a ballot's reminders, the newest first."""
    return session.exec(
        select(Reminder)
        .where(Reminder.ballot_id == key_of(ballot), Reminder.purpose == Purpose.REMINDER)
        .order_by(col(Reminder.id).desc())
    ).all()


def about(count: int) -> int:
    """Return a count to the nearest ten, so that beside turnout it tells nothing of a few."""
    return (count + NEAREST // 2) // NEAREST * NEAREST


def see_unvoted(
    session: Session, ballot: Ballot, *, branch: str, staff: Staff, now: datetime
) -> list[Unvoted]:
    """Return who of a branch has not voted, for its representative, and put the look on record.

    Raises:
        ListNotOpen: the ballot's policy, which members read, lets nobody.
        RollNotFrozen: the ballot is a draft.
        BallotOver: voting has closed, so nobody can be asked any more.
    """
    if not ballot.reps_see_unvoted:
        raise ListNotOpen
    refuse_unless_running(ballot, now=now)
    cells = [cell.id for cell in cells_in(session, key_of(ballot), branch=branch)]
    event = UnvotedListSeen(ballot.slug, branch=branch)
    audit.record(session, event, actor=staff.actor, now=now)
    return list_unvoted(session, key_of(ballot), cells=cells)


def _refuse_bad_time(ballot: Ballot, plan: Plan, *, settings: Settings) -> None:
    latest = ballot.closes_at - LAST_MOMENT - settings.reminder_spread
    if plan.at is not None and not ballot.opens_at <= plan.at < latest:
        raise BadTime
    longest = (ballot.closes_at - ballot.opens_at) // HOUR
    if plan.hours_before is not None and not 0 < plan.hours_before <= longest:
        raise BadTime(f"Give a number of hours between 1 and {longest}: no longer than voting.")
