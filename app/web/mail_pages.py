"""Headquarters invites the members of a ballot by e-mail and watches it leave."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots.lifecycle import State, state_of
from app.ballots.service import get_ballot, key_of
from app.core.clock import NowDep
from app.core.database import ReadSession, WriteSession
from app.core.settings import Settings, SettingsDep
from app.notices.desk import desk_of, pause_mail, resume_mail
from app.notices.invitations import queue_again, queue_invitations, reach_of
from app.notices.models import Delivery, Purpose
from app.security.access import HqStaff, SteppedUpHqStaff
from app.security.service import Staff
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/hq", include_in_schema=False)
SEE_OTHER = 303
WORDS_OF_STATE = (
    (Delivery.QUEUED, "Waiting"),
    (Delivery.SENDING, "Being handed over"),
    # Together, because of one message they would tell whether its member has voted.
    (Delivery.ACCEPTED, "Accepted by the mail server, or not needed any more"),
    (Delivery.REFUSED, "Refused, or without a usable address"),
    (Delivery.UNSURE, "Unsure: the server may or may not have them"),
    (Delivery.DROPPED, "Not sent: voting closed, or their code or address is another now"),
)


@router.get("/ballots/{slug}/invitations")
def show_invitations(
    session: ReadSession, staff: HqStaff, slug: str, settings: SettingsDep, now: NowDep
) -> HTMLResponse:
    """Show whom e-mail can reach, what has left, and what to do next."""
    return _invitations_page(session, slug, staff=staff, settings=settings, now=now)


@router.post("/ballots/{slug}/invitations")
def send_invitations(
    session: WriteSession, staff: SteppedUpHqStaff, slug: str, settings: SettingsDep, now: NowDep
) -> Response:
    """Queue an invitation for everybody who has an address and no code."""
    ballot = get_ballot(session, slug)
    queue_invitations(session, ballot, staff=staff, settings=settings, now=now)
    return _back(slug)


@router.post("/ballots/{slug}/invitations/again")
def send_again(
    session: WriteSession,
    staff: SteppedUpHqStaff,
    slug: str,
    now: NowDep,
    *,
    state: Annotated[str, Form()] = "",
) -> Response:
    """Queue once more what was refused, or what we are unsure of."""
    if state in {Delivery.REFUSED, Delivery.UNSURE}:
        ballot = get_ballot(session, slug)
        queue_again(session, ballot, state=Delivery(state), staff=staff, now=now)
    return _back(slug)


@router.post("/ballots/{slug}/invitations/pause")
def pause(session: WriteSession, staff: HqStaff, slug: str, now: NowDep) -> Response:
    """Let no mail leave, for any ballot."""
    pause_mail(session, actor=staff.actor, now=now)
    return _back(slug)


@router.post("/ballots/{slug}/invitations/resume")
def resume(session: WriteSession, staff: HqStaff, slug: str, now: NowDep) -> Response:
    """Let mail leave again."""
    resume_mail(session, actor=staff.actor, now=now)
    return _back(slug)


def _invitations_page(
    session: Session, slug: str, *, staff: Staff, settings: Settings, now: datetime
) -> HTMLResponse:
    ballot = get_ballot(session, slug)
    desk = desk_of(
        session,
        settings=settings,
        now=now,
        ballot_id=key_of(ballot),
        purpose=Purpose.INVITATION,
    )
    state = state_of(ballot, now=now)
    return staff_page(
        "hq/invitations.html",
        staff=staff,
        ballot=ballot,
        state=state.value,
        runs=state in {State.FROZEN, State.OPEN},
        reach=reach_of(session, ballot),
        desk=desk,
        rows=[(words, desk.numbers[each]) for each, words in WORDS_OF_STATE if desk.numbers[each]],
        leave_later=now < ballot.opens_at,
    )


def _back(slug: str) -> RedirectResponse:
    return RedirectResponse(f"/hq/ballots/{slug}/invitations", status_code=SEE_OTHER)
