"""The course of turnout over REST, for headquarters."""

from fastapi import APIRouter, Response

from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import ReadSession
from app.security.access import HqStaff
from app.turnout.course_schemas import HistoryOut, history_out
from app.turnout.live_course import live_course
from app.turnout.service import turnout_of

router = APIRouter(prefix="/ballots", tags=["Turnout"])


@router.get("/{slug}/turnout/history")
def show_history(
    session: ReadSession, staff: HqStaff, slug: str, response: Response, now: NowDep
) -> HistoryOut:
    """Say how turnout came about by the hour, what it takes from here, and what is forecast.

    Of the whole ballot, in steps of at least as many votes as its floor. The course in it can be
    supplied to another Muster for comparison.
    """
    response.headers["Cache-Control"] = "no-store"
    ballot = get_ballot(session, slug)
    shown = turnout_of(session, ballot, group_by=None, staff=staff, now=now)
    return history_out(slug, live_course(session, ballot, shown=shown, now=now))
