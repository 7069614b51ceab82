"""Staff sign in, sign out, and find their ballots."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.ballots.service import visible_ballots
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession, WriteSession
from app.core.errors import TooMany
from app.core.settings import SettingsDep
from app.cutoffs.service import countdown
from app.security import access
from app.security.access import SESSION_COOKIE, AnyStaff, client_address, who_is_asking
from app.security.models import Role
from app.security.service import Staff
from app.security.sign_in import WrongPassword, end_session, sign_in
from app.turnout.service import turnout_of
from app.web.ballot_words import STATES, cut_off_countdown, time_left
from app.web.language import speak_english
from app.web.staff_frame import staff_page
from app.web.templating import page

router = APIRouter(include_in_schema=False)
PUBLIC = [Depends(access.PUBLIC)]
SEE_OTHER = 303


@router.get("/sign-in", dependencies=PUBLIC)
def show_sign_in(request: Request, next: str = "/staff") -> Response:  # noqa: A002 - as in the address
    """Ask for name and password; whoever is signed in already goes straight on."""
    if who_is_asking(request) is not None:
        return RedirectResponse(local_path(next), status_code=SEE_OTHER)
    return _sign_in_page(onward=local_path(next))


@router.post("/sign-in", dependencies=PUBLIC)
def take_sign_in(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
    *,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/staff",  # noqa: A002 - as in the address
) -> Response:
    """Open a session, or say that name and password do not match, never which of them."""
    try:
        secret, _ = sign_in(
            database,
            name=name,
            password=password,
            origin=client_address(request),
            settings=settings,
            now=now,
        )
    except WrongPassword as wrong:
        errors = [("name", wrong.detail)]
        return _sign_in_page(onward=local_path(next), name=name, errors=errors, status_code=401)
    except TooMany as too_many:
        answer = _sign_in_page(
            onward=local_path(next), name=name, errors=[("name", too_many.detail)], status_code=429
        )
        answer.headers["Retry-After"] = str(too_many.retry_after)
        return answer
    onward = RedirectResponse(local_path(next), status_code=SEE_OTHER)
    onward.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=int(settings.session_length.total_seconds()),
        path="/",
        secure=settings.https,
        httponly=True,
        samesite="lax",
    )
    return onward


@router.post("/sign-out")
def sign_out(
    request: Request, session: WriteSession, staff: AnyStaff, settings: SettingsDep, now: NowDep
) -> Response:
    """End the session, here and in the database."""
    secret = request.cookies.get(SESSION_COOKIE, "")
    end_session(session, secret, staff=staff, settings=settings, now=now)
    onward = RedirectResponse("/sign-in", status_code=SEE_OTHER)
    onward.delete_cookie(SESSION_COOKIE, path="/", secure=settings.https, httponly=True)
    return onward


@router.get("/staff")
def home(session: ReadSession, staff: AnyStaff, now: NowDep) -> HTMLResponse:
    """Show each role its ballots: branches in their language, the others in English."""
    if staff.role is not Role.BRANCH:
        speak_english()
    ballots = visible_ballots(session, staff=staff, now=now)
    if staff.role is Role.SCRUTINEER:
        ballots = [ballot for ballot in ballots if ballot.scrutineer == staff.name]
    cards = [_card(session, ballot, staff=staff, now=now) for ballot in ballots]
    return staff_page(
        f"staff/home_{staff.role}.html",
        staff=staff,
        here="/staff",
        branch=staff.branch,
        cards=cards,
    )


def local_path(address: str) -> str:
    """Return an address of this site, or the first staff page where it would lead elsewhere.

    Browsers read backslashes as slashes and drop control characters, so neither may pass.
    """
    is_local = address.startswith("/") and not address.startswith("//")
    is_plain = address.isprintable() and "\\" not in address
    return address if is_local and is_plain else "/staff"


def _sign_in_page(
    *,
    onward: str,
    name: str = "",
    errors: list[tuple[str, str]] | None = None,
    status_code: int = 200,
) -> HTMLResponse:
    return page(
        "staff/sign_in.html",
        status_code=status_code,
        nav=[],
        onward=onward,
        name=name,
        errors=errors or [],
    )


def _card(session: Session, ballot: Ballot, *, staff: Staff, now: datetime) -> dict[str, object]:
    """Return what a home page shows of one ballot."""
    state = state_of(ballot, now=now)
    moving = staff.role is not Role.SCRUTINEER and state in {State.OPEN, State.CLOSED}
    return {
        "ballot": ballot,
        "state": state,
        "state_words": STATES[state],
        "opens_in": time_left(ballot.opens_at, now=now),
        "closes_in": time_left(ballot.closes_at, now=now),
        "cut_off_words": cut_off_countdown(countdown(ballot, now=now), now=now),
        "turnout": turnout_of(session, ballot, group_by=None, staff=staff, now=now)
        if moving
        else None,
    }
