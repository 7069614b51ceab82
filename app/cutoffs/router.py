"""Key dates over REST, for everybody: the cut-off, the timetable, the calendar feed."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from app.ballots.models import Ballot
from app.ballots.schemas import Day
from app.ballots.service import get_visible_ballot, key_of
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession
from app.core.settings import SettingsDep
from app.cutoffs import service
from app.cutoffs.asked import Asked
from app.cutoffs.calendar_feed import calendar_of, stands_by_itself
from app.cutoffs.published import revisions_of
from app.cutoffs.schemas import CutOffOut, TimetableOut
from app.cutoffs.timetable import read_timetable
from app.rules.london import london_day
from app.security import access
from app.security.access import WhoAsks

router = APIRouter(prefix="/ballots", tags=["Key dates"], dependencies=[Depends(access.PUBLIC)])


def _visible(session: ReadSession, asking: WhoAsks, slug: str, now: NowDep) -> Ballot:
    return get_visible_ballot(session, slug, staff=asking, now=now)


class CalendarFile(Response):
    """A calendar that a phone or an office calendar can follow."""

    media_type = "text/calendar; charset=utf-8"


@router.get("/{slug}/cut-off")
def show_cut_off(
    ballot: Annotated[Ballot, Depends(_visible)], now: NowDep, on: Day | None = None
) -> CutOffOut:
    """Say whether somebody who joins on a day (today where left out) may vote."""
    return service.cut_off_for(ballot, on=on or london_day(now))


def _asked(
    opens_on: Day | None = None,
    closes_on: Day | None = None,
    notice_on: Day | None = None,
    action_on: Day | None = None,
) -> Asked:
    return Asked(opens_on, closes_on=closes_on, notice_on=notice_on, action_on=action_on)


AskedDep = Annotated[Asked, Depends(_asked)]


@router.get("/{slug}/timetable")
def show_timetable(
    session: ReadSession,
    ballot: Annotated[Ballot, Depends(_visible)],
    asked: AskedDep,
    settings: SettingsDep,
    now: NowDep,
) -> TimetableOut:
    """List the key dates of a ballot, in the order in which they come.

    Beneath an indicative ballot: a statutory one that would open on `opens_on` and close on
    `closes_on`. The employer receives notice of action on `notice_on`; action is on `action_on`.
    """
    return read_timetable(session, ballot, close_grace=settings.close_grace, now=now, asked=asked)


@router.get("/{slug}/timetable.ics", response_class=CalendarFile)
def download_calendar(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    asking: WhoAsks,
    database: DatabaseDep,
    slug: str,
    asked: AskedDep,
    settings: SettingsDep,
    *,
    now: NowDep,
) -> CalendarFile:
    """Give the key dates as a calendar file.

    Each event keeps its UID when its date moves, and its SEQUENCE goes up. The days of a statutory
    ballot that would follow are in it where `opens_on` was picked, those of action where
    `notice_on` or `action_on` was.
    """
    with database.reading() as session:
        ballot = _visible(session, asking, slug, now)
        timetable = read_timetable(
            session, ballot, close_grace=settings.close_grace, now=now, asked=asked
        )
    revisions = revisions_of(
        database,
        key_of(ballot),
        events=[event for event in timetable.events if stands_by_itself(event)],
        now=now,
    )
    calendar = calendar_of(
        timetable,
        asked=asked,
        revisions=revisions,
        base_url=settings.base_url,
        made_at=ballot.created_at,
    )
    return CalendarFile(
        calendar, headers={"Content-Disposition": f'inline; filename="{ballot.slug}.ics"'}
    )
