"""An officer's own account: second factors, recovery codes, signed-in browsers, password."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession, WriteSession
from app.core.errors import DomainError
from app.core.settings import Settings, SettingsDep
from app.security.access import SignedInBrowser, SteppedUpBrowser
from app.security.factor_models import AuthenticatorApp
from app.security.factors import held_by
from app.security.passkeys import passkeys_of
from app.security.passwords import SHORTEST_PASSWORD
from app.security.service import WeakPassword, change_password
from app.security.sessions import Visit, end_sessions, needs_factor, sessions_of
from app.web.language import speak_english
from app.web.sent_form import Typed
from app.web.staff_frame import staff_page

router = APIRouter(prefix="/staff/account", include_in_schema=False)
SEE_OTHER = 303
HERE = "/staff/account"
Mark = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]


@router.get("")
def show_account(
    session: ReadSession, visit: SignedInBrowser, settings: SettingsDep, now: NowDep
) -> HTMLResponse:
    """Show what proves that it is they, and where they are signed in."""
    return _page(session, visit, settings=settings, now=now)


@router.post("/sessions/end")
def end_others(session: WriteSession, visit: SignedInBrowser, now: NowDep) -> Response:
    """Sign out every other browser."""
    end_sessions(session, visit, now=now)
    return RedirectResponse(HERE, status_code=SEE_OTHER)


@router.post("/sessions/{mark}/end")
def end_one(session: WriteSession, visit: SignedInBrowser, mark: Mark, now: NowDep) -> Response:
    """Sign out one other browser."""
    end_sessions(session, visit, mark=mark, now=now)
    return RedirectResponse(HERE, status_code=SEE_OTHER)


@router.post("/password")
def new_password(
    database: DatabaseDep,
    visit: SteppedUpBrowser,
    settings: SettingsDep,
    now: NowDep,
    *,
    password: Typed = "",
) -> Response:
    """Change the password, which ends every session and token: sign in with it at once."""
    staff = visit.staff
    try:
        with database.writing() as session:
            change_password(session, staff.name, password=password, actor=staff.actor, now=now)
    except WeakPassword as refusal:
        with database.reading() as session:
            return _page(session, visit, settings=settings, now=now, refusal=refusal)
    return RedirectResponse("/sign-in", status_code=SEE_OTHER)


def _page(
    session: Session,
    visit: Visit,
    *,
    settings: Settings,
    now: datetime,
    refusal: DomainError | None = None,
) -> HTMLResponse:
    staff = visit.staff
    speak_english()
    return staff_page(
        "staff/account.html",
        staff=staff,
        status_code=422 if refusal else 200,
        held=held_by(session, visit.staff_id),
        app=session.get(AuthenticatorApp, visit.staff_id),
        passkeys=passkeys_of(session, visit.staff_id),
        is_needed=needs_factor(staff.role, settings=settings),
        sessions=sessions_of(session, visit, settings=settings, now=now),
        shortest=SHORTEST_PASSWORD,
        errors=[("password", refusal.detail)] if refusal else [],
    )
