"""Key dates over REST, for everybody: the cut-off, the timetable, the calendar feed."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.ballots.models import Ballot
from app.ballots.schemas import Day
from app.ballots.service import get_visible_ballot
from app.core.clock import NowDep
from app.core.database import ReadSession
from app.core.settings import SettingsDep
from app.cutoffs import service
from app.cutoffs.calendar_feed import calendar_of
from app.cutoffs.schemas import CutOffOut, TimetableOut
from app.cutoffs.timetable import timetable_of
from app.rules.london import london_day
from app.security import access
from app.security.access import who_is_asking

router = APIRouter(prefix="/ballots", tags=["Key dates"], dependencies=[Depends(access.PUBLIC)])


def _visible(session: ReadSession, request: Request, slug: str, now: NowDep) -> Ballot:
    return get_visible_ballot(session, slug, staff=who_is_asking(request), now=now)


class CalendarFile(Response):
    """A calendar that a phone or an office calendar can follow."""

    media_type = "text/calendar; charset=utf-8"


@router.get("/{slug}/cut-off")
def show_cut_off(
    ballot: Annotated[Ballot, Depends(_visible)], now: NowDep, on: Day | None = None
) -> CutOffOut:
    """Say whether somebody who joins on a day (today where left out) may vote."""
    return service.cut_off_for(ballot, on=on or london_day(now))


@router.get("/{slug}/timetable")
def show_timetable(
    ballot: Annotated[Ballot, Depends(_visible)], settings: SettingsDep
) -> TimetableOut:
    """List the key dates of a ballot, in the order in which they come."""
    return timetable_of(ballot, close_grace=settings.close_grace)


@router.get("/{slug}/timetable.ics", response_class=CalendarFile)
def download_calendar(
    ballot: Annotated[Ballot, Depends(_visible)], settings: SettingsDep
) -> CalendarFile:
    """Give the key dates as a calendar file; each event keeps its UID when its date moves."""
    timetable = timetable_of(ballot, close_grace=settings.close_grace)
    calendar = calendar_of(timetable, base_url=settings.base_url, made_at=ballot.created_at)
    return CalendarFile(
        calendar, headers={"Content-Disposition": f'inline; filename="{ballot.slug}.ics"'}
    )
