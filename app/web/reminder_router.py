"""Reminders over REST: headquarters plans them and sees numbers, never who has not voted."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Response, status
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.ballots.schemas import Moment
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import ReadSession, WriteSession
from app.core.settings import SettingsDep
from app.notices.reminder_models import Reminder, Stage
from app.notices.reminders import Plan, about, cancel_reminder, reminders_of
from app.security.access import HqStaff
from app.web.reminder_plans import plan_where_shown, remindable_branches
from app.web.sent_form import Number

router = APIRouter(prefix="/ballots", tags=["Reminders"])
EXAMPLE: dict[str, Any] = {"hours_before": 48}


class ReminderIn(BaseModel):
    """When a reminder is due, in exactly one of three ways; in one branch, or in every one.

    `turnout_percent`: as soon as turnout has reached it.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    at: Moment | None = None
    hours_before: Annotated[int, Field(ge=1, le=24 * 366)] | None = None
    turnout_percent: Annotated[int, Field(ge=1, le=99)] | None = None
    branch: Annotated[str, Field(min_length=1, max_length=100)] | None = None

    @model_validator(mode="after")
    def _in_one_way(self) -> Self:
        ways = (self.at, self.hours_before, self.turnout_percent)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give exactly one of at, hours_before and turnout_percent")
        return self


class ReminderOut(BaseModel):
    """One reminder, and about how many members were sent it, to the nearest ten.

    `stage`: planned, queueing, queued, too_few (so few were left that a vote could have been put
    down to it), missed (voting closed first) or cancelled.
    """

    id: int
    at: Moment | None
    hours_before: int | None
    turnout_percent: int | None
    branch: str | None
    planned_by: str
    planned_at: datetime
    stage: Stage
    begun_at: datetime | None
    queued_about: int


class RemindersOut(BaseModel):
    """Every reminder of a ballot, the newest first, and the branches that can have their own."""

    reminders: list[ReminderOut]
    branches: list[str]


@router.get("/{slug}/reminders")
def list_reminders(
    session: ReadSession, staff: HqStaff, slug: str, settings: SettingsDep, now: NowDep
) -> RemindersOut:
    """List which reminders are planned, and about how many members each went to."""
    del staff
    ballot = get_ballot(session, slug)
    return RemindersOut(
        reminders=[_out(row) for row in reminders_of(session, ballot)],
        branches=remindable_branches(session, ballot, settings=settings, now=now),
    )


@router.post("/{slug}/reminders", status_code=status.HTTP_201_CREATED)
def plan(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    session: WriteSession,
    staff: HqStaff,
    slug: str,
    asked: ReminderIn,
    settings: SettingsDep,
    *,
    now: NowDep,
) -> ReminderOut:
    """Plan a reminder to those who have not voted when it leaves."""
    row = plan_where_shown(
        session,
        get_ballot(session, slug),
        Plan(**asked.model_dump()),
        staff=staff,
        settings=settings,
        now=now,
    )
    return _out(row)


@router.post(
    "/{slug}/reminders/{number}/cancellation",
    status_code=status.HTTP_204_NO_CONTENT,
    # An answer without a body has no type either.
    response_class=Response,
)
def cancel(session: WriteSession, staff: HqStaff, slug: str, number: Number, now: NowDep) -> None:
    """Call a reminder off, as long as none of it has been queued."""
    cancel_reminder(session, get_ballot(session, slug), number, staff=staff, now=now)


def _out(row: Reminder) -> ReminderOut:
    facts = row.model_dump(include=set(ReminderOut.model_fields))
    return ReminderOut(**facts, queued_about=about(row.queued))
