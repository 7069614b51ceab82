"""Days of planned changes of law over REST, for headquarters."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field

from app.ballots import commencements
from app.ballots.models import Commencement
from app.ballots.schemas import Day, Text
from app.core.clock import NowDep
from app.core.database import ReadSession, WriteSession
from app.rules.books import PLANNED_CHANGES
from app.security.access import HqStaff

router = APIRouter(prefix="/commencements", tags=["Rules"])


class CommencementIn(BaseModel):
    """The first opening day of a planned change of law, and where it was appointed."""

    model_config = ConfigDict(extra="forbid")

    planned_key: Annotated[str, Field(description="Such as era-2025-s68; see the rule books.")]
    day: Day
    source: Annotated[Text, Field(description="Such as the number of the regulations.")]


class CommencementOut(BaseModel):
    """A day that was entered: by whom, when, from which source, and whether it stands."""

    planned_key: str
    title: str
    day: date
    source: str
    entered_at: datetime
    entered_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


@router.get("")
def list_commencements(session: ReadSession, staff: HqStaff) -> list[CommencementOut]:
    """List every day that was ever entered, the latest entry first, withdrawn ones too."""
    del staff
    return [_out(each) for each in commencements.every_commencement(session)]


@router.post("", status_code=status.HTTP_201_CREATED)
def enter_commencement(
    session: WriteSession, staff: HqStaff, body: CommencementIn, now: NowDep
) -> CommencementOut:
    """Enter the day from which ballots open under a planned change of law."""
    entry = commencements.enter_commencement(
        session,
        planned_key=body.planned_key,
        day=body.day,
        source=body.source,
        staff=staff,
        now=now,
    )
    return _out(entry)


@router.post("/{planned_key}/withdraw")
def withdraw_commencement(
    session: WriteSession, staff: HqStaff, planned_key: str, now: NowDep
) -> CommencementOut:
    """Take back a day entered in error, while no ballot has opened on or after it."""
    entry = commencements.withdraw_commencement(
        session, planned_key=planned_key, staff=staff, now=now
    )
    return _out(entry)


def _out(entry: Commencement) -> CommencementOut:
    return CommencementOut(**entry.model_dump(), title=PLANNED_CHANGES[entry.planned_key])
