"""Public pages on which a member asks: am I on the roll, and where is my voting link?

Both answer everybody alike; what there is to say goes to the address that the roll holds.
"""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from app.core.clock import NowDep
from app.core.database import DatabaseDep
from app.core.language import gettext, later
from app.core.settings import SettingsDep
from app.notices.requests import AskedTooOften, Wish, ask
from app.notices.server import mail_server
from app.security import access
from app.security.access import client_address
from app.web.templating import page

router = APIRouter(include_in_schema=False, dependencies=[Depends(access.PUBLIC)])
LARGEST_FORM = 16 * 1024  # bytes


@dataclass(frozen=True)
class Asking:
    """What one of the two pages says.

    Attributes:
        not_sent: why nothing may come that the details on the roll do not explain.
        has_code: whether somebody who asks may have a voting code, and need not ask.
    """

    wants: Wish
    action: str
    title: str
    lead: str
    sent: str
    not_sent: str = ""
    has_code: bool = False


DETAILS = Asking(
    "check",
    action="/my-details",
    title=later("Am I on the roll?"),
    lead=later(
        "See what the union’s roll says of you, and in which ballots you may vote. The answer is "
        "sent to the e-mail address that the roll holds for you."
    ),
    sent=later("what the roll says of you"),
)
LOST_LINK = Asking(
    "link",
    action="/lost-link",
    title=later("Get a new voting link"),
    lead=later(
        "If you lost your voting link or never got it, a new one is sent to the e-mail address "
        "that the roll holds for you. Links you were sent before then stop working."
    ),
    sent=later("a new voting link for each open ballot in which you may still vote"),
    not_sent=later("You may have voted already, or no ballot in which you may vote may be open."),
    has_code=True,
)


@router.get("/my-details")
def show_details_form(settings: SettingsDep) -> Response:
    """Show the form of the own check."""
    return _form(DETAILS, is_on=mail_server(settings) is not None)


@router.get("/lost-link")
def show_link_form(settings: SettingsDep) -> Response:
    """Show the form for a new link."""
    return _form(LOST_LINK, is_on=mail_server(settings) is not None)


@router.post("/my-details", max_body_size=LARGEST_FORM)
def take_details_form(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
    *,
    number: Annotated[str, Form()] = "",
    proof: Annotated[str, Form()] = "",
) -> Response:
    """Take an own check in."""
    typed = _Typed(number.strip(), proof.strip(), origin=client_address(request))
    return _take(DETAILS, typed, database=database, settings=settings, now=now)


@router.post("/lost-link", max_body_size=LARGEST_FORM)
def take_link_form(  # noqa: PLR0913 - a form's fields, and what FastAPI hands in
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    now: NowDep,
    *,
    number: Annotated[str, Form()] = "",
    proof: Annotated[str, Form()] = "",
) -> Response:
    """Take a request for a new link in."""
    typed = _Typed(number.strip(), proof.strip(), origin=client_address(request))
    return _take(LOST_LINK, typed, database=database, settings=settings, now=now)


@dataclass(frozen=True)
class _Typed:
    number: str
    proof: str
    origin: str


def _take(
    asking: Asking, typed: _Typed, *, database: DatabaseDep, settings: SettingsDep, now: NowDep
) -> Response:
    """Queue the request and answer. Nothing here looks at the roll."""
    if mail_server(settings) is None:
        return _form(asking, is_on=False)
    errors = []
    if not typed.number:
        errors.append(("number", gettext("Enter your membership number")))
    if not typed.proof:
        errors.append(("proof", gettext("Enter your postcode or your e-mail address")))
    if errors:
        return _form(asking, is_on=True, typed=typed, errors=errors, status_code=422)
    try:
        with database.writing() as session:
            ask(
                session,
                asking.wants,
                number=typed.number,
                proof=typed.proof,
                origin=typed.origin,
                settings=settings,
                now=now,
            )
    except AskedTooOften as too_often:
        errors = [("number", gettext(too_often.detail))]
        answer = _form(asking, is_on=True, typed=typed, errors=errors, status_code=429)
        answer.headers["Retry-After"] = str(too_often.retry_after)
        return answer
    return page("request/asked.html", asking=_said(asking))


def _said(asking: Asking) -> Asking:
    """Return what a page says in the language that is spoken."""
    return replace(
        asking,
        title=gettext(asking.title),
        lead=gettext(asking.lead),
        sent=gettext(asking.sent),
        not_sent=gettext(asking.not_sent) if asking.not_sent else "",
    )


def _form(
    asking: Asking,
    *,
    is_on: bool,
    typed: _Typed | None = None,
    errors: list[tuple[str, str]] | None = None,
    status_code: int = 200,
) -> Response:
    return page(
        "request/form.html",
        status_code=status_code,
        asking=_said(asking),
        is_on=is_on,
        number=typed.number if typed else "",
        proof=typed.proof if typed else "",
        errors=errors or [],
        error_of=dict(errors or []),
    )
