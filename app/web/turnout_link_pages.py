"""A branch makes links for its reps; whoever follows one sees the turnout of that branch."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots.lifecycle import state_of
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import ReadSession, WriteSession
from app.core.language import gettext, ngettext
from app.core.settings import SettingsDep
from app.security import access
from app.security.access import HqOrBranchStaff
from app.turnout.figures import turnout_from
from app.turnout.links import DAYS, end_link, follow_link, live_links, make_link
from app.turnout.shared import shared_turnout
from app.web.branch_frame import address_of, branch_for
from app.web.sent_form import Number
from app.web.staff_frame import staff_page
from app.web.templating import page

router = APIRouter(include_in_schema=False)
SEE_OTHER = 303
# Whoever follows a link passes its address on to nobody, and no machine keeps the page.
HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@router.get("/branch/{slug}/links")
def show_links(
    session: ReadSession,
    staff: HqOrBranchStaff,
    slug: str,
    now: NowDep,
    branch: str | None = None,
) -> HTMLResponse:
    """Show the links of a branch that work, and the form for another."""
    ballot = get_ballot(session, slug)
    code = branch_for(session, branch, staff=staff)
    return staff_page(
        "branch/links.html",
        staff=staff,
        ballot=ballot,
        branch=code,
        back=(address_of(slug, code), gettext("Back to %(branch)s", branch=code)),
        links=live_links(session, ballot, branch=code, now=now),
        choices=[(str(days), ngettext("%(num)s day", "%(num)s days", days)) for days in DAYS],
    )


@router.post("/branch/{slug}/links")
def add_link(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    session: WriteSession,
    staff: HqOrBranchStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
    *,
    days: Annotated[int, Form()] = 0,
    branch: str | None = None,
) -> HTMLResponse:
    """Make a link, and show it this once."""
    ballot = get_ballot(session, slug)
    code = branch_for(session, branch, staff=staff)
    made = make_link(
        session, ballot, branch=code, days=days, staff=staff, settings=settings, now=now
    )
    return staff_page(
        "branch/link.html",
        staff=staff,
        ballot=ballot,
        branch=code,
        back=(address_of(slug, code, page="/links"), gettext("All links of this branch")),
        ends_at=made.row.ends_at,
        link=f"{settings.base_url}/turnout/{made.secret}",
    )


@router.post("/branch/{slug}/links/{link}/end")
def end(  # noqa: PLR0913 - each is one thing that FastAPI hands in
    session: WriteSession,
    staff: HqOrBranchStaff,
    slug: str,
    link: Number,
    now: NowDep,
    *,
    branch: Annotated[str | None, Form()] = None,
) -> RedirectResponse:
    """Let a link end now."""
    ballot = get_ballot(session, slug)
    code = branch_for(session, branch, staff=staff)
    end_link(session, ballot, branch=code, link=link, staff=staff, now=now)
    return RedirectResponse(address_of(slug, code, page="/links"), status_code=SEE_OTHER)


@router.get("/turnout/{secret}", dependencies=[Depends(access.PUBLIC)])
def follow(
    request: Request, session: ReadSession, secret: str, settings: SettingsDep, now: NowDep
) -> Response:
    """Show the turnout of the branch that a link is about, and nothing else."""
    ballot, branch = follow_link(session, secret, settings=settings, now=now)
    reading = shared_turnout(request).reading(session, ballot.slug, now=now)
    return page(
        "public/turnout.html",
        headers=HEADERS,
        ballot=ballot,
        branch=branch,
        state=state_of(ballot, now=now),
        turnout=turnout_from(reading.figures, group_by=None, branch=branch),
    )
