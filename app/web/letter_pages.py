"""Hand over letters with voting codes, once, to whoever holds this ballot's codes."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from app.ballots.credentials import refuse_unless_in_charge
from app.ballots.lifecycle import State, state_of
from app.ballots.service import get_ballot, key_of
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession
from app.core.settings import SettingsDep
from app.notices.composing import Desk
from app.notices.letter_archive import PART, as_archive
from app.notices.letter_sheets import sheet_for
from app.notices.letters import MOST_AT_ONCE, draw_up_letters, letters_to_make, store_letters
from app.notices.server import mail_server
from app.security.access import HqOrScrutineerStaff, SteppedUpHqOrScrutineerStaff
from app.security.models import Role
from app.web.staff_frame import home_of, staff_page

router = APIRouter(prefix="/staff/ballots", include_in_schema=False)


@router.get("/{slug}/letters")
def show_letters(
    session: ReadSession,
    staff: HqOrScrutineerStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
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
        needed=letters_to_make(session, ballot, settings=settings),
        most=MOST_AT_ONCE,
        part=PART,
        mail_is_on=mail_server(settings) is not None,
        texts_are_on=settings.sms_url is not None,
        words_at=f"/hq/ballots/{slug}/words/letter" if staff.role is Role.HQ else None,
    )


@router.post("/{slug}/letters")
def hand_over_letters(
    database: DatabaseDep,
    staff: SteppedUpHqOrScrutineerStaff,
    slug: str,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Make a letter for each member who needs one, and send them as one file: the only time.

    The pages are set between two short transactions, so that no vote waits for them.
    """
    with database.reading() as session:
        ballot = get_ballot(session, slug)
        letters = draw_up_letters(session, ballot, staff=staff, settings=settings, now=now)
        desk = Desk(session, settings=settings, now=now)
        sheets = [sheet_for(desk, key_of(ballot), each) for each in letters]
    archive = as_archive(letters, sheets, ballot, settings=settings, now=now)
    with database.writing() as session:
        ballot = get_ballot(session, slug)
        store_letters(session, ballot, letters, staff=staff, settings=settings, now=now)
    return Response(
        archive,
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{slug}-letters.zip"',
            "Cache-Control": "no-store",
        },
    )
