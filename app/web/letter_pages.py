"""Hand over letters with voting codes, once, to whoever holds this ballot's codes."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from app.ballots.credentials import refuse_unless_in_charge
from app.ballots.lifecycle import State, state_of
from app.ballots.service import get_ballot
from app.core.clock import NowDep
from app.core.database import ReadSession, WriteSession
from app.core.settings import SettingsDep
from app.notices.letters import MOST_AT_ONCE, as_archive, letters_to_make, make_letters
from app.security.access import HqOrScrutineerStaff
from app.web.staff_frame import home_of, staff_page

router = APIRouter(prefix="/staff/ballots", include_in_schema=False)


@router.get("/{slug}/letters")
def show_letters(
    session: ReadSession, staff: HqOrScrutineerStaff, slug: str, now: NowDep
) -> HTMLResponse:
    """Say how many members need a letter, and what handing the letters over means."""
    ballot = get_ballot(session, slug)
    refuse_unless_in_charge(ballot, staff=staff)
    return staff_page(
        "staff/letters.html",
        staff=staff,
        back=home_of(ballot.slug, staff=staff),
        ballot=ballot,
        runs=state_of(ballot, now=now) in {State.FROZEN, State.OPEN},
        needed=letters_to_make(session, ballot),
        most=MOST_AT_ONCE,
    )


@router.post("/{slug}/letters")
def hand_over_letters(
    session: WriteSession,
    staff: HqOrScrutineerStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Make a letter for each member who needs one, and send them as one file: the only time."""
    ballot = get_ballot(session, slug)
    letters = make_letters(session, ballot, staff=staff, settings=settings, now=now)
    return Response(
        as_archive(letters, ballot, settings=settings),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{slug}-letters.zip"',
            "Cache-Control": "no-store",
        },
    )
