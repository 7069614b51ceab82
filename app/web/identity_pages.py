"""Sign-in by the union's own identity provider: out to it, and back with what it says."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from app.core.clock import NowDep
from app.core.database import DatabaseDep
from app.core.errors import DomainError
from app.core.settings import Settings, SettingsDep
from app.security import access
from app.security.access import client_address
from app.security.identity import (
    BEGUN_WITHIN,
    Back,
    NotOffered,
    begin,
    flow_of,
    onward_of,
    sign_in_by_identity,
)
from app.security.identity_provider import CALLBACK, IdentityProvider, WrongIdentity
from app.security.sessions import visit_with_session
from app.web.proving import HOME, keep_cookie, local_path, next_step
from app.web.refusals import status_of
from app.web.staff_pages import CAME_BY_IDENTITY, sign_in_page

BEGUN_COOKIE = "muster_identity"
SEE_OTHER = 303

router = APIRouter(include_in_schema=False, dependencies=[Depends(access.PUBLIC)])


def provider_at(request: Request) -> IdentityProvider:
    """Return the provider.

    Raises:
        NotOffered: none is set.
    """
    provider: IdentityProvider | None = request.app.state.identity_provider
    if provider is None:
        raise NotOffered
    return provider


@router.get("/sign-in/identity")
def go_to_provider(
    request: Request,
    settings: SettingsDep,
    now: NowDep,
    next: str = HOME,  # noqa: A002 - as in the address
) -> Response:
    """Lead to the provider; if it does not answer, back to name and password, which always work."""
    provider = provider_at(request)
    cookie = begin(onward=local_path(next), now=now)
    try:
        address = provider.address_to_sign_in(flow_of(cookie, settings=settings))
    except DomainError as refusal:
        return _refused(request, refusal, onward=local_path(next))
    answer = RedirectResponse(address, status_code=SEE_OTHER)
    answer.set_cookie(
        BEGUN_COOKIE,
        cookie,
        max_age=int(BEGUN_WITHIN.total_seconds()),
        path="/sign-in/identity",
        secure=settings.https,
        httponly=True,
        # Lax and not strict: the way back comes from another site.
        samesite="lax",
    )
    return answer


@router.get(CALLBACK)
def come_back(  # noqa: PLR0913 - what the provider sends, and what FastAPI hands in
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
    *,
    state: str = "",
    code: str = "",
    issuer: Annotated[str | None, Query(alias="iss")] = None,
) -> Response:
    """Open a session for whom the provider knows, if an account is bound to them."""
    provider = provider_at(request)
    cookie = request.cookies.get(BEGUN_COOKIE, "")
    onward = local_path(onward_of(cookie)) if cookie else HOME
    origin = client_address(request)
    back = Back(
        cookie,
        state=state,
        code=code,
        issuer=issuer,
        origin=origin,
        browser=request.headers.get("user-agent", ""),
    )
    try:
        secret = sign_in_by_identity(database, back, provider=provider, settings=settings, now=now)
    except DomainError as refusal:
        return _ended(_refused(request, refusal, onward=onward), settings=settings)
    with database.reading() as session:
        visit = visit_with_session(session, secret, origin=origin, settings=settings, now=now)
    if visit is None:
        return _ended(_refused(request, WrongIdentity(), onward=onward), settings=settings)
    step = next_step(database, visit, onward=onward)
    answer = RedirectResponse(step, status_code=SEE_OTHER)
    keep_cookie(answer, secret, settings=settings)
    _note_way(answer, settings=settings)
    return _ended(answer, settings=settings)


def _note_way(answer: Response, *, settings: Settings) -> None:
    """Note that this browser came by the provider, for when it signs out."""
    answer.set_cookie(
        CAME_BY_IDENTITY,
        "1",
        max_age=int(settings.session_length.total_seconds()),
        path="/sign-out",
        secure=settings.https,
        httponly=True,
        samesite="lax",
    )


def _refused(request: Request, refusal: DomainError, *, onward: str) -> Response:
    answer = sign_in_page(
        request,
        onward=onward,
        errors=[("name", refusal.detail)],
        status_code=status_of(refusal),
    )
    if refusal.retry_after is not None:
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def _ended(answer: Response, *, settings: Settings) -> Response:
    """Take the cookie of this sign-in away: each is good for one way back."""
    answer.delete_cookie(
        BEGUN_COOKIE, path="/sign-in/identity", secure=settings.https, httponly=True
    )
    return answer
