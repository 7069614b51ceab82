"""Headquarters sends text messages to members whom no e-mail reaches."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots.lifecycle import State, state_of
from app.ballots.service import get_ballot, key_of
from app.core.clock import NowDep
from app.core.database import ReadSession, WriteSession
from app.core.settings import SettingsDep
from app.notices.composing import SAMPLE_CODE, Desk
from app.notices.models import Purpose
from app.notices.outbox import numbers_by_state, switch_of
from app.notices.texts import queue_texts, texts_to_send
from app.notices.words_kinds import as_text
from app.security.access import HqStaff, SteppedUpHqStaff
from app.web.mail_pages import WORDS_OF_STATE
from app.web.staff_frame import home_of, staff_page

router = APIRouter(prefix="/hq/ballots/{slug}/texts", include_in_schema=False)
SEE_OTHER = 303


@router.get("")
def show_texts(
    session: ReadSession, staff: HqStaff, slug: str, settings: SettingsDep, now: NowDep
) -> HTMLResponse:
    """Show whom a text would reach, what became of those sent, and what a text says."""
    ballot = get_ballot(session, slug)
    numbers = numbers_by_state(session, ballot_id=key_of(ballot), purpose=Purpose.TEXT)
    return staff_page(
        "hq/texts.html",
        staff=staff,
        ballot=ballot,
        back=home_of(slug, staff=staff),
        on=settings.sms_url is not None,
        trouble=switch_of(session).text_trouble,
        runs=state_of(ballot, now=now) in {State.FROZEN, State.OPEN},
        leave_later=now < ballot.opens_at,
        to_send=texts_to_send(session, ballot),
        rows=[(words, numbers[each]) for each, words in WORDS_OF_STATE if numbers[each]],
        sample=Desk(session, settings=settings, now=now).text(
            key_of(ballot), kind=as_text(Purpose.TEXT), language="en", code=SAMPLE_CODE
        ),
    )


@router.post("")
def send_texts(
    session: WriteSession, staff: SteppedUpHqStaff, slug: str, settings: SettingsDep, now: NowDep
) -> Response:
    """Queue a text for everybody whom no e-mail reaches and who has a mobile and no code."""
    queue_texts(session, get_ballot(session, slug), staff=staff, settings=settings, now=now)
    return RedirectResponse(f"/hq/ballots/{slug}/texts", status_code=SEE_OTHER)
