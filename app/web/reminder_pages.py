"""Reminders: headquarters plans them, and a representative sees whom to ask where that is open."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession, WriteSession
from app.core.errors import Invalid
from app.core.settings import Settings, SettingsDep
from app.core.spoken_times import long_time
from app.notices.desk import desk_of
from app.notices.reminder_models import Reminder, Stage
from app.notices.reminders import (
    Plan,
    about,
    cancel_reminder,
    reminders_of,
    see_unvoted,
)
from app.rules.london import LONDON
from app.security.access import BranchStaff, HqStaff, SteppedUpHqStaff
from app.security.service import Staff
from app.web.ballot_words import state_words
from app.web.branch_frame import branch_for
from app.web.filters import plural, thousands
from app.web.london_times import Unreadable, read_moment
from app.web.reminder_plans import plan_where_shown, remindable_branches
from app.web.sent_form import Number, Typed
from app.web.staff_frame import staff_page

router = APIRouter(include_in_schema=False)
SEE_OTHER = 303
STEP = 300  # seconds, to which a proposed moment is rounded up
RUNNING = {State.FROZEN, State.OPEN}
STAGES = {
    Stage.PLANNED: "Planned",
    Stage.QUEUEING: "Being queued",
    Stage.QUEUED: "Sent, or about to be",
    Stage.TOO_FEW: "Not sent: too few were left to remind",
    Stage.MISSED: "Not sent: voting closed first",
    Stage.CANCELLED: "Called off",
}
WAYS = (
    ("hours", "So many hours before the close"),
    ("turnout", "When turnout reaches a percentage"),
    ("moment", "On a day, at a time"),
)
HIDDEN_BRANCH = "Choose a branch from the list, or every branch."


@dataclass(frozen=True)
class _Sent:
    """What was typed, and what is wrong with it."""

    way: str = "hours"
    hours: str = ""
    turnout: str = ""
    day: str = ""
    time: str = ""
    branch: str = ""
    errors: list[tuple[str, str]] = field(default_factory=list)


@router.get("/hq/ballots/{slug}/reminders")
def show_reminders(
    session: ReadSession, staff: HqStaff, slug: str, settings: SettingsDep, now: NowDep
) -> HTMLResponse:
    """Show which reminders are planned, and about how many members each went to."""
    sent = _proposed(get_ballot(session, slug), now=now)
    return _page(session, slug, sent, staff=staff, settings=settings, now=now)


def _proposed(ballot: Ballot, *, now: datetime) -> _Sent:
    """Return what stands in the form at first: while members vote, the next five minutes."""
    if state_of(ballot, now=now) is not State.OPEN:
        return _Sent(hours="48")
    soon = datetime.fromtimestamp((now.timestamp() // STEP + 1) * STEP, tz=LONDON)
    return _Sent("moment", day=soon.date().isoformat(), time=f"{soon:%H:%M}")


@router.post("/hq/ballots/{slug}/reminders")
def plan(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    database: DatabaseDep,
    staff: SteppedUpHqStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
    *,
    way: Typed = "hours",
    hours: Typed = "",
    turnout: Typed = "",
    moment_day: Typed = "",
    moment_time: Typed = "",
    branch: Typed = "",
) -> Response:
    """Plan a reminder."""
    sent = _Sent(way, hours, turnout, moment_day, moment_time, branch)
    with database.reading() as session:
        ballot = get_ballot(session, slug)
        asked = _read(
            sent, branches=remindable_branches(session, ballot, settings=settings, now=now)
        )
    if asked is not None:
        try:
            with database.writing() as session:
                ballot = get_ballot(session, slug)
                plan_where_shown(session, ballot, asked, staff=staff, settings=settings, now=now)
            return _back(slug)
        except Invalid as refusal:
            sent.errors.append(("moment_day" if way == "moment" else way, refusal.detail))
    with database.reading() as session:
        return _page(session, slug, sent, staff=staff, settings=settings, now=now)


@router.post("/hq/ballots/{slug}/reminders/{number}/cancel")
def cancel(
    session: WriteSession, staff: HqStaff, slug: str, number: Number, now: NowDep
) -> Response:
    """Call a reminder off."""
    cancel_reminder(session, get_ballot(session, slug), number, staff=staff, now=now)
    return _back(slug)


@router.post("/branch/{slug}/not-voted")
def show_unvoted(session: WriteSession, staff: BranchStaff, slug: str, now: NowDep) -> HTMLResponse:
    """Show a representative who of their branch has not voted; the look is on record."""
    ballot = get_ballot(session, slug)
    branch = branch_for(session, None, staff=staff)
    found = see_unvoted(session, ballot, branch=branch, staff=staff, now=now)
    return staff_page(
        "branch/not_voted.html",
        staff=staff,
        ballot=ballot,
        branch=branch,
        as_at=now,
        rows=[
            (f"{each.given_name} {each.family_name}", each.membership_number, each.workplace)
            for each in found
        ],
    )


@router.get("/branch/{slug}/not-voted")
def ask_for_unvoted(
    session: ReadSession, staff: BranchStaff, slug: str, now: NowDep
) -> HTMLResponse:
    """Say what the list is, before somebody looks at it."""
    ballot = get_ballot(session, slug)
    return staff_page(
        "branch/ask_not_voted.html",
        staff=staff,
        ballot=ballot,
        branch=branch_for(session, None, staff=staff),
        runs=state_of(ballot, now=now) in RUNNING,
    )


def _read(sent: _Sent, *, branches: list[str]) -> Plan | None:
    """Return what was typed as a plan, unless something is wrong with it."""
    if sent.branch and sent.branch not in branches:
        sent.errors.append(("branch", HIDDEN_BRANCH))
    branch = sent.branch or None
    plan = None
    if sent.way == "hours":
        hours = _whole(sent.hours, most=24 * 366)
        plan = Plan(hours_before=hours, branch=branch) if hours else None
        words = "Enter a whole number of hours, such as 48."
    elif sent.way == "turnout":
        percent = _whole(sent.turnout, most=99)
        plan = Plan(turnout_percent=percent, branch=branch) if percent else None
        words = "Enter a whole percentage between 1 and 99."
    else:
        try:
            plan = Plan(at=read_moment(sent.day, sent.time), branch=branch)
            words = ""
        except Unreadable as wrong:
            words = str(wrong)
    if plan is None:
        field_id = "moment_day" if sent.way not in {"hours", "turnout"} else sent.way
        sent.errors.append((field_id, words))
    return None if sent.errors else plan


def _whole(typed: str, *, most: int) -> int | None:
    typed = typed.strip().removesuffix("%").strip()
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < len("10000") else 0
    return number if 0 < number <= most else None


def _page(  # noqa: PLR0913 - a page is this many facts
    session: Session, slug: str, sent: _Sent, *, staff: Staff, settings: Settings, now: datetime
) -> HTMLResponse:
    ballot = get_ballot(session, slug)
    state = state_of(ballot, now=now)
    branches = remindable_branches(session, ballot, settings=settings, now=now)
    rows = reminders_of(session, ballot)
    return staff_page(
        "hq/reminders.html",
        staff=staff,
        status_code=422 if sent.errors else 200,
        ballot=ballot,
        state_words=state_words(ballot, now=now),
        runs=state in RUNNING,
        desk=desk_of(session, settings=settings, now=now),
        branches=[("", "Every branch"), *((name, name) for name in branches)],
        ways=WAYS,
        planned=[
            (row.id, _due(row), row.branch, _is_due(row, ballot, now=now))
            for row in rows
            if row.stage == Stage.PLANNED
        ],
        done=[_done(row) for row in rows if row.stage != Stage.PLANNED],
        rules=_rules(settings),
        typed=sent,
        errors=sent.errors,
        error_of=dict(reversed(sent.errors)),
    )


def _due(row: Reminder) -> str:
    if row.at is not None:
        return long_time(row.at)
    if row.hours_before is not None:
        return f"{plural(row.hours_before, 'hour')} before the close"
    return f"When turnout reaches {row.turnout_percent} %"


def _is_due(row: Reminder, ballot: Ballot, *, now: datetime) -> bool:
    """Say whether a planned reminder leaves at the worker's next look, quiet hours apart."""
    if state_of(ballot, now=now) is not State.OPEN:
        return False
    if row.hours_before is not None:
        return ballot.closes_at - timedelta(hours=row.hours_before) <= now
    return row.at is not None and row.at <= now


def _done(row: Reminder) -> tuple[str, ...]:
    number = ""
    if row.queued:
        nearest = about(row.queued)
        number = f"about {thousands(nearest)}"
    begun = long_time(row.begun_at) if row.begun_at else ""
    return (_due(row), row.branch or "Every branch", STAGES[Stage(row.stage)], begun, number)


def _rules(settings: Settings) -> dict[str, Any]:
    hours = settings.quiet_hours
    return {
        "batch": settings.reminder_batch,
        "minutes": int(settings.reminder_spread.total_seconds() // 60),
        "cap": settings.reminders_per_member,
        "quiet": f"{hours[0]:%H:%M} and {hours[1]:%H:%M}" if hours else "",
    }


def _back(slug: str) -> RedirectResponse:
    return RedirectResponse(f"/hq/ballots/{slug}/reminders", status_code=SEE_OTHER)
