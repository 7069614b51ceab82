"""Whoever was invited makes their own account: nobody else ever knows its password."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.core.clock import NowDep
from app.core.database import DatabaseDep, ReadSession
from app.core.errors import DomainError
from app.core.settings import SettingsDep
from app.security import access
from app.security.access import client_address
from app.security.factor_models import StaffInvitation
from app.security.invitations import accept_invitation, find_invitation
from app.security.models import Role
from app.security.passwords import SHORTEST_PASSWORD
from app.security.service import WeakPassword
from app.security.sessions import needs_factor, start_session, visit_with_session
from app.web.colleague_pages import ROLES
from app.web.proving import HOME, keep_cookie, next_step
from app.web.sent_form import Typed
from app.web.templating import page

router = APIRouter(prefix="/sign-in/invitation", include_in_schema=False)
PUBLIC = [Depends(access.PUBLIC)]
SEE_OTHER = 303


@router.get("/{secret}", dependencies=PUBLIC)
def show_invitation(
    session: ReadSession, secret: str, settings: SettingsDep, now: NowDep
) -> HTMLResponse:
    """Ask for a password for the account."""
    invitation = find_invitation(session, secret, settings=settings, now=now)
    return _page(invitation, secret=secret)


@router.post("/{secret}", dependencies=PUBLIC)
def accept(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    request: Request,
    database: DatabaseDep,
    secret: str,
    settings: SettingsDep,
    now: NowDep,
    *,
    password: Typed = "",
) -> Response:
    """Make the account, sign in, and go on to its second factor."""
    origin = client_address(request)
    try:
        with database.writing() as session:
            account = accept_invitation(
                session, secret, password=password, origin=origin, settings=settings, now=now
            )
            cookie = start_session(
                session,
                account,
                origin=origin,
                browser=request.headers.get("user-agent", ""),
                is_proved=not needs_factor(Role(account.role), settings=settings),
                settings=settings,
                now=now,
            )
            visit = visit_with_session(session, cookie, origin=origin, settings=settings, now=now)
    except WeakPassword as refusal:
        with database.reading() as session:
            invitation = find_invitation(session, secret, settings=settings, now=now)
        return _page(invitation, secret=secret, refusal=refusal)
    onward = HOME if visit is None else next_step(database, visit, onward=HOME)
    answer = RedirectResponse(onward, status_code=SEE_OTHER)
    keep_cookie(answer, cookie, settings=settings)
    return answer


def _page(
    invitation: StaffInvitation, *, secret: str, refusal: DomainError | None = None
) -> HTMLResponse:
    return page(
        "staff/invitation.html",
        nav=[],
        status_code=422 if refusal else 200,
        name=invitation.name,
        role=ROLES[Role(invitation.role)].lower(),
        branch=invitation.branch,
        invited_by=invitation.invited_by,
        secret=secret,
        shortest=SHORTEST_PASSWORD,
        errors=[("password", refusal.detail)] if refusal else [],
    )
