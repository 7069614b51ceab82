"""From kinds of refusal to HTTP, the only table: problem+json (RFC 9457) under /api, else pages."""

import secrets
import traceback
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import errors
from app.core.database import DATABASE_AWAY, cause_of
from app.core.errors import DomainError
from app.core.language import gettext, later
from app.core.metrics import REFUSALS
from app.security.access import NotSignedIn
from app.web.request_log import route_pattern
from app.web.templating import page

STATUS_OF_KIND: Mapping[type[DomainError], int] = {
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.Invalid: 422,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}
TITLES = {
    400: later("That request could not be read"),
    401: later("Sign in first"),
    403: later("You may not do this"),
    404: later("Page not found"),
    405: later("That cannot be done here"),
    409: later("This cannot be done as things stand"),
    410: later("This is over"),
    413: later("That is too large"),
    422: later("Something needs mending"),
    429: later("Too many tries"),
    500: later("Something went wrong"),
    503: later("Please try again in a moment"),
}
UNTITLED = later("This did not work")
SENTENCES = {
    404: later("There is nothing at this address. Check it, or start again from the first page."),
    405: later("This address does not take that kind of request. Go back and try again."),
}
log = structlog.get_logger()


def status_of(refusal: DomainError) -> int:
    """Return the HTTP status of a refusal's kind."""
    return next(status for kind, status in STATUS_OF_KIND.items() if isinstance(refusal, kind))


def is_api(request: Request) -> bool:
    """Whether a program is asking rather than a person with a browser."""
    return request.url.path.startswith("/api/")


def refuse(  # noqa: PLR0913 - a refusal is this many facts
    request: Request,
    *,
    status: int,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """Answer with a refusal in the form that suits who asks."""
    REFUSALS.labels(code).inc()
    title = gettext(TITLES.get(status, UNTITLED))
    if not is_api(request):
        return page(
            "public/refusal.html",
            status_code=status,
            headers=dict(headers or {}),
            title=title,
            sentence=detail,
        )
    problem = {"type": "about:blank", "title": title, "status": status, "code": code}
    return JSONResponse(
        problem | {"detail": detail} | dict(more or {}),
        status_code=status,
        media_type="application/problem+json",
        headers=dict(headers or {}),
    )


def install_refusals(app: FastAPI) -> None:
    """Give the application its handlers."""
    app.add_exception_handler(DomainError, _domain_error)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _plain_http)
    for lost in DATABASE_AWAY:
        app.add_exception_handler(lost, _database_away)
    # Not as a handler for Exception: Starlette calls that one outside every middleware, and its
    # answer would go out without the security headers.
    app.add_middleware(UnexpectedErrors)


class UnexpectedErrors:
    """Answers an error nobody foresaw with a reference number and nothing else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request; an error after the answer began can only break it off."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def send_and_look(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_look)
        except Exception as error:  # whatever it is, a person is waiting for an answer
            answer = _unexpected(Request(scope), error)
            if begun:
                raise
            await answer(scope, receive, send)


def _domain_error(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, DomainError)  # noqa: S101 - registered for this type
    if isinstance(refusal, NotSignedIn) and _is_page_for_a_person(request):
        return _to_sign_in(request)
    status = status_of(refusal)
    headers = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    log.info("refused", refusal=refusal.code, status_code=status)
    return refuse(
        request, status=status, code=refusal.code, detail=gettext(refusal.detail), headers=headers
    )


def _is_page_for_a_person(request: Request) -> bool:
    """Whether a browser asks for a whole page: a live page's script is told 401 instead."""
    return not is_api(request) and "hx-request" not in request.headers


def _to_sign_in(request: Request) -> Response:
    """Ask to sign in, and come back to the page; a form that was sent is not sent again."""
    onward = quote(request.url.path) if request.method == "GET" else "/staff"
    return RedirectResponse(f"/sign-in?next={onward}", status_code=303)


def _not_understood(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, RequestValidationError)  # noqa: S101 - registered for this type
    # The input is never sent back: it may be a password.
    faults = [
        {"where": ".".join(str(part) for part in fault["loc"]), "message": fault["msg"]}
        for fault in wrong.errors()
    ]
    first = faults[0] if faults else {"where": "request", "message": "is not readable"}
    detail = gettext("%(where)s: %(message)s. Mend it and send it again.", **first)
    return refuse(
        request, status=422, code="invalid_request", detail=detail, more={"problems": faults}
    )


def _plain_http(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, HTTPException)  # noqa: S101 - registered for this type
    status = refusal.status_code
    sentence, title = SENTENCES.get(status), TITLES.get(status, UNTITLED)
    detail = gettext(sentence) if sentence else f"{gettext(title)}."
    code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(status, "refused")
    return refuse(request, status=status, code=code, detail=detail, headers=refusal.headers)


def _database_away(request: Request, lost: Exception) -> Response:
    log.error("database_away", kind=cause_of(lost), route=route_pattern(request.scope))
    away = errors.Unavailable(retry_after=2)
    return _domain_error(request, away)


def _unexpected(request: Request, error: Exception) -> Response:
    reference = secrets.token_hex(4)
    # The type and places only: a message may quote what was sent.
    log.error(
        "unexpected",
        reference=reference,
        kind=type(error).__name__,
        route=route_pattern(request.scope),
        places=[f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in _frames(error)],
    )
    detail = gettext(
        "Something went wrong on our side, and nothing was changed. Reference %(reference)s: "
        "give it to whoever runs this service.",
        reference=reference,
    )
    return refuse(request, status=500, code="unexpected", detail=detail)


def _frames(error: Exception) -> list[traceback.FrameSummary]:
    return list(traceback.extract_tb(error.__traceback__, limit=-6))
