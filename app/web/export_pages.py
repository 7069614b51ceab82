"""Headquarters takes turnout along: as CSV, as a workbook, and as one page for a meeting."""

from typing import get_args

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.ballots.schemas import Grouping
from app.core.clock import NowDep
from app.core.database import ReadSession
from app.security.access import HqStaff
from app.turnout.shared import shared_turnout
from app.web import turnout_files as files
from app.web.live_panel import View, shared_facts
from app.web.live_units import Sort

router = APIRouter(prefix="/hq/ballots", include_in_schema=False)
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/{slug}/turnout.csv")
def send_csv(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    request: Request,
    session: ReadSession,
    staff: HqStaff,  # noqa: ARG001 - asking for it is the check
    slug: str,
    now: NowDep,
    *,
    group_by: Grouping = "branch",
    sort: Sort = "winnable",
) -> Response:
    """Send the table of units as the page shows it."""
    reading = shared_turnout(request).reading(session, slug, now=now)
    view = View(slug, group_by=group_by, sort=sort)
    made = files.csv_of(shared_facts(session, reading, view))
    return _file(made, name=f"{slug}-turnout-by-{group_by}.csv", kind="text/csv; charset=utf-8")


@router.get("/{slug}/turnout.xlsx")
def send_workbook(
    request: Request,
    session: ReadSession,
    staff: HqStaff,  # noqa: ARG001 - asking for it is the check
    slug: str,
    now: NowDep,
) -> Response:
    """Send how turnout stands, by each grouping and by day, as a workbook."""
    reading = shared_turnout(request).reading(session, slug, now=now)
    views = [View(slug, group_by=each) for each in get_args(Grouping)]
    made = files.workbook_of([shared_facts(session, reading, view) for view in views])
    return _file(made, name=f"{slug}-turnout.xlsx", kind=WORKBOOK)


@router.get("/{slug}/briefing.pdf")
def send_briefing(
    request: Request,
    session: ReadSession,
    staff: HqStaff,  # noqa: ARG001 - asking for it is the check
    slug: str,
    now: NowDep,
) -> Response:
    """Send one page for a meeting."""
    reading = shared_turnout(request).reading(session, slug, now=now)
    shown = shared_facts(session, reading, View(slug, group_by="branch"))
    made = files.briefing_of(shown, now=now)
    return _file(made, name=f"{slug}-briefing.pdf", kind="application/pdf")


def _file(body: bytes, *, name: str, kind: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(body, media_type=kind, headers=headers)
