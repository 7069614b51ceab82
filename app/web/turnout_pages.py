"""Headquarters watches turnout move: the page, and the panel that is fetched again."""

from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots.commencements import commenced
from app.ballots.lifecycle import State, state_of
from app.ballots.schemas import Grouping
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import ReadSession
from app.security.access import HqStaff
from app.security.service import Staff
from app.turnout.figures import Figures, turnout_from
from app.turnout.shared import Reading, Seen, shared_turnout
from app.web import turnout_words as words
from app.web.ballot_words import GROUPINGS, STATES, time_left
from app.web.reach_words import has_unreachable, reach_line
from app.web.staff_frame import staff_page
from app.web.templating import fragment
from app.web.turnout_words import Sort

router = APIRouter(prefix="/hq/ballots", include_in_schema=False)
SEE_OTHER = 303
# States in which numbers move, so that a page has something to wait for.
MOVING = {State.FROZEN, State.OPEN}


@router.get("/{slug}/turnout")
def show_turnout(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    request: Request,
    session: ReadSession,
    staff: HqStaff,
    slug: str,
    now: NowDep,
    *,
    group_by: Grouping = "branch",
    sort: Sort = "name",
) -> HTMLResponse:
    """Show turnout against its threshold, whole and by group."""
    reading = shared_turnout(request).reading(session, slug, now=now)
    shown = _shared_panel(session, reading, group_by=group_by, sort=sort)
    # The frame names who is signed in; each officer's whole page lives as long as its panel.
    pages: dict[Staff, bytes] = shown["pages"]
    if staff not in pages:
        whole = staff_page(
            "hq/turnout.html",
            staff=staff,
            moving=shown["state"] in MOVING,
            stream=f"/api/v1/ballots/{slug}/turnout/stream?group_by={group_by}",
            panel=f"{shown['address']}/panel?group_by={group_by}&sort={sort}",
            **shown,
        )
        pages[staff] = bytes(whole.body)
    return HTMLResponse(pages[staff])


@router.get("/{slug}/turnout/panel")
def show_panel(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    request: Request,
    session: ReadSession,
    staff: HqStaff,  # noqa: ARG001 - asking for it is the check
    slug: str,
    now: NowDep,
    *,
    group_by: Grouping = "branch",
    sort: Sort = "name",
    seen: Seen = None,
) -> Response:
    """Send the part of the page that moves; whoever opens it by hand gets the whole page."""
    if "hx-request" not in request.headers:
        whole = f"/hq/ballots/{slug}/turnout?group_by={group_by}&sort={sort}"
        return RedirectResponse(whole, status_code=SEE_OTHER)
    reading = shared_turnout(request).reading(session, slug, now=now, seen=seen)
    shown = _shared_panel(session, reading, group_by=group_by, sort=sort)
    return HTMLResponse(shown["drawn"])


def _shared_panel(
    session: Session, reading: Reading, *, group_by: Grouping, sort: Sort
) -> dict[str, Any]:
    """Return the panel as `drawn`, and what it shows; all of headquarters see the same one."""

    def make() -> dict[str, Any]:
        shown = _panel(session, reading.figures, group_by=group_by, sort=sort)
        drawn = Markup(fragment("hq/_turnout.html", **shown))  # noqa: S704 - the template escapes
        return shown | {"drawn": drawn, "pages": {}}

    return reading.answer(("panel", group_by, sort), make)


def _panel(session: Session, figures: Figures, *, group_by: Grouping, sort: Sort) -> dict[str, Any]:
    ballot, now = get_ballot(session, figures.ballot), figures.read_at
    turnout = turnout_from(figures, group_by=group_by, branch=None)
    heading, many = GROUPINGS[group_by]
    begun = commenced(session)
    line = words.line_of(ballot, commenced=begun)
    rows = words.group_rows(turnout, ballot=ballot, sort=sort, commenced=begun)
    shows_reached = group_by == "branch" and has_unreachable(turnout)
    state = state_of(ballot, now=now)
    return {
        "ballot": ballot,
        "address": f"/hq/ballots/{ballot.slug}/turnout",
        "turnout": turnout,
        "state": state,
        "state_words": STATES[state],
        "headline": words.headline(turnout, ballot=ballot, commenced=begun),
        "line": line,
        "met": words.is_met(turnout),
        "rules": words.rules(turnout, ballot=ballot, commenced=begun),
        "reach": reach_line(turnout),
        "opens_in": time_left(ballot.opens_at, now=now),
        "closes_in": time_left(ballot.closes_at, now=now),
        "groupings": [(key, name) for key, (name, _) in GROUPINGS.items()],
        "group_by": group_by,
        "grouping": heading,
        "sort": sort,
        "rows": rows,
        "shows_reached": shows_reached,
        "withheld_columns": 3 + bool(line) + shows_reached,
        "strip": words.strip_of(rows, line=line, many=many),
    }
