"""Staff sign in, sign out, and find their ballots."""

from datetime import datetime

from fastapi import APIRouter, Depends, Request
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.ballots.lifecycle import State, state_of
from app.ballots.models import Ballot
from app.ballots.service import visible_ballots
from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession, WriteSession
from app.core.errors import TooMany
from app.core.settings import Settings, SettingsDep
from app.cutoffs.service import countdown
from app.security import access
from app.security.access import (
    SESSION_COOKIE,
    AnyStaff,
    BrowserThatAsks,
    SomeBrowser,
    client_address,
)
from app.security.identity_provider import IdentityProvider
from app.security.models import Role
from app.security.service import Staff
from app.security.sessions import visit_with_session
from app.security.sign_in import WrongPassword, end_session, sign_in
from app.turnout.service import turnout_of
from app.voting.guesses import guessing_lately
from app.web.ballot_words import cut_off_countdown, state_words, time_left
from app.web.language import speak_english
from app.web.proving import HOME, keep_cookie, local_path, next_step
from app.web.sent_form import Typed
from app.web.staff_frame import staff_page
from app.web.templating import page
from app.web.waiting_words import decisions

router = APIRouter(include_in_schema=False)
PUBLIC = [Depends(access.PUBLIC)]
SEE_OTHER = 303
# Says that this browser came by the identity provider, so that signing out can lead on to it.
CAME_BY_IDENTITY = "muster_came_by_identity"
FIRST_TO_SEE = (State.OPEN, State.FROZEN, State.DRAFT, State.CLOSED, State.DECLARED)


@router.get("/sign-in", dependencies=PUBLIC)
def show_sign_in(
    request: Request,
    database: DatabaseDep,
    visit: BrowserThatAsks,
    next: str = HOME,  # noqa: A002 - as in the address
) -> Response:
    """Ask for name and password; whoever has given them already goes straight on."""
    if visit is not None:
        onward = next_step(database, visit, onward=local_path(next))
        return RedirectResponse(onward, status_code=SEE_OTHER)
    left = request.query_params.get("left") == "identity"
    return sign_in_page(request, onward=local_path(next), left=left)


@router.post("/sign-in", dependencies=PUBLIC)
def take_sign_in(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
    *,
    name: Typed = "",
    password: Typed = "",
    next: Typed = HOME,  # noqa: A002 - as in the address
) -> Response:
    """Open a session, or say that name and password do not match, never which of them."""
    onward, origin = local_path(next), client_address(request)
    try:
        secret, _ = sign_in(
            database,
            name=name,
            password=password,
            origin=origin,
            browser=request.headers.get("user-agent", ""),
            settings=settings,
            now=now,
        )
    except WrongPassword as wrong:
        errors = [("name", wrong.detail)]
        return sign_in_page(request, onward=onward, name=name, errors=errors, status_code=401)
    except TooMany as too_many:
        answer = sign_in_page(
            request, onward=onward, name=name, errors=[("name", too_many.detail)], status_code=429
        )
        answer.headers["Retry-After"] = str(too_many.retry_after)
        return answer
    with database.reading() as session:
        visit = visit_with_session(session, secret, origin=origin, settings=settings, now=now)
    step = onward if visit is None else next_step(database, visit, onward=onward)
    signed_in = RedirectResponse(step, status_code=SEE_OTHER)
    keep_cookie(signed_in, secret, settings=settings)
    return signed_in


@router.post("/sign-out")
def sign_out(
    request: Request, session: WriteSession, visit: SomeBrowser, settings: SettingsDep, now: NowDep
) -> Response:
    """End the session, here and in the database, also one that never proved all it had to."""
    secret = request.cookies.get(SESSION_COOKIE, "")
    end_session(session, secret, staff=visit.staff, settings=settings, now=now)
    came_by_provider = CAME_BY_IDENTITY in request.cookies
    address = "/sign-in?left=identity" if came_by_provider else "/sign-in"
    onward = RedirectResponse(address, status_code=SEE_OTHER)
    onward.delete_cookie(CAME_BY_IDENTITY, path="/sign-out", secure=settings.https, httponly=True)
    onward.delete_cookie(SESSION_COOKIE, path="/", secure=settings.https, httponly=True)
    return onward


@router.get("/staff")
def home(session: ReadSession, staff: AnyStaff, settings: SettingsDep, now: NowDep) -> HTMLResponse:
    """Show each role its ballots, the running ones first: branches in their language."""
    if staff.role is not Role.BRANCH:
        speak_english()
    ballots = sorted(
        visible_ballots(session, staff=staff, now=now),
        key=lambda ballot: FIRST_TO_SEE.index(state_of(ballot, now=now)),
    )
    if staff.role is Role.SCRUTINEER:
        ballots = [ballot for ballot in ballots if ballot.scrutineer == staff.name]
    waiting = decisions(session, ballots, staff=staff, now=now)
    cards = [
        _card(session, ballot, staff=staff, now=now) | {"decisions": waiting.get(ballot.slug, [])}
        for ballot in ballots
    ]
    return staff_page(
        f"staff/home_{staff.role}.html",
        staff=staff,
        here="/staff",
        branch=staff.branch,
        cards=cards,
        guesses=guessing_lately(session, settings=settings, now=now)
        if staff.role is Role.HQ
        else 0,
    )


def sign_in_page(  # noqa: PLR0913 - what the page shows
    request: Request,
    *,
    onward: str,
    name: str = "",
    errors: list[tuple[str, str]] | None = None,
    left: bool = False,
    status_code: int = 200,
) -> HTMLResponse:
    """Return the page that asks for name and password, or leads to the identity provider.

    Args:
        request: holds the provider, if there is one.
        onward: the page to go to afterwards.
        name: as it was typed.
        errors: what was not right.
        left: whether somebody has just signed out here who had come by the provider.
        status_code: of the answer.
    """
    settings: Settings = request.app.state.settings
    provider: IdentityProvider | None = request.app.state.identity_provider
    return page(
        "staff/sign_in.html",
        status_code=status_code,
        nav=[],
        onward=onward,
        name=name,
        errors=errors or [],
        provider_name=settings.oidc_name if provider else None,
        sign_out_there=provider.address_to_sign_out() if provider and left else None,
    )


def _card(session: Session, ballot: Ballot, *, staff: Staff, now: datetime) -> dict[str, object]:
    """Return what a home page shows of one ballot."""
    state = state_of(ballot, now=now)
    moving = staff.role is not Role.SCRUTINEER and state in {State.OPEN, State.CLOSED}
    return {
        "ballot": ballot,
        "state": state,
        "state_words": state_words(ballot, now=now),
        "opens_in": time_left(ballot.opens_at, now=now),
        "closes_in": time_left(ballot.closes_at, now=now),
        "cut_off_words": cut_off_countdown(countdown(ballot, now=now), now=now),
        "turnout": turnout_of(session, ballot, group_by=None, staff=staff, now=now)
        if moving
        else None,
    }
