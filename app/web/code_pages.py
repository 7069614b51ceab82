"""Hand over the voting codes, once, to whoever holds them."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, StreamingResponse

from app.ballots.credentials import as_csv, issue_codes, refuse_unless_in_charge
from app.ballots.lifecycle import State, state_of
from app.ballots.overview import codes_to_issue
from app.ballots.repository import entitled_count
from app.ballots.service import get_ballot, key_of
from app.core.clock import NowDep
from app.core.database import ReadSession, WriteSession
from app.core.settings import SettingsDep
from app.security.access import HqOrScrutineerStaff, SteppedUpHqOrScrutineerStaff
from app.web.staff_frame import home_of, staff_page

router = APIRouter(prefix="/staff/ballots", include_in_schema=False)


@router.get("/{slug}/codes")
def show_codes(
    session: ReadSession, staff: HqOrScrutineerStaff, slug: str, now: NowDep
) -> HTMLResponse:
    """Say how many members have no code yet, and what handing them over means."""
    ballot = get_ballot(session, slug)
    refuse_unless_in_charge(ballot, staff=staff)
    state = state_of(ballot, now=now)
    frozen = state is not State.DRAFT
    return staff_page(
        "staff/codes.html",
        staff=staff,
        back=home_of(ballot.slug, staff=staff),
        ballot=ballot,
        state=state,
        entitled=entitled_count(session, key_of(ballot)),
        missing=codes_to_issue(session, key_of(ballot)) if frozen else 0,
    )


@router.post("/{slug}/codes")
def hand_over(
    session: WriteSession,
    staff: SteppedUpHqOrScrutineerStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
) -> StreamingResponse:
    """Make a code for each member who has none, and send them as a file: the only time."""
    ballot = get_ballot(session, slug)
    issued = issue_codes(session, ballot, staff=staff, settings=settings, now=now)
    return StreamingResponse(
        as_csv(issued, settings=settings),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{slug}-codes.csv"'},
    )
