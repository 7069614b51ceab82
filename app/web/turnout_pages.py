"""Headquarters watches turnout move: the page, the wallboard, and the part fetched again."""

from datetime import datetime

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots.schemas import Grouping
from app.core.clock import NowDep
from app.core.database import Database, DatabaseDep
from app.core.settings import Settings
from app.security.access import HqStaff
from app.security.service import Staff
from app.turnout.shared import Reading, Seen, shared_turnout
from app.web.large_pages import LargePage, large_page
from app.web.live_panel import View, shared_panel
from app.web.live_units import Sort
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/hq/ballots", include_in_schema=False)
SEE_OTHER = 303


@router.get("/{slug}/turnout")
async def show_turnout(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    request: Request,
    database: DatabaseDep,
    staff: HqStaff,
    slug: str,
    now: NowDep,
    *,
    group_by: Grouping = "branch",
    sort: Sort = "winnable",
) -> HTMLResponse:
    """Show turnout against its threshold, whole and by unit."""
    view = View(slug, group_by=group_by, sort=sort)
    return await _whole(request, database, view, staff=staff, now=now)


@router.get("/{slug}/turnout/panel")
async def show_panel(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    request: Request,
    database: DatabaseDep,
    staff: HqStaff,  # noqa: ARG001 - asking for it is the check
    slug: str,
    now: NowDep,
    *,
    group_by: Grouping = "branch",
    sort: Sort = "winnable",
    seen: Seen = None,
) -> Response:
    """Send the part of the page that moves; whoever opens it by hand gets the whole page."""
    view = View(slug, group_by=group_by, sort=sort)
    return await _part(request, database, view, now=now, seen=seen)


@router.get("/{slug}/turnout/wall")
async def show_wall(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    request: Request,
    database: DatabaseDep,
    staff: HqStaff,
    slug: str,
    now: NowDep,
    *,
    group_by: Grouping = "branch",
) -> HTMLResponse:
    """Show the same on one dark screen that a whole room can read, without a menu."""
    view = View(slug, group_by=group_by, form="wall")
    return await _whole(request, database, view, staff=staff, now=now)


@router.get("/{slug}/turnout/wall/panel")
async def show_wall_panel(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    request: Request,
    database: DatabaseDep,
    staff: HqStaff,  # noqa: ARG001 - asking for it is the check
    slug: str,
    now: NowDep,
    *,
    group_by: Grouping = "branch",
    seen: Seen = None,
) -> Response:
    """Send the part of the wallboard that moves."""
    view = View(slug, group_by=group_by, form="wall")
    return await _part(request, database, view, now=now, seen=seen)


async def _whole(
    request: Request, database: Database, view: View, *, staff: Staff, now: datetime
) -> HTMLResponse:
    settings: Settings = request.app.state.settings

    def make(session: Session, reading: Reading) -> LargePage:
        whole = staff_page(
            view.template,
            staff=staff,
            stream=f"/api/v1/ballots/{view.slug}/turnout/stream?group_by={view.group_by}",
            panel=view.panel,
            here_again=view.whole,
            invented=settings.demo,
            **shared_panel(session, reading, view),
        )
        return large_page(bytes(whole.body))

    # The frame names who is signed in.
    page = await shared_turnout(request).answer(
        database, view.slug, key=("page", view, staff), make=make, now=now
    )
    return page.sent_to(request)


async def _part(
    request: Request, database: Database, view: View, *, now: datetime, seen: datetime | None
) -> Response:
    if "hx-request" not in request.headers:
        return RedirectResponse(view.whole, status_code=SEE_OTHER)

    def make(session: Session, reading: Reading) -> LargePage:
        drawn: str = shared_panel(session, reading, view)["drawn"]
        return large_page(drawn.encode())

    part = await shared_turnout(request).answer(
        database, view.slug, key=("part", view), make=make, now=now, seen=seen
    )
    return part.sent_to(request)
